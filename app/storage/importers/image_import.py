"""Label maps as PNG, one a frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.domain.annotation import Label, SequenceInfo
from app.domain.errors import ImportMasksError, LabelFileError
from app.domain.label_clash import LabelAnswer
from app.storage.exporters.export_ledger import read_ledger
from app.storage.exporters.export_names import sequence_name
from app.storage.exporters.image_export import VOID_NOTE
from app.storage.exporters.label_list import read_labels
from app.storage.exporters.mask_record import KEY, from_text
from app.storage.importers.frame_match import few, match_frames
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_order import say_order
from app.storage.importers.import_result import FoundMasks, ImportedMasks, Key, Layer, require_size
from app.storage.importers.label_match import LabelMatch
from app.storage.importers.record_import import object_keys, read_record

WHITE = 255  # what programs write for "mask" where there is one label, and for "void" where there are several
# Values of a picture without a label or a pixel among its like, above which they are a resized mask's soft edges.
# Chosen by hand: label maps of small structures have a few such values, a mask scaled by three has over 100.
MOST_THIN = 16
# Of a white mask with soft edges: the fewest greys, unless one is light (labels that are thin lines beside void
# have low values), and greys at edges for one that is also found among its like. Chosen by hand; discs scaled up
# by 2 to 5 have 162 to 244 greys, one or none of them among its like.
FEWEST_SOFT, CHANCE = 4, 8
EXPORTED = "mask"  # the folder that the export of label maps makes, with labels.txt beside it
Values = NDArray[np.uint8]


def import_pictures(job: ImportJob) -> ImportedMasks | None:
    """Open a folder of label maps or a single one. Raises ImportMasksError.

    A label map is a palette or grey PNG whose pixels are label values, or an RGB one in exactly the colours of
    the labels; a list labels.txt beside them is read too. Masks that were exported come back bit for bit.
    """
    if job.path.is_dir():
        folder = _picture_folder(job.path, job.info, job.fingerprint)
        return read_pictures(folder, job.info, job.labels, job.answer) if _pictures_in(folder) else None
    if job.path.suffix.lower() == ".png":
        return read_pictures(job.path, job.info, job.labels, job.answer)
    return None


def _picture_folder(path: Path, info: SequenceInfo, fingerprint: str) -> Path:
    """Return the folder itself or, in a folder of exports, that of the sequence's own masks."""
    owners = {name: owner for name, owner in read_ledger(path).items() if name.endswith("/mask")}
    own = [name for name, owner in owners.items() if owner == fingerprint]
    usual = [name for name in ("mask", f"{sequence_name(info)}/mask") if name not in owners]
    return next((path / name for name in (*own, *usual) if (path / name).is_dir()), path)


def read_pictures(
    path: Path, info: SequenceInfo, labels: Sequence[Label], answer: LabelAnswer | None = None
) -> ImportedMasks:
    """Read a folder of label maps, or a single one. answer: see LabelMatch. Raises ImportMasksError."""
    folder = path if path.is_dir() else path.parent
    paths = sorted(_pictures_in(folder)) if path.is_dir() else [path]
    foreign, problems = _label_list_of(folder)
    match = LabelMatch(labels, foreign, answer)
    frames, notes = _frames_of(paths, info, path)
    imported = ImportedMasks(tuple(match.made), iter(()), [*problems, *match.warnings, *notes])
    match.warnings, imported.clashes = imported.warnings, match.clashes
    imported.source = _read(frames, info, match, imported)
    return imported


def _read(
    frames: Mapping[int, Path], info: SequenceInfo, match: LabelMatch, imported: ImportedMasks
) -> Iterator[tuple[int, FoundMasks]]:
    colors = _ColorTable(match.colors)
    bad: list[ImportMasksError] = []
    for frame, path in sorted(frames.items()):
        try:
            layers = _recorded(path, frame, info, match, imported)
            values = _values(path, info, colors, match) if layers is None else None
        except ImportMasksError as error:
            bad.append(error)
            continue
        if values is None:
            imported.labels = tuple(match.made)
            yield frame, layers or {}
            continue
        present = np.flatnonzero(np.bincount(values.ravel(), minlength=256)).tolist()
        imported.labels = tuple(match.made)
        yield frame, {value: (value, values == value) for value in present if value}
    if len(bad) == len(frames):
        raise bad[0]
    if bad:
        listed = few([str(error) for error in bad])
        imported.warnings.append(f"Pictures that are no label maps were left out ({len(bad)}): {listed}")


