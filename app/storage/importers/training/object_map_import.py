"""Object maps as PNG: DAVIS, YouTube-VOS, MOTS, Pascal VOC, and our own frames beside masks."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.domain.annotation import Label
from app.domain.errors import ImportMasksError
from app.storage.exporters.label_list import read_labels
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import ImportedMasks, require_size
from app.storage.importers.training.foreign_masks import (
    ForeignMask,
    ForeignPicture,
    class_label,
    own_folder,
    read_foreign,
    split_folders,
)

_VOID, _MOTS_STEP, _MOTS_VOID = 255, 1000, 10  # void in DAVIS; MOTS: class times 1000, and the void class
_BORDER = 0xE0E0C0  # colour of Pascal VOC's void
_PLAIN = "object"  # the name of objects whose format names no classes
# Gives the class of an object, by its value and the colour that the picture shows it in.
ClassOf = Callable[[int, tuple[int, ...]], int]


def import_davis(job: ImportJob) -> ImportedMasks | None:
    """Open a DAVIS or YouTube-VOS folder. An object of DAVIS has the label whose colour its palette shows, if any."""
    sets = [folder for root in split_folders(job.path) for folder in _sequences(root / "Annotations")]
    if not sets:
        return None
    folder = own_folder(sets, job.info, job.path)
    classes, class_of = _meta_classes(folder.parents[1] / "meta.json", folder.name)
    if not classes:
        colors = {label.color: label.value for label in job.labels}
        plain = max([0, *colors.values()]) + 1
        classes = [*job.labels, class_label(plain, _PLAIN)]

        def class_of(_value: int, color: tuple[int, ...]) -> int:
            return next((value for key, value in colors.items() if key == color), plain)

    return read_foreign(job, _pictures(folder, job, class_of, void=_VOID), classes)


def import_frames(job: ImportJob) -> ImportedMasks | None:
    """Open our own frames beside masks: object maps give the objects, label maps their labels."""
    sets = [folder for root in split_folders(job.path) for folder in _sequences(root / "objects")]
    listed = next(
        (root / "labels.txt" for root in (job.path, job.path.parent) if (root / "labels.txt").is_file()), None
    )
    if not sets or listed is None:
        return None
    folder, (labels, problems) = own_folder(sets, job.info, job.path), read_labels(listed)
    masks = folder.parents[1] / "masks" / folder.name

    def pictures() -> Iterator[ForeignPicture]:
        for path in _png_files(folder):
            yield ForeignPicture(path.name, partial(_pairs, path, masks / path.name, job))

    return read_foreign(job, tuple(pictures()), labels, problems)


def import_mots_png(job: ImportJob) -> ImportedMasks | None:
    """Open MOTS pictures: 16-bit values are class * 1000 + object; classes.txt beside them names the classes."""
    sets = [folder for root in split_folders(job.path) for folder in _sequences(root / "instances")]
    if not sets:
        return None
    folder = own_folder(sets, job.info, job.path)
    names = mots_classes([folder.parents[1], folder.parents[2]])
    found = _pictures(folder, job, lambda value, _: value // _MOTS_STEP, void=_MOTS_VOID * _MOTS_STEP)
    return read_foreign(job, found, names)


def import_pascal_voc(job: ImportJob) -> ImportedMasks | None:
    """Open a Pascal VOC folder, or VOCdevkit around it: object maps give the objects of each picture, class maps their
    classes. Without object maps what there is of a class is one object.

    Both hold values, or, as CVAT and Datumaro write them, colours, which labelmap.txt names.
    """
    roots = (job.path, *job.path.glob("VOC*"), *job.path.glob("VOCdevkit/VOC*"))
    root = next((path for path in roots if (path / "SegmentationClass").is_dir()), None)
    if root is None:
        return None
    folder, classes = root / "SegmentationObject", root / "SegmentationClass"
    folder = folder if folder.is_dir() else classes
    labels = _label_map_list(root / "labelmap.txt")
    colors = {_code(label.color): label.value for label in labels}
    pictures = [
        ForeignPicture(path.name, partial(_pairs, path, classes / path.name, job, void=_VOID, colors=colors))
        for path in _png_files(folder)
    ]
    note = "Pascal VOC numbers the objects of each picture anew: the objects of one label are one object."
    return read_foreign(job, pictures, labels, [note] if job.info.frames > 1 else [])


def mots_classes(folders: Iterable[Path]) -> list[Label]:
    """Return the classes that classes.txt of our export names, or those of MOTS itself."""
    for folder in folders:
        path = folder / "classes.txt"
        if path.is_file() and path.stat().st_size < 2**16:
            rows = [line.partition(" ") for line in path.read_text("utf-8", "replace").splitlines()]
            return [class_label(int(number), name) for number, _, name in rows if number.isdecimal()]
    return [class_label(1, "car"), class_label(2, "pedestrian")]


def read_map(path: Path, job: ImportJob) -> tuple[NDArray[Any], list[int]]:
    """Return the values of a PNG, (h, w), and its palette. Raises ImportMasksError for another size or colours."""
    with Image.open(path) as picture:
        require_size(path, (picture.height, picture.width), job.info)
        if picture.mode not in ("1", "L", "P", "I", "I;16"):
            raise ImportMasksError("This is no map of values but a picture in colours.", subject=path)
        return np.asarray(picture), list(picture.getpalette() or ()) if picture.mode == "P" else []


def _pictures(folder: Path, job: ImportJob, class_of: ClassOf, *, void: int) -> list[ForeignPicture]:
    def masks(path: Path) -> Iterator[ForeignMask]:
        values, palette = read_map(path, job)
        for value in np.unique(values).tolist():
            if value not in (0, void):
                color = tuple(palette[3 * value : 3 * value + 3])
                yield ForeignMask(value, class_of(value, color), values == value)

    return [ForeignPicture(path.name, partial(masks, path), _number(path)) for path in _png_files(folder)]


def _pairs(
    path: Path, classes: Path, job: ImportJob, void: int = -1, colors: Mapping[int, int] | None = None
) -> Iterator[ForeignMask]:
    """Yield the objects of a map with the classes of another one. void: where given, objects are not told apart.

    colors: values of classes by the code of their colour, where maps may hold colours.
    """
    if colors is not None and _is_colored(classes):
        objects, labels = _colored_maps(path, classes, job, colors)
    else:
        objects, labels = read_map(path, job)[0], read_map(classes, job)[0]
    for value in np.unique(objects).tolist():
        mask = objects == value
        inside = labels[mask]
        inside = inside[(inside > 0) & (inside != void)]
        if value not in (0, void) and len(inside):
            label = int(np.bincount(inside).argmax())
            is_still = job.info.frames == 1 or void < 0
            yield ForeignMask(value if is_still else f"class {label}", label, mask)


def _is_colored(path: Path) -> bool:
    with Image.open(path) as picture:
        return picture.mode in ("RGB", "RGBA")


def _colored_maps(
    path: Path, classes: Path, job: ImportJob, colors: Mapping[int, int]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return maps of objects and of classes, (h, w), by their colours. Raises ValueError for one of no class."""
    objects, codes = _codes(path, job), _codes(classes, job)
    known = {0: 0, _BORDER: _VOID} | dict(colors)
    if strange := set(np.unique(codes).tolist()) - known.keys():
        raise ValueError(f"labelmap.txt has no class of the colour #{min(strange):06x}")
    labels = np.zeros_like(codes)
    for code, value in known.items():
        labels[codes == code] = value
    # Beyond the codes: a dark blue would be the value of void.
    return np.where(objects == _BORDER, _VOID, np.where(objects > 0, objects + 2**24, 0)), labels


