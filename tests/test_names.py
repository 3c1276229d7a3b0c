"""One name for one thing: a class stands once in the program, and so does a module's name."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

APP = Path(__file__).parents[1] / "app"
MODULES = sorted(APP.rglob("*.py"))
# Each engine's folder has an engine.py: siblings that implement one protocol.
SIBLINGS = {"__init__", "__main__", "engine"}


def repeated(places: dict[str, list[str]]) -> dict[str, list[str]]:
    """The names that stand in more than one place."""
    return {name: found for name, found in places.items() if len(found) > 1}


def test_a_class_name_stands_once():
    places = defaultdict(list)
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(str(path.relative_to(APP)))
    assert not repeated(places)


def test_a_module_name_stands_once_but_for_events_that_the_session_mirrors():
    places = defaultdict(list)
    for path in MODULES:
        if path.stem not in SIBLINGS and path.parent.name != "events":
            places[path.stem].append(str(path.relative_to(APP)))
    assert not repeated(places)


def test_the_root_holds_packages_only_and_each_says_what_it_is_for():
    assert [path.name for path in APP.glob("*.py")] == ["__init__.py"]
    silent = [
        str(path.parent.relative_to(APP))
        for path in APP.rglob("__init__.py")
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not silent
