"""Masks made elsewhere, or exported before: label maps as PNG, or COCO JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco

from app.annotation import Label, SequenceInfo
from app.errors import ImportMasksError, LabelFileError
from app.storage.label_list import read_labels

LARGEST_DOCUMENT = 2**30
MANY_PIXELS = 2**28
DIGITS = re.compile(r"\d+")
Found = Mapping[int, tuple[int, NDArray[np.bool_]]]


@dataclass(slots=True)
class ImportedMasks:
    """Masks to take over, read frame by frame.

    labels: those that the masks need and that the sequence may lack. warnings: grow while frames are read.
    """

    labels: tuple[Label, ...]
    source: Iterator[tuple[int, Found]]
    warnings: list[str] = field(default_factory=list)

    def frames(self) -> Iterator[tuple[int, Found]]:
        """Yield (frame, {object key: (label value, bool (h, w))}). Raises ImportMasksError for a bad file."""
        return self.source


def read_masks(path: Path, info: SequenceInfo, labels: Sequence[Label]) -> ImportedMasks:
    """Open a folder of label maps, or a COCO JSON.

    A label map is a palette or grey PNG whose pixels are label values, or an RGB picture in exactly the colours
    of the labels. Raises ImportMasksError.
    """
    if path.is_dir():
        return _from_pictures(_picture_folder(path), info, labels)
    if path.suffix.lower() == ".json":
        return _from_coco(path, info)
    raise ImportMasksError(
        "These are no masks.", subject=path, remedy="Choose a folder of PNG label maps, or a COCO JSON file."
    )


def _picture_folder(path: Path) -> Path:
    """The folder itself or, of an exported sequence, its folder of masks."""
    inner = path / "mask"
    return inner if inner.is_dir() else path


def _from_pictures(folder: Path, info: SequenceInfo, labels: Sequence[Label]) -> ImportedMasks:
    paths = sorted(folder.glob("*.png"))
    if not paths:
        raise ImportMasksError(
            "There is no PNG in this folder.", subject=folder, remedy="Choose another folder."
        )
    known = {label.value: label for label in (*_listed(folder.parent / "labels.txt"), *labels)}
    imported = ImportedMasks(tuple(known.values()), iter(()))
    colors = {label.color: label.value for label in known.values()}
    imported.source = _pictures(paths, info, colors, known, imported)
    return imported


def _listed(path: Path) -> tuple[Label, ...]:
    try:
        return read_labels(path)[0] if path.is_file() else ()
    except LabelFileError:
        return ()


def _pictures(
    paths: Sequence[Path],
    info: SequenceInfo,
    colors: Mapping[tuple[int, int, int], int],
    known: dict[int, Label],
    imported: ImportedMasks,
) -> Iterator[tuple[int, Found]]:
    frames = _frames_of(paths, info)
    for path in paths:
        frame = frames.get(path)
        if frame is None:
            imported.warnings.append(f"{path.name} belongs to no frame and was left out.")
            continue
        values = _values(path, info, colors)
        present = [int(value) for value in np.unique(values) if value]
        for value in present:
            if value not in known:
                known[value] = Label(value, f"label {value}", _grey(value))
                imported.labels = tuple(known.values())
        yield frame, {value: (value, values == value) for value in present}


def _frames_of(paths: Sequence[Path], info: SequenceInfo) -> dict[Path, int]:
    """The frame of each picture: by the source's own names, else by the last number in its name."""
    names = {Path(name).stem: frame for frame, name in enumerate(info.frame_names)}
    names |= {name: frame for frame, name in enumerate(info.frame_names)}
    found = {}
    for path in paths:
        numbers = DIGITS.findall(path.stem)
        frame = names.get(path.stem, int(numbers[-1]) if numbers and not names else None)
        if frame is not None and frame < info.frames:
            found[path] = frame
    return found


def _values(path: Path, info: SequenceInfo, colors: Mapping[tuple[int, int, int], int]) -> NDArray[np.uint8]:
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            if picture.width * picture.height > MANY_PIXELS:
                raise ImportMasksError("The picture is too large.", subject=path, remedy="Choose another.")
            _check_size(path, (picture.height, picture.width), info)
            if picture.mode in ("P", "L", "1"):
                return np.asarray(picture.convert("L") if picture.mode == "1" else picture, np.uint8)
            pixels = np.asarray(picture.convert("RGB"), np.uint32)
    except (OSError, ValueError, SyntaxError) as error:
        raise ImportMasksError(
            f"The picture cannot be read ({error}).", subject=path, remedy="Export it again."
        ) from error
    return _by_color(path, pixels, colors)


