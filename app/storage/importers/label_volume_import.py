"""Label volumes from other programs, on the grid of a scan."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Label
from app.domain.errors import FramewiseError, ImportMasksError
from app.domain.label_clash import LabelAnswer, LabelClash
from app.domain.label_colors import palette
from app.files.suffixes import SLICES, is_scan
from app.imaging.label_volume import LabelMap, blank_volume
from app.imaging.volume_geometry import Index, VolumeGeometry, same_grid
from app.storage.importers.import_job import ImportJob
from app.storage.importers.import_result import ImportedMasks, Key, Layer
from app.storage.importers.import_time import say_time, source_times, told_time
from app.storage.importers.label_match import LabelMatch
from app.storage.importers.label_names import names_beside, read_names, read_volume_record
from app.storage.importers.label_values import MOST_LABELS, LabelValues
from app.storage.importers.record_import import object_keys, read_record
from app.storage.importers.segment_stack import SegmentStack
from app.storage.importers.training.case_classes import classes_beside
from app.storage.volume.volume_opening import open_volume
from app.storage.volume.volume_source import VolumeSource


@dataclass(frozen=True, slots=True)
class LabelVolume:
    """Labels, on the grid of the scan or on that which they were made on."""

    voxels: LabelMap  #: (z, y, x)
    geometry: VolumeGeometry
    labels: tuple[Label, ...] = ()  #: those that the sequence lacks
    names: Mapping[int, str] = field(default_factory=dict)  #: of labels, by value, where the file names them
    warnings: tuple[str, ...] = ()  #: for the annotator
    clashes: tuple[LabelClash, ...] = ()  #: values that mean something else in the sequence
    stack: SegmentStack | None = None  #: the objects, where the voxels do not tell them
    is_resampled: bool = False  #: they were made on another grid


def import_label_volume(job: ImportJob) -> ImportedMasks | None:
    """Open labels of a scan, see read_label_volume. Raises ImportMasksError."""
    if job.scan is None or not is_scan(job.path) or _refers_to_pictures(job):
        return None
    scan = job.scan()
    if _is_over_time(job.path, scan):
        return _import_times(job, scan)
    found = read_label_volume(job.path, scan, job.labels, spool=job.spool, answer=job.answer)
    imported = ImportedMasks(found.labels, iter(()), list(found.warnings), clashes=list(found.clashes))
    record = {} if found.is_resampled or found.clashes else read_volume_record(job.path)
    known = _frame_records(record, scan)
    imported.source = _layers(found, scan, _time(job, scan, record, imported), known, imported)
    return imported


def _frame_records(record: object, scan: VolumeSource) -> Mapping[str, Any]:
    """Return the records of frames by their number, {} where they are cut in another direction."""
    if not isinstance(record, dict) or record.get("orientation") != scan.plane.orientation:
        return {}
    frames = record.get("frames")
    return frames if isinstance(frames, dict) else {}


def _is_over_time(path: Path, scan: VolumeSource) -> bool:
    """Whether a file holds labels of each time point of a scan."""
    if scan.order.times < 2 or not path.is_file():
        return False
    if path.suffix.lower() in SLICES:
        return len(set(_segment_times(path, scan))) > 1
    try:
        with open_volume(path) as source:
            return source.origin.times == scan.order.times
    except FramewiseError:
        return False  # said when it is read


def _import_times(job: ImportJob, scan: VolumeSource) -> ImportedMasks:
    """Read the labels of each time point that a file holds."""
    imported = import_label_volumes(job, dict.fromkeys(range(scan.order.times), job.path), are_over_time=True)
    if job.path.suffix.lower() in SLICES and (lost := _segment_times(job.path, scan).count(None)):
        imported.warnings.append(
            f"Frames that do not say of which time point they are were left out ({lost})."
        )
    return imported


def import_label_volumes(
    job: ImportJob, files: Mapping[int, Path], *, are_over_time: bool = False
) -> ImportedMasks:
    """Open labels by time point, see read_label_volume. are_over_time: each file holds all time points.

    Raises ImportMasksError.
    """
    assert job.scan is not None
    scan = job.scan()
    told = read_volume_record(job.path).get("times") if are_over_time else None
    listed = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    records = {told_time(one.get("time"), scan): _frame_records(one, scan) for one in listed}
    labels: dict[int, Label] = {}
    imported = ImportedMasks((), iter(()))
    volumes: list[Iterator[tuple[int, dict[Key, Layer]]]] = []
    for time, path in files.items():
        found = read_label_volume(
            path,
            scan,
            (*job.labels, *labels.values()),
            spool=job.spool,
            answer=job.answer,
            time=time if are_over_time else 0,
            may_be_empty=True,
        )
        if found.voxels.any():
            labels |= {label.value: label for label in found.labels}
            known = {} if found.is_resampled or found.clashes else records.get(time, {})
            imported.warnings += [text for text in found.warnings if text not in imported.warnings]
            imported.clashes += [clash for clash in found.clashes if clash not in imported.clashes]
            volumes.append(_layers(found, scan, time, known, imported))
    if not volumes:
        raise ImportMasksError("No voxel has a label, so there is nothing to import.", subject=job.path)
    imported.labels = tuple(labels.values())
    imported.source = chain.from_iterable(volumes)
    return imported


def _time(job: ImportJob, scan: VolumeSource, record: Mapping[str, Any], imported: ImportedMasks) -> int:
    """Return the time point that labels of one volume belong to: the one they name, else the one that is shown."""
    told = told_time(record.get("time"), scan)
    if told is None and job.path.suffix.lower() in SLICES and job.path.is_file():
        named = set(_segment_times(job.path, scan))
        told = named.pop() if len(named) == 1 else None
    if told is None and scan.order.times > 1:
        imported.warnings.append(say_time(job.path, job.time))
    return job.time if told is None else told


def _refers_to_pictures(job: ImportJob) -> bool:
    """Whether it is a DICOM segmentation of a series without places, whose frames name their source's."""
    if not job.path.is_file():
        return False
    from app.storage.importers.cine_seg_import import is_placeless
    from app.storage.importers.dicom_seg_import import is_seg

    return is_placeless(job) and is_seg(job.path)


