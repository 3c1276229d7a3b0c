"""YOLO: a text file a picture, a line an outline or box in shares of the picture's size.

Classes are named by the YAML of Ultralytics and Roboflow, or line by line as darknet, CVAT and labelImg do.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import yaml

from app.domain.annotation import Label
from app.domain.errors import ImportMasksError
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import ImportedMasks, MaskFacts
from app.storage.importers.rle_import import decode_segmentation
from app.storage.importers.training.foreign_masks import (
    ForeignMask,
    ForeignPicture,
    class_label,
    read_foreign,
    split_folders,
)

_LARGEST: Final = 2**24  # bytes of one text file
_LARGEST_LIST: Final = 2**18  # bytes of a list of classes, which takes seconds to read where it is larger
_BOX: Final = 4  # numbers of a line that is a box
_ALSO: Final = ("dataset.yaml", "data.yml", "obj.names", "classes.txt")
_DARKNET: Final = (
    "obj_train_data",
    "obj_valid_data",
    "obj_test_data",
)  # folders of texts, as CVAT writes them


def import_yolo(job: ImportJob) -> ImportedMasks | None:
    """Open a YOLO folder: a list of classes, and texts in labels/, in a split's labels/, in those of darknet, or in the
    folder itself; or one text. The format has no tracks: all of a class is one object, on a single picture each line.
    A box is the mask of its pixels; a number more than a box or an outline has is a score. Without a list, classes are
    called by their numbers.
    """
    about = next((path for name in ("data.yaml", *_ALSO) if (path := job.path / name).is_file()), None)
    if about is None:
        return _import_unnamed(job)
    folders = [path / "labels" for path in split_folders(job.path)] + [job.path / name for name in _DARKNET]
    texts = [text for folder in folders if folder.is_dir() for text in sorted(folder.rglob("*.txt"))]
    if not texts and about.name == "classes.txt":
        texts = [text for text in sorted(job.path.glob("*.txt")) if text != about]
    if not texts:
        return None
    return _import_texts(job, texts, *_classes(about))


def _import_unnamed(job: ImportJob) -> ImportedMasks | None:
    """Open texts without a list of classes, None where one of them holds something else."""
    if job.path.is_file():
        texts = [job.path] if job.path.suffix.lower() == ".txt" else []
    else:
        folders = [path / "labels" for path in split_folders(job.path) if (path / "labels").is_dir()]
        # Not below the folder itself: a person may have chosen the root of a drive.
        below = (folder.rglob("*.txt") for folder in folders)
        texts = sorted(chain.from_iterable(below) if folders else job.path.glob("*.txt"))
    numbers: set[int] = set()
    for text in texts:
        found = _class_numbers(text)
        if found is None:
            return None
        numbers |= found
    if not numbers:
        return None
    notes = ["There is no list of classes, so they are called by their numbers."]
    classes = [class_label(number + 1, f"class {number}") for number in sorted(numbers)]
    return _import_texts(job, texts, classes, False, notes, has_values=True)


def _class_numbers(path: Path) -> set[int] | None:
    """Return the classes of a text, None for one with a line that is no box or outline in shares of a picture."""
    if path.stat().st_size > _LARGEST:
        return None
    try:
        rows = [[float(field) for field in line.split()] for line in path.read_text("utf-8-sig").splitlines()]
    except ValueError:
        return None
    rows = [row for row in rows if row]
    if any(
        len(row) <= _BOX or row[0] not in range(255) or not all(-1 <= x <= 2 for x in row[1:]) for row in rows
    ):
        return None
    return {int(row[0]) for row in rows}


def _import_texts(
    job: ImportJob,
    texts: Sequence[Path],
    classes: Sequence[Label],
    has_keypoints: bool,
    notes: Sequence[str] = (),
    *,
    has_values: bool = False,
) -> ImportedMasks:
    """Read texts. has_values: whether numbers alone say what a class is."""
    pictures = [
        ForeignPicture(path.name, partial(_masks, path, job, has_keypoints=has_keypoints)) for path in texts
    ]
    notes = [*notes]
    if job.info.frames > 1:
        notes.append("YOLO has no tracks: all there is of a class is one object.")
    if has_keypoints:
        notes.append("Keypoints have no pixels, and were left out; their boxes are masks.")
    return read_foreign(job, pictures, classes, notes, has_values=has_values)


def _classes(path: Path) -> tuple[list[Label], bool]:
    """Return the classes of a list, and whether keypoints stand behind boxes. YOLO counts from 0, labels from 1.

    Raises ImportMasksError for a damaged one.
    """
    if path.stat().st_size > _LARGEST_LIST:
        raise ImportMasksError("The list of classes is too large.", subject=path)
    text = path.read_text("utf-8-sig", "replace")
    if path.suffix not in (".yaml", ".yml"):
        return _labels(dict(enumerate(line.strip() for line in text.splitlines()))), False
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ImportMasksError(
            "The list of classes cannot be read.", subject=path, remedy="Export it again."
        ) from error
    about = found if isinstance(found, dict) else {}
    names = about.get("names")
    listed = names if isinstance(names, dict) else dict(enumerate(names if isinstance(names, list) else ()))
    return _labels(listed), "kpt_shape" in about


def _labels(names: dict[object, object]) -> list[Label]:
    """Return the classes that have a number and a plain name."""
    plain = ((int(str(number)), str(name)) for number, name in names.items() if str(number).isdecimal())
    return [class_label(number + 1, name) for number, name in plain if name]


def _masks(path: Path, job: ImportJob, *, has_keypoints: bool) -> Iterator[ForeignMask]:
    if path.stat().st_size > _LARGEST:
        raise ValueError("the file is too large")
    for number, line in enumerate(path.read_text("utf-8-sig").splitlines(), 1):
        if fields := line.split():
            label, (ring, score) = (
                int(float(fields[0])) + 1,
                _ring(fields[1 : 1 + _BOX] if has_keypoints else fields[1:]),
            )
            scaled = (ring.reshape(-1, 2) * [job.info.width, job.info.height]).ravel().tolist()
            key = f"class {label}" if job.info.frames > 1 else f"line {number}"
            mask = decode_segmentation([scaled], job.info.height, job.info.width)
            yield ForeignMask(key, label, mask, MaskFacts(score=score))


def _ring(fields: Sequence[str]) -> tuple[np.ndarray, float]:
    """Return the corners of a line, x and y in turn, and its score in [0, 1], 1 where it has none."""
    numbers, score = np.array(fields, np.float64), 1.0
    if len(numbers) % 2:
        numbers, score = numbers[:-1], float(numbers[-1])
    if len(numbers) == _BOX:
        x, y, across, down = numbers
        left, top, right, bottom = x - across / 2, y - down / 2, x + across / 2, y + down / 2
        numbers = np.array([left, top, right, top, right, bottom, left, bottom])
    return numbers, score if 0 <= score <= 1 else 1.0
