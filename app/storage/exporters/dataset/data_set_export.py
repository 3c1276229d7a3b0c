"""Export of many sequences as one data set."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.domain.annotation import Label, Object
from app.domain.errors import ExportError, IdentifyingPictures, UsageError, WorkspaceError
from app.domain.export_selection import ExportSelection
from app.domain.finding import Finding
from app.files.atomic_file import write_file
from app.files.atomic_folder import replace_folder
from app.files.entry_points import load_function
from app.storage.exporters.dataset.data_set_manifest import (
    SequenceRow,
    has_manifest,
    sign_off_words,
    write_card,
    write_manifest,
)
from app.storage.exporters.dataset.data_set_member import DataSetMember
from app.storage.exporters.dataset.data_set_plan import (
    DataSetPlan,
    SplitMember,
    assign_splits,
    class_list,
    map_objects,
)
from app.storage.exporters.dataset.interval_table import INTERVALS, IntervalTable
from app.storage.exporters.dataset.overview_sheet import OverviewSheet
from app.storage.exporters.dataset.picture_watch import PictureWatch
from app.storage.exporters.export_job import ExportJob, translate_write_errors
from app.storage.exporters.export_names import safe_name
from app.storage.exporters.export_registry import export_format, export_formats
from app.storage.exporters.picture_gate import PictureGate
from app.storage.exporters.training.collection import Collection, Part, Split
from app.storage.opening import open_source
from app.storage.source import FrameSource
from app.storage.workspace.stored_sequence import StoredSequence

if TYPE_CHECKING:
    from app.storage.exporters.volume_job import VolumeJob

_STATE: Final = ".unfinished"  # in a draft: the digest of what it is a draft of
Progress = Callable[[int, int], None]
Flagged = dict[str, dict[int, tuple[Finding, ...]]]
"""What shows on frames, by name of the sequence and frame."""


@dataclass(frozen=True, slots=True)
class DataSetReport:
    """Summary of a data set that was written."""

    folder: Path
    sequences: int
    frames: int
    warnings: tuple[str, ...]  #: on sequences that were left out, and labels of the class map that none has


@dataclass(frozen=True, slots=True)
class _Entry:
    """A sequence and its place in the data set."""

    member: DataSetMember
    name: str
    frames: tuple[int, ...]
    split: Split


def export_data_set(
    plan: DataSetPlan,
    sequences: Sequence[StoredSequence],
    folder: Path,
    progress: Progress = lambda done, total: None,
    check: Callable[[], None] = lambda: None,
    *,
    overwrite: bool = False,
    gate: PictureGate | None = None,
) -> DataSetReport:
    """Write <folder>/<name> in a format of data sets, with manifest.json, contact_sheet.jpg, README.md and,
    where there are phases, intervals or points, intervals.csv.

    It appears whole. What was written when the export was cut off is kept beside it, and the next call with the same
    settings and sequences goes on from there; pictures that are there already are not decoded again.
    progress: called with frames (done, total), then with files (done, total) as their sums are made. check: called
    often; what it raises ends the export. gate: looks over all pictures, before the first is written or meanwhile;
    nothing is left of the data set where it refuses some.
    Raises UsageError for a kind that is no data set, ExportError where nothing is left or the folder is there,
    IdentifyingPictures, StorageFull when there is no room.
    """
    row = export_format(plan.kind)
    if not row.is_set:
        kinds = ", ".join(item.kind for item in export_formats().values() if item.is_set)
        raise UsageError(
            "This is no format of data sets.", subject=plan.kind, remedy=f"Choose one of {kinds}."
        )
    target = folder / safe_name(plan.name)
    _require_free(target, overwrite=overwrite)
    members, left_out = _read_members(sequences, check)
    classes = class_list(plan, (member.labels for member in members))
    warnings = [*left_out, *_unknown_labels(plan, members)]
    entries = _entries(plan, members)
    if not entries or not classes:
        raise ExportError(
            "No frame has a mask to learn from.",
            subject=target,
            remedy=next(iter(left_out), "") or "Choose other statuses, classes or scores.",
        )
    is_new = not folder.exists()
    looks_first = gate is not None and gate.changes_pictures
    flagged = _flagged(plan, entries, classes, gate, progress, check) if looks_first else {}
    if plan.pictures == "leave-out":
        entries = _without(entries, flagged)
    draft = target.with_name(f".{target.name}.unfinished")
    with translate_write_errors(target):
        fingerprints = (entry.member.stored.record.fingerprint for entry in entries)
        _prepare(draft, plan.key((*fingerprints, repr(flagged))))
        sheet, intervals, watch = OverviewSheet(len(entries)), IntervalTable(), PictureWatch(gate)
        collection = _collection(plan, entries, classes, (sheet, intervals), watch, progress, check)
        try:
            load_function(row.writer)(collection, draft)
        except IdentifyingPictures:
            shutil.rmtree(draft, ignore_errors=True)
            if is_new:
                with suppress(OSError):  # somebody has put something there meanwhile
                    folder.rmdir()
            _flagged(plan, entries, classes, gate, progress, check)  # names the frames of all sequences
            raise
        finally:
            watch.end()
        sheet.write(draft / "contact_sheet.jpg")
        intervals.write(draft / INTERVALS)
        number = sum(map(len, flagged.values())) or watch.flagged
        _describe(draft, plan, classes, entries, number, progress, check)
        replace_folder(draft, target)
    return DataSetReport(target, len(entries), sum(len(entry.frames) for entry in entries), tuple(warnings))


def _require_free(target: Path, *, overwrite: bool) -> None:
    """Raise ExportError where something has the name; overwrite: unless that is an earlier data set."""
    if not target.exists():
        return
    if not overwrite:
        raise ExportError("There is such a folder already.", subject=target, remedy="Choose another name.")
    if not has_manifest(target):
        raise ExportError(
            "What has this name is no data set of this program, so it is not replaced.",
            subject=target,
            remedy="Choose another name.",
        )


def _unknown_labels(plan: DataSetPlan, members: Sequence[DataSetMember]) -> list[str]:
    """Return a sentence on each label of the class map that no sequence has, as a misspelt one."""
    known = {label.name for member in members for label in member.labels}
    return [
        f"No sequence has the label '{name}' of the class map."
        for name, _ in plan.classes
        if name not in known
    ]


def _read_members(
    sequences: Sequence[StoredSequence], check: Callable[[], None]
) -> tuple[list[DataSetMember], list[str]]:
    """Return the sequences that can be read, one for each content, and sentences on the others."""
    members: dict[str, DataSetMember] = {}
    warnings = []
    for stored in sequences:
        check()
        try:
            member = DataSetMember.read(stored)
        except WorkspaceError as error:
            warnings.append(f"{stored.record.name} was left out: {error}")
            continue
        members.setdefault(stored.record.fingerprint or str(stored.folder), member)
    return list(members.values()), warnings


def _entries(plan: DataSetPlan, members: Sequence[DataSetMember]) -> list[_Entry]:
    chosen = [(member, plan.frames(member.annotations, member.stored.record.frames)) for member in members]
    chosen = [(member, frames) for member, frames in chosen if frames]
    splits = assign_splits(plan, [SplitMember(m.group(plan.split_by), len(frames)) for m, frames in chosen])
    names = _names([member for member, _ in chosen])
    return [
        _Entry(member, name, frames, split)
        for (member, frames), name, split in zip(chosen, names, splits, strict=True)
    ]


def _names(members: Sequence[DataSetMember]) -> list[str]:
    """Return a name for each sequence that no other has, also where upper and lower case are one."""
    names: list[str] = []
    for member in members:
        record = member.stored.record
        stem = safe_name(Path(record.name).stem if record.kind in ("video", "image") else record.name)
        taken = {name.casefold() for name in names}
        choices = (stem if number == 1 else f"{stem}_{number}" for number in count(1))
        names.append(next(name for name in choices if name.casefold() not in taken))
    return names


def _collection(
    plan: DataSetPlan,
    entries: Sequence[_Entry],
    classes: tuple[Label, ...],
    overview: tuple[OverviewSheet, IntervalTable],
    watch: PictureWatch,
    progress: Progress,
    check: Callable[[], None],
) -> Collection:
    total, (sheet, intervals) = sum(len(entry.frames) for entry in entries), overview

    def parts() -> Iterator[Part]:
        before = 0
        for entry in entries:
            advance = partial(_advance, progress, before, total)
            with _opened(entry.member) as source:
                job = _job(plan, entry, classes, source, advance, check)
                with watch.over(plan.kind, job, partial(_opened, entry.member)) as guarded:
                    part = sheet.follow(Part(guarded, entry.split, plan.is_sure))
                    yield part
                    sheet.add(part)
                intervals.add(entry.name, source.info, entry.member.tiers)
            before += len(entry.frames)

    return Collection(plan.name, classes, parts)


def _flagged(
    plan: DataSetPlan,
    entries: Sequence[_Entry],
    classes: tuple[Label, ...],
    gate: PictureGate | None,
    progress: Progress,
    check: Callable[[], None],
) -> Flagged:
    """Return which frames show text or faces. Raises IdentifyingPictures where nobody said what to do with them."""
    if gate is None:
        return {}
    total, before = sum(len(entry.frames) for entry in entries), 0
    found: Flagged = {}
    for entry in entries:
        with _opened(entry.member) as source:
            job = _job(plan, entry, classes, source, partial(_advance, progress, before, total), check)
            if flagged := gate.flagged(plan.kind, job):
                found[entry.name] = flagged
        before += len(entry.frames)
    frames = [frame for flagged in found.values() for frame in flagged]
    if frames and gate.action == "refuse":
        shown = {one.kind for flagged in found.values() for boxes in flagged.values() for one in boxes}
        raise IdentifyingPictures(frames, sorted(shown), ", ".join(found))
    return found


def _without(entries: Sequence[_Entry], flagged: Flagged) -> list[_Entry]:
    """Return the entries without flagged frames. Raises ExportError where none is left."""
    chosen = []
    for entry in entries:
        frames = tuple(frame for frame in entry.frames if frame not in flagged.get(entry.name, {}))
        chosen += [replace(entry, frames=frames)] if frames else []
    if not chosen:
        raise ExportError(
            "Every frame shows text or a face.",
            subject=", ".join(flagged),
            remedy="Paint over them instead.",
        )
    return chosen


def _advance(progress: Progress, before: int, total: int, done: int, _: int) -> None:
    progress(before + done, total)


def _opened(member: DataSetMember) -> FrameSource:
    stored = member.stored
    return open_source(
        member.source,
        series=stored.record.series,
        index_folder=stored.folder / "index" if os.access(stored.folder, os.W_OK) else None,
        orientation=stored.record.orientation,
        along=stored.record.along,
    )


def _job(
    plan: DataSetPlan,
    entry: _Entry,
    classes: tuple[Label, ...],
    source: FrameSource,
    progress: Progress,
    check: Callable[[], None],
) -> ExportJob:
    member = entry.member
    objects = map_objects(plan, member.objects, member.labels, classes)
    return ExportJob(
        info=source.info,
        labels=classes,
        objects=objects,
        annotations=member.annotations,
        image=source.read,
        opacity=0.5,
        progress=progress,
        check=check,
        file_name=entry.name,
        selection=ExportSelection(frames=entry.frames),
        journal=member.stored.journal,
        source=source,
        volume=partial(_volume, entry, classes, objects, source) if source.info.kind == "volume" else None,
    )


def _volume(
    entry: _Entry, classes: tuple[Label, ...], objects: tuple[Object, ...], source: FrameSource
) -> VolumeJob:
    # pydicom and SimpleITK take a while to import, and a video never needs them.
    from app.storage.exporters.volume_job import VolumeJob
    from app.storage.volume.volume_source import VolumeSource

    if not isinstance(source, VolumeSource):
        raise UsageError("Only a scan can be exported like this.", subject=source.info.path)
    return VolumeJob(source, classes, objects, entry.member.annotations, file_name=entry.name)


def _prepare(draft: Path, key: str) -> None:
    """Make the draft's folder; one that is a draft of something else, or of an earlier state, is emptied."""
    state = draft / _STATE
    if draft.exists() and (not state.is_file() or state.read_text("ascii", "replace") != key):
        shutil.rmtree(draft)
    write_file(state, key.encode())


def _describe(
    draft: Path,
    plan: DataSetPlan,
    classes: tuple[Label, ...],
    entries: Sequence[_Entry],
    flagged: int,
    progress: Progress,
    check: Callable[[], None],
) -> None:
    """Write the data card and the manifest, the last over all files.

    What the draft is of is forgotten at the very end: the sums of many files take a while, and who cancels then, or
    goes on, has all pictures still.
    """
    rows = [
        SequenceRow(
            entry.name,
            entry.split,
            entry.member.stored.record.fingerprint,
            len(entry.frames),
            len(entry.member.tiers.intervals),
            *sign_off_words(entry.member.signed_off),
        )
        for entry in entries
    ]
    masks = Counter(
        (entry.split, item.label)
        for entry in entries
        for item in map_objects(plan, entry.member.objects, entry.member.labels, classes)
        for frame in entry.frames
        if item.object_id in entry.member.annotations(frame)
    )
    write_card(draft / "README.md", plan, classes, rows, masks, flagged)
    write_manifest(draft, plan, classes, rows, masks, flagged, progress, check, but=_STATE)
    (draft / _STATE).unlink()