def _layers(
    labels: LabelVolume,
    scan: VolumeSource,
    time: int,
    records: Mapping[str, Any],
    imported: ImportedMasks,
) -> Iterator[tuple[int, dict[Key, Layer]]]:
    """Yield the objects of each frame: those of its record, else its segments, else one for each value.

    records: by number of slice.
    """
    for index, frame in enumerate(scan.order.frames_at(time)):
        picture = np.ascontiguousarray(scan.plane.slice_array(labels.voxels, index))
        record = records.get(str(index))
        found: dict[Key, Layer] = {}
        recorded = read_record(record, picture) if isinstance(record, dict) else []
        for key, (label, mask, facts) in zip(object_keys(recorded), recorded, strict=True):
            found[key], imported.facts[frame, key] = (label, mask), facts
        if not found and labels.stack is not None:
            found = labels.stack.objects(scan.plane, index)
        elif not found:
            found = {value: (value, picture == value) for value in map(int, np.unique(picture)) if value}
        if found:
            yield frame, found


def read_label_volume(
    path: str | Path,
    scan: VolumeSource,
    labels: Sequence[Label] = (),
    *,
    spool: Path | None = None,
    answer: LabelAnswer | None = None,
    time: int = 0,
    may_be_empty: bool = False,
) -> LabelVolume:
    """Read a NIfTI, NRRD, MetaImage or DICOM segmentation onto the grid of a scan.

    On the same grid every voxel keeps its value; on another one the nearest voxel is taken, and the warnings
    say so. labels: those that there are; a label of the file gets the value of the one that it is, see LabelMatch.
    time: which volume of a file over time. may_be_empty: whether no label at all is no error.
    Raises ImportMasksError for what is no label volume, has another size and no geometry, is empty, or lies
    elsewhere.
    """
    path = Path(path)
    grid = _read(path, scan, LabelMatch(labels, (), answer), spool, time)
    notes = grid.warnings
    geometry = scan.geometry
    has_no_place = grid.geometry.affine is None or geometry.affine is None
    is_same = same_grid(grid.geometry, geometry)
    if has_no_place and not is_same:
        raise ImportMasksError(
            f"The labels have another size, {_size(grid.geometry.shape)} instead of {_size(geometry.shape)}, "
            "and no geometry to find their place.",
            subject=path,
            remedy="Export them again with their geometry.",
        )
    if not grid.voxels.any() and not may_be_empty:
        what = " ".join(["No voxel has a label, so there is nothing to import.", *notes])
        raise ImportMasksError(what, subject=path)
    if is_same:
        if has_no_place:
            notes += (f"{path.name} does not say where it lies; it was taken voxel by voxel.",)
        return replace(grid, warnings=notes)
    if grid.stack is not None:
        layers = (replace(grid, voxels=layer) for layer in grid.stack.layers)
        grid.stack.layers = [resample(layer, geometry, spool) for layer in layers]
    voxels = resample(grid, geometry, spool)
    if not voxels.any() and not may_be_empty:
        raise ImportMasksError("The labels lie outside the scan.", subject=path)
    told = (
        f"{path.name} lies on another grid ({_grid(grid.geometry)}); its labels were resampled to the scan's."
    )
    return replace(grid, voxels=voxels, geometry=geometry, warnings=(*notes, told), is_resampled=True)


