"""Label lists as text: EISeg's format, one label a line, "id name R G B " with a space at the end.

The name is everything between the first space and the last three numbers, so it may hold spaces of its own, also
at its ends, and may be empty. Line breaks cannot be written and become spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.annotation import Color, Label
from app.errors import LabelFileError
from app.storage.whole_file import whole_file

LARGEST_FILE = 4 * 2**20
LINE = re.compile(r"(?P<value>\S+) (?P<name>.*) (?P<red>\S+) (?P<green>\S+) (?P<blue>\S+?) ?")
BREAKS = re.compile(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")


def write_labels(path: Path, labels: Iterable[Label]) -> None:
    """Write a label list; the file appears whole or not at all. Raises LabelFileError."""
    text = "".join(_line(label) for label in labels)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as draft:
            draft.write_bytes(text.encode())
    except OSError as error:
        raise LabelFileError(
            f"The label list cannot be written ({error.strerror}).",
            subject=path,
            remedy="Choose another folder, or free some space.",
        ) from error


def read_labels(path: Path) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    """Read a label list and return the good labels, and a sentence for each line that is not one.

    Raises LabelFileError when the file cannot be read at all, or holds no label but bad lines.
    """
    labels, problems = parse(_lines(path))
    if problems and not labels:
        raise LabelFileError(
            f"No line is a label. {problems[0]}",
            subject=path,
            remedy="Choose a file with lines like: 1 liver 255 0 0",
        )
    return labels, problems


def parse(lines: Sequence[str]) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    """Return the labels of some lines, and a sentence for each line that is not one."""
    labels: dict[int, Label] = {}
    problems = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        found = _label(line)
        if isinstance(found, str):
            problems.append(f"Line {number}: {found}")
        elif found.value in labels:
            problems.append(f"Line {number}: the id {found.value} is taken by {labels[found.value].name!r}.")
        else:
            labels[found.value] = found
    return tuple(labels.values()), tuple(problems)


def _line(label: Label) -> str:
    red, green, blue = label.color
    return f"{label.value} {BREAKS.sub(' ', label.name)} {red} {green} {blue} \n"


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise LabelFileError(
                "The file is too large for a label list.", subject=path, remedy="Choose another."
            )
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise LabelFileError(
            f"The file cannot be read ({error.strerror}).", subject=path, remedy="Check the path."
        ) from error
    except UnicodeDecodeError as error:
        raise LabelFileError(
            "The file is no UTF-8 text.", subject=path, remedy="Save it as UTF-8."
        ) from error
    return [line.removesuffix("\r") for line in text.split("\n")]


def _label(line: str) -> Label | str:
    """The label of a line, or what is wrong with it."""
    found = LINE.fullmatch(line)
    if found is None:
        return "there must be an id, a name and three colour numbers, with a space between."
    value, *color = (_number(found[part]) for part in ("value", "red", "green", "blue"))
    if value is None or not 1 <= value <= 255:
        return f"the id {found['value']!r} is no number from 1 to 255."
    if any(part is None or not 0 <= part <= 255 for part in color):
        return (
            f"the colour {found['red']} {found['green']} {found['blue']} is not three numbers from 0 to 255."
        )
    return Label(value, found["name"], _color(color))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None


def _color(parts: Sequence[int | None]) -> Color:
    red, green, blue = (part or 0 for part in parts)
    return red, green, blue