def _recorded(
    path: Path, frame: int, info: SequenceInfo, match: LabelMatch, imported: ImportedMasks
) -> dict[Key, Layer] | None:
    """Return the objects that one of our own exports holds on a frame; None for any other picture."""
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            if VOID_NOTE in picture.info:
                require_size(path, (picture.height, picture.width), info)
                return {}
            text = picture.info.get(KEY)
            if not isinstance(text, str) or picture.mode != "P":
                return None
            require_size(path, (picture.height, picture.width), info)
            pixels = np.asarray(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None  # the reader of any label map says what is wrong
    found: dict[Key, Layer] = {}
    recorded = read_record(from_text(text), pixels)
    for key, (label, mask, facts) in zip(object_keys(recorded), recorded, strict=True):
        ours = match.value(label, path.name)
        mine: Key = ours if key == label else key
        found[mine], imported.facts[frame, mine] = (ours, mask), facts
    return found or None


def _pictures_in(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix.lower() == ".png" and path.name[0] != "."]


def _label_list_of(folder: Path) -> tuple[tuple[Label, ...], tuple[str, ...]]:
    """Return the label list that comes with the masks: in their folder or, of an exported one, beside it."""
    beside = [folder.parent] if folder.name == EXPORTED else []
    for path in (place / "labels.txt" for place in (folder, *beside)):
        if path.is_file():
            try:
                return read_labels(path)
            except LabelFileError as error:
                return (), (str(error),)
    return (), ()


def _frames_of(paths: Sequence[Path], info: SequenceInfo, path: Path) -> tuple[dict[int, Path], list[str]]:
    """Return the picture of each frame, and what to tell the annotator. Raises ImportMasksError for none."""
    match, notes = match_frames({path: path.name for path in paths}, info, path)
    notes += say_order(info, path)
    found = {frame: path for path, frame in match.items()}
    missing = [str(frame) for frame in range(info.frames) if frame not in found]
    if missing:
        notes.append(f"Frames have no picture ({len(missing)} of {info.frames}): {few(missing)}.")
    return found, notes


def _values(path: Path, info: SequenceInfo, colors: _ColorTable, match: LabelMatch) -> Values:
    """Return the label map in our values."""
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            require_size(path, (picture.height, picture.width), info)
            if picture.mode not in ("P", "L", "1", "LA", "I", "I;16", "I;16B"):
                return colors.values(path, np.asarray(picture.convert("RGBA")), match)
            is_grey = picture.mode != "P"
            pixels = np.asarray(picture.convert("L") if picture.mode in ("1", "LA") else picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ImportMasksError(
            f"The picture cannot be read ({error}).", subject=path, remedy="Export it again."
        ) from error
    return _map_values(path, pixels, match, is_grey=is_grey)


def _map_values(path: Path, pixels: NDArray[np.generic], match: LabelMatch, *, is_grey: bool) -> Values:
    """Our values of a picture of foreign values; a grey one of black and white alone is one label's mask."""
    highest = int(pixels.max())
    if highest > WHITE or int(pixels.min()) < 0:
        raise ImportMasksError(
            f"The value {highest} is no label's.", subject=path, remedy="Label values go from 1 to 255."
        )
    values = pixels.astype(np.uint8)
    present = np.flatnonzero(np.bincount(values.ravel(), minlength=256)[1:]) + 1
    if is_grey and _is_one_soft_mask(values, present.tolist(), match):
        match.warn_once("soft edges", f"{path.name} has soft edges: it is cut at half of white")
        values = np.where(values > WHITE // 2, np.uint8(WHITE), np.uint8(0))
        present = np.array([WHITE])
    elif is_grey and sum(not match.has(value) for value in _thin(values, present.tolist())) > MOST_THIN:
        raise ImportMasksError(
            "The edges of the masks are soft, so its values are no labels'.",
            subject=path,
            remedy="Export it without smoothing, in its own size.",
        )
    if is_grey and present.tolist() == [WHITE] and not match.has(WHITE):
        return np.asarray(values // WHITE * match.value_of_black_and_white(path.name), np.uint8)
    if WHITE in present and not match.has(WHITE):
        match.warn_once("is void", f"{path.name}: the value 255 is void and was left out")
        present = present[:-1]
    table = np.zeros(256, np.uint8)
    for value in present.tolist():
        table[value] = match.value(value, path.name)
    return np.asarray(cv2.LUT(values, table), np.uint8)


def _thin(values: Values, present: Sequence[int]) -> list[int]:
    """Return the values below white of which no pixel has only its like around it."""
    flat = cv2.erode(values, np.ones((3, 3), np.uint8)) == cv2.dilate(values, np.ones((3, 3), np.uint8))
    solid = np.unique(values[flat])
    return [value for value in present if value < WHITE and value not in solid]


def _is_one_soft_mask(values: Values, present: Sequence[int], match: LabelMatch) -> bool:
    """Whether a picture is white with greys at its edges, which are neither labels nor white that is void."""
    if WHITE not in present or match.has(WHITE) or all(map(match.has, present[:-1])):
        return False
    thin = _thin(values, present)
    by_chance = len(present) - 1 - len(thin)  # greys that a smooth edge repeats
    is_many = len(thin) >= FEWEST_SOFT or (len(thin) > 0 and max(thin) > WHITE // 2)
    return is_many and by_chance * CHANCE <= len(thin)


class _ColorTable:
    """Looks labels up by all three channels of their colour."""

    def __init__(self, colors: Mapping[tuple[int, int, int], int]) -> None:
        self._colors = colors
        self._table: Values | None = None

    def values(self, path: Path, pixels: Values, match: LabelMatch) -> Values:
        """Return our values of a picture, uint8 (h, w, 4); what is transparent or black is background.

        A picture that has no colour at all and no label's greys is one of grey values.
        """
        visible = pixels[..., 3] > 0
        red, green, blue = (pixels[..., channel].astype(np.uint32) for channel in range(3))
        codes = np.where(visible, red << 16 | green << 8 | blue, 0)
        values = self._filled()[codes]
        strange = codes[(values == 0) & (codes != 0)]
        if not len(strange):
            return values
        if (red == green).all() and (green == blue).all():
            return _map_values(path, np.where(visible, red, 0), match, is_grey=True)
        code = int(strange[0])
        raise ImportMasksError(
            f"The colour {(code >> 16, code >> 8 & 255, code & 255)} is no label's.",
            subject=path,
            remedy="Load the label list of these masks first.",
        )

    def _filled(self) -> Values:
        if self._table is None:
            self._table = np.zeros(1 << 24, np.uint8)
            for (red, green, blue), value in self._colors.items():
                self._table[red << 16 | green << 8 | blue] = value
            self._table[0] = 0
        return self._table