def resample(labels: LabelVolume, geometry: VolumeGeometry, spool: Path | None = None) -> LabelMap:
    """Labels on another grid, the nearest voxel each, 0 outside; both grids must have an affine."""
    matrix, own = geometry.matrix, labels.geometry.matrix
    if matrix is None or own is None:
        raise ImportMasksError("A grid without a place cannot be resampled.")
    turn = np.linalg.inv(own[:3, :3])
    depth, height, width = geometry.shape
    starts = geometry.to_patient(np.column_stack([np.zeros((depth, 2)), np.arange(depth)]))
    across = np.multiply.outer(turn @ matrix[:3, 0], np.arange(width))[:, None, :]
    down = np.multiply.outer(turn @ matrix[:3, 1], np.arange(height))[:, :, None]
    voxels = blank_volume(geometry.shape, spool)
    for k in range(depth):
        start = turn @ (starts[k] - own[:3, 3])
        voxels[k] = _gather(labels.voxels, start[:, None, None] + across + down)
    return voxels


def _gather(voxels: LabelMap, at: NDArray[np.float64]) -> LabelMap:
    """Values at fractional places (3, h, w), in the order (i, j, k)."""
    limits = np.array(voxels.shape[::-1])[:, None, None]
    nearest = np.floor(np.clip(np.nan_to_num(at, nan=-1.0), -1.0, limits) + 0.5).astype(np.int64)
    inside = ((nearest >= 0) & (nearest < limits)).all(axis=0)
    picture = np.zeros(inside.shape, np.uint8)
    i, j, k = (part[inside] for part in nearest)
    picture[inside] = voxels[k, j, i]
    return picture


def _read(path: Path, scan: VolumeSource, match: LabelMatch, spool: Path | None, time: int) -> LabelVolume:
    if not path.is_file():
        raise ImportMasksError("There is no such file.", subject=path)
    if not is_scan(path) or path.suffix.lower() in SLICES:
        return _read_segmentation(path, scan, match, spool, time)
    try:
        with open_volume(path, time=time, spool=spool) as source:
            times = source.origin.times
            if times > 1 and times != scan.origin.times:
                return _join_channels(path, source, match, spool)
            found = LabelValues.find(source, path)
            if times > 1 and scan.order.times == 1:
                found.notes.append(
                    f"{path.name} holds {times} time points; these are the labels of the first."
                )
            return _matched(found, source, match, spool)
    except ImportMasksError:
        raise
    except FramewiseError as error:
        raise ImportMasksError(error.what, subject=error.subject, remedy=error.remedy) from error


def _segment_times(path: Path, scan: VolumeSource) -> list[int | None]:
    """Return the time point of each frame of a DICOM segmentation, [] of anything else and of a scan without time."""
    from app.storage.importers.dicom_seg_import import is_seg, segment_times

    times = source_times(scan)
    return segment_times(path, times) if times and is_seg(path) else []


