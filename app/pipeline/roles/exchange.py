"""Exports and imports. Runs in the worker process, so that nothing waits for it.

What only scans need is imported where it is needed: pydicom and SimpleITK take as long as all the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.annotation import Annotation
from app.domain.errors import ExportError, FramewiseError, IdentifyingPictures, LabelsClash, StorageFull
from app.domain.export_selection import NOTHING_SELECTED, SelectedFrames
from app.domain.finding import PictureAction
from app.files.odd_names import spell_name
from app.imaging import masks
from app.pipeline.requests.exchange_requests import (
    DataSetRequest,
    ExportProgress,
    ExportReply,
    ExportRequest,
    FoundMask,
    ImportProgress,
    ImportReply,
    ImportRequest,
)
from app.pipeline.roles.source_reading import open_spec
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.role import Role, handles
from app.storage.exporters.export_job import ExportJob, translate_write_errors
from app.storage.exporters.export_ledger import claim_name, note_written
from app.storage.exporters.export_names import free_folder_name, safe_name, sequence_name
from app.storage.exporters.export_registry import export_format, write_export
from app.storage.exporters.picture_gate import PictureGate
from app.storage.importers.import_registry import read_masks
from app.storage.importers.import_result import ImportedMasks, MaskFacts
from app.storage.source import FrameSource
from app.storage.workspace.journal import Journal, JournalContents

if TYPE_CHECKING:
    from app.models.inspecting.picture_inspector import PictureInspector
    from app.storage.exporters.volume_job import VolumeJob
    from app.storage.volume.volume_source import VolumeSource

# Bytes of masks in RLE that make a message full. Chosen by hand: the limit of a message is four times as much, so
# that a last mask of up to 12 MiB fits in.
BATCH_BYTES = 4 * 2**20
MASK_OVERHEAD = 64  # bytes of a mask in a message besides its RLE, rounded up


class ExchangeRole(Role):
    """Reads what is to be exported from the journal, where every edit is."""

    def __init__(self) -> None:
        self._inspector: PictureInspector | None = None

    @handles(ExportRequest)
    def export_files(self, request: ExportRequest, context: JobContext[ExportProgress]) -> ExportReply:
        with Journal(request.journal) as edits:
            contents, authors = edits.read(limit=0), edits.authors()
        if request.objects:
            chosen = tuple(item for item in contents.objects if item.object_id in request.objects)
            contents = replace(contents, objects=chosen)
        with open_spec(request.source) as source:
            with translate_write_errors(request.folder):
                name = claim_name(
                    request.folder,
                    safe_name(request.name) if request.name else sequence_name(source.info),
                    request.fingerprint,
                    request.kinds,
                    overwrite=request.overwrite,
                    is_over_time=source.info.time_points > 1,
                )
            export = _Export(
                request, source, name, contents, authors, context, self._gate(request.kinds, request.pictures)
            )
            selected = export.selected()
            if selected.is_strict and not selected.chosen:
                raise ExportError(
                    "No frame has masks of the chosen status alone.",
                    subject=source.info.name,
                    remedy="Choose other frames or another status.",
                )
            written = tuple(_export_all(export))
            # The files are there; without the note, only a change by hand goes unnoticed.
            with suppress(OSError):
                note_written(request.folder, written)
            return ExportReply(written, selected, tuple(sorted(export.flagged)))

    def _gate(self, kinds: Sequence[str], action: PictureAction | None) -> PictureGate | None:
        """Return what looks over pictures, None where none leave or they are not to be looked at."""
        if action is None or all(export_format(kind).pictures == "none" for kind in kinds):
            return None
        if self._inspector is None:
            # OpenVINO takes a second to import, and only pictures need it.
            from app.models.inspecting.picture_inspector import PictureInspector

            self._inspector = PictureInspector()
        return PictureGate(self._inspector, action, self._inspector.find_faces)

    @handles(DataSetRequest)
    def export_data_set(self, request: DataSetRequest, context: JobContext[ExportProgress]) -> ExportReply:
        # Only data sets open several sequences here.
        from app.storage.exporters.dataset.data_set_export import export_data_set
        from app.storage.exporters.dataset.data_set_plan import DataSetPlan
        from app.storage.workspace.stored_sequence import find_sequences

        choice = request.choice
        wanted = None if choice.fingerprints is None else frozenset(choice.fingerprints)
        report = export_data_set(
            DataSetPlan(
                request.kind,
                free_folder_name(request.folder, f"dataset_{request.kind}"),
                statuses=choice.statuses,
                least_score=choice.least_score,
                classes=((choice.label, choice.label),) if choice.label else (),
                pictures=request.pictures or "allow",
                operator=request.operator,
            ),
            [
                stored
                for stored in find_sequences(request.workspaces)
                if wanted is None or stored.record.fingerprint in wanted
            ],
            request.folder,
            lambda done, total: context.progress(ExportProgress(request.kind, done, total)),
            context.check_cancelled,
            gate=self._gate((request.kind,), request.pictures),
        )
        return ExportReply((report.folder,), NOTHING_SELECTED, warnings=report.warnings)

    @handles(ImportRequest)
    def import_masks(self, request: ImportRequest, context: JobContext[ImportProgress]) -> ImportReply:
        with ExitStack() as opened:
            found = read_masks(
                request.path,
                request.info,
                request.labels,
                request.fingerprint,
                partial(_open_scan, request, opened) if request.info.kind == "volume" else None,
                request.source.index_folder,
                request.answer,
                request.time,
            )
            return _send_masks(found, request, context)


def _open_scan(request: ImportRequest, opened: ExitStack) -> VolumeSource:
    from app.storage.volume.volume_source import VolumeSource

    source = opened.enter_context(open_spec(request.source))
    assert isinstance(source, VolumeSource)
    return source


def _send_masks(
    found: ImportedMasks, request: ImportRequest, context: JobContext[ImportProgress]
) -> ImportReply:
    """Send the masks as they are read. Raises LabelsClash at the end, when it is known which labels occur."""
    waiting: list[FoundMask] = []
    used: set[int] = set()
    room = BATCH_BYTES
    for frame, objects in found.frames():
        context.check_cancelled()
        for key, (value, mask) in objects.items():
            encoded = masks.encode(mask)
            facts = found.facts.pop((frame, key), MaskFacts())
            told = (facts.status, facts.score, facts.author, facts.own_id)
            used.add(value)
            waiting.append(FoundMask(frame, str(key), value, encoded, *told))
            room -= len(encoded.counts) + MASK_OVERHEAD
            if room <= 0:
                context.progress(ImportProgress(tuple(waiting)))
                waiting, room = [], BATCH_BYTES
    clashes = [clash for clash in found.clashes if clash.free in used]
    if request.answer is None and any(request.asks or clash.ours for clash in clashes):
        raise LabelsClash(clashes, request.path)
    return ImportReply(tuple(waiting), tuple(found.labels), tuple(found.warnings), found.title, found.tiers)


@dataclass(frozen=True, slots=True)
class _Export:
    """A sequence with its masks, written in one format after the other."""

    request: ExportRequest
    source: FrameSource
    name: str  #: with which the files begin
    contents: JournalContents
    authors: Mapping[tuple[int, int], str]  #: by (frame, object_id)
    context: JobContext[ExportProgress]
    gate: PictureGate | None
    flagged: set[int] = field(default_factory=set)  #: frames that the gate dealt with

    def write(self, kind: str) -> Sequence[Path]:
        """Write files of one kind and return them. Raises UsageError for an unknown kind, ExportError, StorageFull."""
        contents = self.contents
        job = ExportJob(
            info=replace(self.source.info, name=spell_name(self.source.info.name)),
            labels=contents.labels,
            objects=contents.objects,
            annotations=self._annotations(),
            image=lambda frame: self.source.read(frame, self.request.window),
            opacity=self.request.opacity,
            progress=lambda done, total: self.context.progress(ExportProgress(kind, done, total)),
            check=self.context.check_cancelled,
            file_name=self.name,
            selection=self.request.selection,
            journal=self.request.journal,
            source=self.source,
            with_identity=self.request.with_identity,
            volume=partial(self._volume_job, kind) if self.source.info.kind == "volume" else None,
            authors=self.authors,
            window=self.request.window,
        )
        if self.gate is not None:
            job, flagged = self.gate.guard(kind, job)
            self.flagged.update(flagged)
        return write_export(kind, job, self.request.folder)

    def _volume_job(self, kind: str) -> VolumeJob:
        # VTK takes a third of a second to import, and only meshes need it.
        from app.pipeline.roles.render.export import extract_surface
        from app.storage.exporters.volume_job import VolumeJob
        from app.storage.volume.volume_source import VolumeSource

        assert isinstance(self.source, VolumeSource)
        annotations, chosen = self._annotations(), frozenset(self.selected().chosen)

        def progress(done: int, total: int) -> None:
            self.context.check_cancelled()
            self.context.progress(ExportProgress(kind, done, total))

        return VolumeJob(
            source=self.source,
            labels=self.contents.labels,
            objects=self.contents.objects,
            annotations=lambda frame: annotations(frame) if frame in chosen else {},
            surface=partial(extract_surface, check=self.context.check_cancelled),
            with_identity=self.request.with_identity,
            spool=self.request.source.index_folder,
            progress=progress,
            file_name=self.name,
        )

    def selected(self) -> SelectedFrames:
        """Return the frames that are wanted, and which of them are void."""
        return self.request.selection.select(self._annotations(), self.source.info.frames)

    def _annotations(self) -> Callable[[int], Mapping[int, Annotation]]:
        known = {item.object_id for item in self.contents.objects}
        frames: dict[int, dict[int, Annotation]] = {}
        for frame, object_id, annotation in self.contents.cells:
            if object_id in known:
                frames.setdefault(frame, {})[object_id] = annotation
        return lambda frame: frames.get(frame, {})


def _export_all(export: _Export) -> list[Path]:
    """Write every kind; one that cannot be written keeps no other from it, unless the disk is full."""
    kinds, folder = export.request.kinds, export.request.folder
    paths: list[Path] = []
    failures: list[FramewiseError] = []
    refused: dict[str, IdentifyingPictures] = {}
    for kind in kinds:
        try:
            paths += export.write(kind)
        except StorageFull:
            raise
        except IdentifyingPictures as error:
            refused[kind] = error
        except FramewiseError as error:
            failures.append(error)
    if refused and not failures:
        raise _joined(refused)
    failures += refused.values()
    if len(failures) == 1 == len(kinds):
        raise failures[0]
    if failures:
        told = " ".join(dict.fromkeys(str(error) for error in failures))
        raise ExportError(told, remedy=f"All else was written to {folder}." if paths else "")
    return paths


def _joined(refused: Mapping[str, IdentifyingPictures]) -> IdentifyingPictures:
    """Return one error for the kinds whose pictures were refused."""
    errors = list(refused.values())
    frames = sorted({frame for error in errors for frame in error.frames})
    kinds = sorted({kind for error in errors for kind in error.kinds})
    return IdentifyingPictures(frames, kinds, errors[0].subject, refused=tuple(refused))
