"""Label lists of other programs: colour tables of 3D Slicer and FreeSurfer, label descriptions of ITK-SNAP."""

import re
from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from app.domain.annotation import Label

SUFFIXES: Final = frozenset({".ctbl", ".label", ".lut"})
# Id, name, red, green, blue and opacity. Names hold no spaces there.
_TABLE: Final = re.compile(r"\s*(?P<id>\d+)\s+(?P<name>.+?)\s+(?P<r>\d+)\s+(?P<g>\d+)\s+(?P<b>\d+)\s+\d+\s*")
# Index, red, green, blue, opacity, visible, in the mesh, and the name in quotes.
_ITK_SNAP: Final = re.compile(
    r'\s*(?P<id>\d+)\s+(?P<r>\d+)\s+(?P<g>\d+)\s+(?P<b>\d+)\s+[\d.]+\s+[01]\s+[01]\s+"(?P<name>.*)"\s*'
)


def parse_color_table(name: str, lines: Sequence[str]) -> tuple[tuple[Label, ...], tuple[str, ...]] | None:
    """Return the labels of a list, and a sentence for each line that is none; None for a list of our own format.

    name: of the file. The background, id 0, is no label. A line is a comment behind a "#".
    """
    content = {n: line for n, line in enumerate(lines, 1) if line.strip() and line.lstrip()[0] != "#"}
    has_comments = any(line.lstrip().startswith("#") for line in lines)
    row = next(
        (kind for kind in (_ITK_SNAP, _TABLE) if content and all(map(kind.fullmatch, content.values()))), None
    )
    if row is None and PurePath(name).suffix.lower() in SUFFIXES:
        row = max((_ITK_SNAP, _TABLE), key=lambda kind: sum(map(bool, map(kind.fullmatch, content.values()))))
    if row is None or not (has_comments or row is _ITK_SNAP or PurePath(name).suffix.lower() in SUFFIXES):
        return None
    labels: dict[int, Label] = {}
    problems = []
    for number, line in content.items():
        found = row.fullmatch(line)
        if found is None:
            problems.append(f"Line {number}: this is no row of a colour table.")
            continue
        value, *color = (int(found[part][:9]) for part in ("id", "r", "g", "b"))
        if value == 0:
            continue
        if value > 255 or max(color) > 255 or value in labels:
            what = "id is taken" if value in labels else "id or colour is no number up to 255"
            problems.append(f"Line {number}: the {what}.")
            continue
        labels[value] = Label(value, found["name"].strip(), (color[0], color[1], color[2]))
    return tuple(labels.values()), tuple(problems)
