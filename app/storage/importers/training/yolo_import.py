"""YOLO: a text file a picture, a line an outline or box in shares of the picture's size."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from app.domain.annotation import Label
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import ImportedMasks
from app.storage.importers.rle_import import decode_segmentation
from app.storage.importers.training.foreign_masks import (
    ForeignMask,
    ForeignPicture,
    class_label,
    read_foreign,
)

_LARGEST = 2**24  # bytes of one text file
_BOX = 4  # numbers of a line that is a box
# A name in data.yaml, "0: tool" or "- tool"; names may be JSON strings.
_NAME = re.compile(r"\s+(?:(?P<number>\d+)\s*:|-)\s*(?P<name>.+?)\s*")
_INLINE = re.compile(r"names\s*:\s*\[(?P<names>.*)\]\s*")


def import_yolo(job: ImportJob) -> ImportedMasks | None:
    """Open a YOLO folder with data.yaml and labels/. The format has no tracks: all of a class is one object, on a
    single picture each line. A box is the mask of its pixels.
    """
    about = next(
        (path for name in ("data.yaml", "dataset.yaml") if (path := job.path / name).is_file()), None
    )
    folder = job.path / "labels"
    if about is None or not folder.is_dir():
        return None
    pictures = [
        ForeignPicture(path.name, partial(_masks, path, job)) for path in sorted(folder.rglob("*.txt"))
    ]
    notes = ["YOLO has no tracks: all there is of a class is one object."] if job.info.frames > 1 else []
    return read_foreign(job, pictures, _names(about), notes)


def _names(path: Path) -> list[Label]:
    """Return the classes of a data.yaml; YOLO counts from 0, labels from 1."""
    lines = path.read_text("utf-8", "replace")[:_LARGEST].splitlines()
    start = next((n for n, line in enumerate(lines) if line.startswith("names")), None)
    if start is None:
        return []
    inline = _INLINE.fullmatch(lines[start])
    if inline is not None:
        return [class_label(n, _text(part.strip())) for n, part in enumerate(inline["names"].split(","), 1)]
    found = []
    for row, line in enumerate(lines[start + 1 :]):
        match = _NAME.fullmatch(line)
        if match is None:
            break
        found.append(class_label(int(match["number"] or row) + 1, _text(match["name"])))
    return found


def _text(written: str) -> str:
    """Return a string of YAML, of which a JSON string is one."""
    if written.startswith('"'):
        try:
            return str(json.loads(written))
        except ValueError:
            return written
    return written.strip("'")


def _masks(path: Path, job: ImportJob) -> Iterator[ForeignMask]:
    if path.stat().st_size > _LARGEST:
        raise ValueError("the file is too large")
    height, width = job.info.height, job.info.width
    for number, line in enumerate(path.read_text("ascii").splitlines(), 1):
        first, *rest = line.split()
        label = int(first) + 1
        numbers = np.array(rest, np.float64)
        if len(numbers) == _BOX:
            x, y, across, down = numbers
            corners = [(x - across / 2, y - down / 2), (x + across / 2, y + down / 2)]
            (left, top), (right, bottom) = corners
            numbers = np.array([left, top, right, top, right, bottom, left, bottom])
        ring = (numbers.reshape(-1, 2) * [width, height]).ravel().tolist()
        key = f"class {label}" if job.info.frames > 1 else f"line {number}"
        yield ForeignMask(key, label, decode_segmentation([ring], height, width))