def _read_segmentation(
    path: Path, scan: VolumeSource, match: LabelMatch, spool: Path | None, time: int
) -> LabelVolume:
    # highdicom takes a second to import, and only this format needs it.
    from app.storage.importers.dicom_seg_import import is_seg, read_seg

    if not is_seg(path):
        raise ImportMasksError(
            "This is no label volume.",
            subject=path,
            remedy="NIfTI, NRRD, MetaImage, MGH and DICOM SEG are read.",
        )
    times = _segment_times(path, scan)
    frames = frozenset(n for n, at in enumerate(times) if at == time) if len(set(times)) > 1 else None
    found = read_seg(path, scan, match, spool, frames)
    made, clashes = tuple(match.made), tuple(match.clashes)
    return LabelVolume(found.voxels, found.geometry, made, found.names, found.warnings, clashes, found.stack)


def _matched(found: LabelValues, source: VolumeSource, match: LabelMatch, spool: Path | None) -> LabelVolume:
    """Return the volume in our values. A label that the file does not name is ours of the same value."""
    colors, data_set = palette(), classes_beside(found.path)
    of_set = {label.value: label for label in data_set.labels}
    named = read_names(found.path) or of_set or names_beside(found.path)
    said = [value for value in found.values if value not in data_set.ignored]
    match.add([named.get(value, Label(value, "", colors[(value - 1) % len(colors)])) for value in said])
    ours = [match.value(value, found.path.name) if value in said else 0 for value in found.values]
    names = {new: named[old].name for old, new in zip(found.values, ours, strict=True) if old in named}
    notes = (*found.notes, *match.warnings)
    voxels = found.voxels(ours, spool)
    origins = dict(zip(ours, found.values, strict=True))
    made = tuple(replace(label, name=label.name or f"label {origins[label.value]}") for label in match.made)
    return LabelVolume(voxels, source.geometry, made, names, notes, tuple(match.clashes))


def _join_channels(path: Path, source: VolumeSource, match: LabelMatch, spool: Path | None) -> LabelVolume:
    """Return the labels of a one-hot volume: channel n is label n + 1.

    Where every voxel is in one channel, the first is the background, as networks write it.
    """
    count, shape = source.origin.times, source.geometry.shape
    what = f"The file holds {count} volumes"
    if count > MOST_LABELS:
        raise ImportMasksError(f"{what}, and there are {MOST_LABELS} labels.", subject=path)
    stack = SegmentStack(shape, {number: number for number in range(1, count + 1)}, spool)
    for channel in range(count):
        with open_volume(path, time=channel, spool=spool) as volume:
            for k in range(shape[0]):
                picture = volume.read_stored(k)
                mask = picture == 1
                if not (mask | (picture == 0)).all():
                    why = f"{what}, and slice {k} of volume {channel} holds more than 0 and 1."
                    raise ImportMasksError(why, subject=path, remedy="Import one volume of labels.")
                stack.add(k, mask * stack.codes[channel + 1])
    voxels = stack.label_voxels()
    told = f"{path.name} holds {count} volumes of 0 and 1; each was taken for a label"
    if not stack.notes and all(picture.all() for picture in voxels):
        told += ", and the first for the background"
        for picture in voxels:
            picture -= 1
    held = stack.layers if stack.has_objects else [voxels]
    values = sorted({int(value) for layer in held for value in np.unique(layer)} - {0})
    match.add([Label(value, "", palette()[(value - 1) % len(palette())]) for value in values])
    made = tuple(replace(label, name=f"label {label.value}") for label in match.made)
    kept = stack if stack.has_objects else None
    return LabelVolume(voxels, source.geometry, made, warnings=(f"{told}.", *stack.notes), stack=kept)


def _size(shape: Index) -> str:
    return "x".join(str(side) for side in reversed(shape))


def _grid(geometry: VolumeGeometry) -> str:
    sizes = "x".join(f"{size:g}" for size in reversed(geometry.spacing or ()))
    return f"{_size(geometry.shape)} of {sizes} mm"
