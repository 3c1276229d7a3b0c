"""Masks of another program's data set, picture by picture, as masks of the open sequence."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TypeVar
from xml.etree.ElementTree import ParseError

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Label, SequenceInfo
from app.domain.errors import ImportMasksError
from app.domain.label_colors import palette
from app.storage.exporters.export_names import frame_names, sequence_name
from app.storage.importers.frame_match import few, match_frames
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_order import say_order
from app.storage.importers.import_result import FoundMasks, ImportedMasks, Key, MaskFacts, require_size
from app.storage.importers.label_match import LabelMatch

K = TypeVar("K")
# What a picture's masks that do not fit raise while they are read; Pillow raises SyntaxError for a broken PNG.
UNUSABLE = (
    LookupError,
    TypeError,
    ValueError,
    OverflowError,
    AttributeError,
    OSError,
    SyntaxError,
    ParseError,
)


@dataclass(frozen=True, slots=True)
class ForeignMask:
    """One mask of a picture; several of one key are pieces of one object."""

    key: Key  #: of the object, the same on all pictures
    label: int  #: value of one of the classes
    mask: NDArray[np.bool_]  #: (h, w)
    facts: MaskFacts = MaskFacts()


@dataclass(frozen=True, slots=True)
class ForeignPicture:
    """One picture with its masks, which are read when it is their turn."""

    name: str  #: of its file, with or without folders; "" where number is the frame's, from 0
    masks: Callable[[], Iterable[ForeignMask]]
    number: int | None = None  #: of the frame, where the file states it; names win over it


def read_foreign(
    job: ImportJob,
    pictures: Sequence[ForeignPicture],
    classes: Sequence[Label],
    warnings: Iterable[str] = (),
    *,
    has_values: bool = True,
) -> ImportedMasks:
    """Open the pictures of the open sequence. Raises ImportMasksError where none is one of its frames.

    has_values: whether the file gives classes their values; otherwise names alone say what they are.
    """
    frames, notes = _frames(pictures, job)
    notes += say_order(job.info, job.path)
    values = {} if has_values else _free_values(classes, job.labels)
    classes = [replace(label, value=values.get(label.value, label.value)) for label in classes]
    match = LabelMatch(job.labels, classes, job.answer)
    imported = ImportedMasks((), iter(()), [*warnings, *notes, *match.warnings])
    match.warnings, imported.clashes = imported.warnings, match.clashes
    by_frame = {frame: pictures[key] for key, frame in frames.items()}
    imported.source = _read(by_frame, job, match, imported, values)
    return imported


def _free_values(classes: Sequence[Label], known: Sequence[Label]) -> dict[int, int]:
    """Return a value for each number of a class without one: that of our label of its name, or a free one."""
    ours = {label.name: label.value for label in reversed(known) if label.name}
    taken = {label.value for label in known}
    free = (value for value in range(1, 256) if value not in taken)
    return {
        label.value: ours[label.name] if label.name in ours else next(free, label.value) for label in classes
    }


def class_label(value: int, name: str, color: Sequence[int] = ()) -> Label:
    """Return a foreign class as a label; one without a colour of its own gets one of the palette."""
    if len(color) != 3 or not all(0 <= part <= 255 for part in color):
        color = palette()[(value - 1) % len(palette())]
    return Label(value, name, (int(color[0]), int(color[1]), int(color[2])))


def split_folders(path: Path) -> list[Path]:
    """Return a folder itself and those of its splits."""
    return [path, *(path / name for name in ("train", "val", "valid", "test") if (path / name).is_dir())]


def own_folder(folders: Sequence[Path], info: SequenceInfo, path: Path) -> Path:
    """Return the folder of the open sequence among those of a data set. Raises ImportMasksError where none is."""
    own = [item for item in folders if item.name in (sequence_name(info), info.name)]
    if len(own) == 1 or len(folders) == 1:
        return (own or folders)[0]
    raise ImportMasksError(
        f"None of its {len(folders)} sequences is called {sequence_name(info)!r}: {few([x.name for x in folders])}.",
        subject=path,
        remedy="Choose the folder of this sequence.",
    )


def _frames(pictures: Sequence[ForeignPicture], job: ImportJob) -> tuple[dict[int, int], list[str]]:
    """Return the frame of each picture by its place, and warnings."""
    names = own_names({place: item.name for place, item in enumerate(pictures)}, job.info)
    numbers = {place: number for place in names if (number := pictures[place].number) is not None}
    if pictures and len(numbers) == len(pictures) and not any(names.values()):
        frames = {place: number for place, number in numbers.items() if 0 <= number < job.info.frames}
        strays = [str(number) for place, number in numbers.items() if place not in frames]
        if not frames:
            what = f"It is about frames {few(strays)}, and the sequence has {job.info.frames}."
            raise ImportMasksError(what, subject=job.path, remedy="Choose the masks of this sequence.")
        left = f"Frames beyond the sequence were left out ({len(strays)}): {few(strays)}."
        return frames, [left] if strays else []
    return match_frames(names, job.info, job.path, numbers if len(numbers) == len(names) else None)


def _read(
    by_frame: Mapping[int, ForeignPicture],
    job: ImportJob,
    match: LabelMatch,
    imported: ImportedMasks,
    values: Mapping[int, int],
) -> Iterator[tuple[int, FoundMasks]]:
    bad: list[str] = []
    used: set[int] = set()
    for frame, picture in sorted(by_frame.items()):
        found: dict[Key, tuple[int, NDArray[np.bool_]]] = {}
        try:
            for item in picture.masks():
                require_size(Path(picture.name), item.mask.shape, job.info)
                value = match.value(values.get(item.label, item.label), job.path.name)
                before = found.get(item.key)
                found[item.key] = (value, item.mask if before is None else before[1] | item.mask)
                imported.facts[frame, item.key] = item.facts
                used.add(value)
        except (*UNUSABLE, ImportMasksError) as error:
            bad.append(f"frame {frame}: {error}")
            continue
        imported.labels = tuple(label for label in match.made if label.value in used)
        yield frame, {key: layer for key, layer in found.items() if layer[1].any()}
    if bad and not used:
        raise ImportMasksError(
            f"No mask can be used: {few(bad)}.", subject=job.path, remedy="Export it again."
        )
    if bad:
        imported.warnings.append(f"Frames whose masks cannot be used were left out ({len(bad)}): {few(bad)}.")


def own_names(names: Mapping[K, str], info: SequenceInfo) -> dict[K, str]:
    """Return the names of pictures of the open sequence, in a data set of many, without the sequence's own name."""
    prefix, own = f"{sequence_name(info)}_", set(frame_names(info))
    plain = {key: PurePath(name.replace("\\", "/")) for key, name in names.items()}
    flat = {
        key: path.name.removeprefix(prefix) for key, path in plain.items() if path.name.startswith(prefix)
    }
    exact = {key: name for key, name in flat.items() if PurePath(name).stem in own}
    if exact:
        return exact
    titles = (sequence_name(info), info.name)
    foldered = {key: path.name for key, path in plain.items() if path.parent.name in titles}
    return foldered or dict(names)