def _by_color(
    path: Path, pixels: NDArray[np.uint32], colors: Mapping[tuple[int, int, int], int]
) -> NDArray[np.uint8]:
    codes = (pixels[..., 0] << 16) | (pixels[..., 1] << 8) | pixels[..., 2]
    values = np.zeros(codes.shape, np.uint8)
    left = codes != 0
    for (red, green, blue), value in colors.items():
        hit = codes == (red << 16 | green << 8 | blue)
        values[hit] = value
        left &= ~hit
    if left.any():
        code = int(codes[left][0])
        color = (code >> 16, code >> 8 & 255, code & 255)
        raise ImportMasksError(
            f"The colour {color} is no label's.",
            subject=path,
            remedy="Load the label list of these masks first.",
        )
    return values


def _from_coco(path: Path, info: SequenceInfo) -> ImportedMasks:
    document = _json(path)
    try:
        labels = tuple(_category(item) for item in document.get("categories", []))
        frames = {int(item["id"]): _frame_of(item, info) for item in document["images"]}
        by_frame: dict[int, list[dict[str, Any]]] = {}
        imported = ImportedMasks(labels, iter(()))
        for item in document["annotations"]:
            frame = frames.get(int(item["image_id"]))
            if frame is None:
                imported.warnings.append(f"Annotation {item.get('id')} belongs to no frame and was left out.")
            else:
                by_frame.setdefault(frame, []).append(item)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _no_coco(path, error) from error
    imported.source = _annotations(path, by_frame, info)
    return imported


def _annotations(
    path: Path, by_frame: Mapping[int, Sequence[dict[str, Any]]], info: SequenceInfo
) -> Iterator[tuple[int, Found]]:
    for frame, items in sorted(by_frame.items()):
        found: dict[int, tuple[int, NDArray[np.bool_]]] = {}
        for item in items:
            try:
                value = int(item["category_id"])
                key = int(item.get("track_id", 1_000_000 + value))
                mask = _segmentation(item["segmentation"], info)
            except (KeyError, TypeError, ValueError) as error:
                raise _no_coco(path, error) from error
            _check_size(path, mask.shape, info)
            before = found.get(key)
            found[key] = (value, mask if before is None else before[1] | mask)
        yield frame, found


def _segmentation(item: Any, info: SequenceInfo) -> NDArray[np.bool_]:
    """A mask from RLE, compressed or not, or from polygons."""
    if isinstance(item, dict):
        height, width = (int(n) for n in item["size"])
        if not 0 < height * width <= MANY_PIXELS:
            raise ValueError(f"a mask of {height} x {width}")
        if isinstance(item["counts"], list):
            rle: Any = coco.frPyObjects(item, height, width)
        else:
            rle = {"size": [height, width], "counts": str(item["counts"]).encode("ascii")}
        return np.asarray(coco.decode(rle), bool)
    parts = coco.frPyObjects(item, info.height, info.width)
    return np.asarray(coco.decode(coco.merge(parts)), bool)


def _frame_of(item: Mapping[str, Any], info: SequenceInfo) -> int | None:
    names = {name: frame for frame, name in enumerate(info.frame_names)}
    if item.get("file_name") in names:
        return names[item["file_name"]]
    if "frame_id" in item:
        frame = int(item["frame_id"])
    else:
        numbers = DIGITS.findall(Path(str(item.get("file_name", ""))).stem)
        frame = int(numbers[-1]) if numbers else int(item["id"]) - 1
    return frame if 0 <= frame < info.frames else None


def _category(item: Mapping[str, Any]) -> Label:
    value = int(item["id"])
    if not 1 <= value <= 255:
        raise ValueError(f"category id {value}")
    red, green, blue = (int(n) & 255 for n in item.get("color") or _grey(value))
    return Label(value, str(item.get("name") or f"label {value}"), (red, green, blue))


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_DOCUMENT:
            raise ImportMasksError("The file is too large.", subject=path, remedy="Split it.")
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _no_coco(path, error) from error
    if not isinstance(document, dict):
        raise _no_coco(path, TypeError("not a JSON object"))
    return document


def _check_size(path: Path, shape: tuple[int, ...], info: SequenceInfo) -> None:
    if shape != (info.height, info.width):
        raise ImportMasksError(
            f"The mask is {shape[1]}x{shape[0]}, the sequence {info.width}x{info.height}.",
            subject=path,
            remedy="Choose the masks of this sequence.",
        )


def _grey(value: int) -> tuple[int, int, int]:
    return value, value, value


def _no_coco(path: Path, error: Exception) -> ImportMasksError:
    return ImportMasksError(
        f"This is no COCO file that fits ({type(error).__name__}: {error}).",
        subject=path,
        remedy="Choose a COCO JSON with images and annotations.",
    )
