"""Additions of other installed packages to the program by entry points (packaging.python.org, entry points)."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

T = TypeVar("T")
_log = logging.getLogger(__name__)


def registered(group: str, kind: type[T]) -> tuple[T, ...]:
    """Return the descriptions of a group, such as "framewise.exporters", that are of a type, in order of their names.

    One that cannot be loaded is named in the log and left out: a faulty package must not stop the program.
    """
    return tuple(_loaded(group, kind))


def names_of(group: str) -> tuple[str, ...]:
    """Return the names that are registered in a group, in order; nothing is loaded."""
    return tuple(sorted(point.name for point in _points(group)))


def load_named(group: str, name: str) -> Any:
    """Return what is registered under a name. Raises KeyError where nothing is, and what foreign code raises."""
    found = _points(group).select(name=name)
    if not found:
        raise KeyError(name)
    return next(iter(found)).load()


def load_function(place: str) -> Any:
    """Return the function at a place, "package.module:name"."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def _loaded(group: str, kind: type[T]) -> Iterable[T]:
    for point in sorted(_points(group), key=lambda point: point.name):
        try:
            found = point.load()
        except Exception as error:  # noqa: BLE001 - foreign code may raise anything
            _log.warning("%s of %s cannot be loaded: %s", point.name, group, error)
            continue
        if isinstance(found, kind):
            yield found
        else:
            _log.warning("%s of %s is no %s", point.name, group, kind.__name__)


def _points(group: str) -> EntryPoints:
    # Only here: the module brings a parser of mails with it, and every worker imports this one.
    from importlib.metadata import entry_points

    return entry_points(group=group)