def _codes(path: Path, job: ImportJob) -> NDArray[np.int64]:
    with Image.open(path) as picture:
        require_size(path, (picture.height, picture.width), job.info)
        codes: NDArray[np.int64] = np.asarray(picture.convert("RGB"), np.int64) @ np.array([2**16, 2**8, 1])
    return codes


def _code(color: tuple[int, int, int]) -> int:
    return color[0] * 2**16 + color[1] * 2**8 + color[2]


def _meta_classes(path: Path, name: str) -> tuple[Sequence[Label], ClassOf]:
    """Return the classes of YouTube-VOS' meta.json and a function that looks them up; nothing where it is none."""
    try:
        objects = json.loads(path.read_text("utf-8"))["videos"][name]["objects"]
        names = {int(number): str(item["category"]) for number, item in objects.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return (), lambda _value, _color: 0
    values = {title: value for value, title in enumerate(dict.fromkeys(names.values()), 1)}
    labels = [class_label(value, title) for title, value in values.items()]
    return labels, lambda value, _: values[names[value]]


def _label_map_list(path: Path) -> list[Label]:
    """Return the classes of a labelmap.txt, "name:red,green,blue::" from value 0 on."""
    if not path.is_file() or path.stat().st_size > 2**20:
        return []
    rows = [
        line.rsplit(":", 3)  # a name may hold colons
        for line in path.read_text("utf-8", "replace").splitlines()
        if line and not line.startswith("#")
    ]
    found = []
    for value, row in enumerate(rows):
        color = [int(part) for part in row[1].split(",") if part.strip().isdecimal()] if len(row) > 1 else []
        found.append(class_label(max(value, 1), row[0], color))
    return found[1:]


def _sequences(folder: Path) -> list[Path]:
    """Return the folders of PNGs in or below a folder, a level or two down."""
    below = [folder, *folder.glob("*"), *folder.glob("*/*")]
    return [path for path in below if path.is_dir() and next(path.glob("*.png"), None) is not None]


def _png_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.png"))


def _number(path: Path) -> int | None:
    return int(path.stem) if path.stem.isdecimal() else None
