"""Label lists as text: EISeg's format, one label a line, "id name R G B " with a space at the end.

The name is everything between the first space and the last three numbers, so it may hold spaces of its own, also
at its ends, and may be empty, as in the files that EISeg writes. A name that a line cannot hold, with line breaks
or lone surrogates in it, is written as a JSON string, in quotes and with escapes. So is one that would be taken
for such a string; any other name in quotes is just a name in quotes.
"""

import codecs
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.domain.annotation import Color, Label
from app.domain.errors import FramewiseError, LabelFileError
from app.files.atomic_file import atomic_file
from app.files.text_encoding import decode_legacy
from app.storage.exporters.color_tables import parse_color_table
from app.storage.exporters.export_job import translate_write_errors
from app.storage.exporters.label_codes import read_codes, write_codes

LARGEST_FILE = 4 * 2**20  # bytes; 255 labels with names of 4 KiB are far below it
LINE = re.compile(r" *(?P<value>\S+) (?P<name>.*) (?P<red>\S+) (?P<green>\S+) (?P<blue>\S+) *")
UNWRITABLE = re.compile("[\r\n\ud800-\udfff]")
UNDECODED = re.compile("[\ud800-\udfff]")


def write_labels(path: Path, labels: Iterable[Label], failure: type[FramewiseError] = LabelFileError) -> None:
    """Write a label list, and the codes of its labels beside it. Raises failure, or StorageFull.

    Each file appears whole or not at all.
    """
    listed = tuple(labels)
    text = "".join(_line(label) for label in listed)
    with translate_write_errors(path, failure):
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(path) as draft:
            draft.write_bytes(text.encode())
        write_codes(path, listed)


def read_labels(path: Path) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    """Read a label list and return the good labels, and a sentence for each line that is not one.

    Colour tables of other programs are read too, in UTF-8, UTF-16 with a mark, or an encoding of before, see
    app.files.text_encoding.
    Raises LabelFileError when the file cannot be read at all, or holds no label but bad lines.
    """
    lines, notes = _lines(path)
    labels, problems = parse_color_table(path.name, lines) or parse(lines)
    problems = (*notes, *problems)
    if problems and not labels:
        raise LabelFileError(
            f"No line is a label. {problems[-1] if len(problems) == len(notes) else problems[len(notes)]}",
            subject=path,
            remedy="Choose a file with lines like: 1 liver 255 0 0",
        )
    labels, unread = read_codes(path, labels)
    return labels, (*problems, *unread)


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
    return f"{label.value} {_written(label.name)} {red} {green} {blue} \n"


def _written(name: str) -> str:
    return json.dumps(name) if UNWRITABLE.search(name) or _read(name) != name else name


def _read(text: str) -> str:
    """Return the name that a text stands for: itself, unless it is exactly what another name would be written as."""
    if len(text) < 2 or text[0] != '"':
        return text
    try:
        name = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return name if isinstance(name, str) and _written(name) == text else text


def _lines(path: Path) -> tuple[list[str], tuple[str, ...]]:
    """Return the lines of a file, and what is to be said of them."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise LabelFileError(
                "The file is too large for a label list.", subject=path, remedy="Choose another."
            )
        content = path.read_bytes()
    except OSError as error:
        raise LabelFileError(
            f"The file cannot be read ({error.strerror}).", subject=path, remedy="Check the path."
        ) from error
    text, notes = _decoded(content, path)
    # Files of old Macintoshes and some spreadsheets end their lines with a carriage return alone.
    ends = "\n" if "\n" in text else "\r"
    return [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split(ends)], notes


def _decoded(content: bytes, path: Path) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file, and what is to be said of it. Raises LabelFileError for an unknown encoding.

    Where only some lines are UTF-8 and not ASCII, the others keep lone surrogates, which no text has: they are bad.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace"), ()
    text = content.decode("utf-8", "surrogateescape")
    is_utf8_elsewhere = any(
        character > "\x7f" and not "\ud800" <= character <= "\udfff" for character in text
    )
    if is_utf8_elsewhere or not UNDECODED.search(text):
        return text, ()
    found = decode_legacy(content)
    if found is None:
        raise LabelFileError(
            "The text is not UTF-8, and it does not say in which encoding it is.",
            subject=path,
            remedy="Save it as UTF-8.",
        )
    return found[0], (f"The text is not UTF-8; it was read as {found[1]}.",)


def _label(line: str) -> Label | str:
    """Return the label of a line, or what is wrong with it."""
    if UNWRITABLE.search(line):
        return "the text is not UTF-8."
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
    return Label(value, _read(found["name"]), _color(color))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None


def _color(parts: Sequence[int | None]) -> Color:
    red, green, blue = (part or 0 for part in parts)
    return red, green, blue
