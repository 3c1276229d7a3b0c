"""Exports and imports. Runs in the worker process, so that nothing waits for it.

What only scans need is imported where it is needed: pydicom and SimpleITK take as long as all the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Annotation, Label
from app.domain.effort import effort_of_objects
from app.domain.errors import ExportError, FramewiseError, StorageFull, UsageError
from app.domain.export_selection import SelectedFrames
from app.domain.label_colors import palette
from app.files.suffixes import is_scan
from app.imaging import masks
from app.pipeline.requests.exchange_requests import (
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
from app.storage.exporters.effort_export import read_logged_edits, write_effort
from app.storage.exporters.export_job import ExportJob, translate_write_errors
from app.storage.exporters.export_kinds import EXPORTERS
from app.storage.exporters.export_ledger import claim_name
from app.storage.exporters.export_names import sequence_name
from app.storage.importers.mask_import import ImportedMasks, read_masks
from app.storage.source import FrameSource
from app.storage.workspace.journal import Journal, JournalContents

# Bytes of masks in RLE that make a message full. Chosen by hand: the limit of a message is four times as much, so
# that a last mask of up to 12 MiB fits in.
BATCH_BYTES = 4 * 2**20
MASK_OVERHEAD = 64  # bytes of a mask in a message besides its RLE, rounded up
EFFORT = "effort"


class ExchangeRole(Role):
    """Reads what is to be exported from the journal, where every edit is."""

    @handles(ExportRequest)
    def export_files(self, request: ExportRequest, context: JobContext[ExportProgress]) -> ExportReply:
        with Journal(request.journal) as edits:
            contents = edits.read(limit=0)
        with open_spec(request.source) as source:
            with translate_write_errors(request.folder):
                name = claim_name(
                    request.folder, sequence_name(source.info), request.fingerprint, request.kinds
                )
            export = _Export(request, source, name, contents, context)
            selected = export.selected()
            if selected.is_strict and not selected.chosen:
                raise ExportError(
                    "No frame has masks of the chosen status alone.",
                    subject=source.info.name,
                    remedy="Choose other frames or another status.",
                )
            return ExportReply(tuple(_export_all(export)), selected)

    @handles(ImportRequest)
    def import_masks(self, request: ImportRequest, context: JobContext[ImportProgress]) -> ImportReply:
        if request.info.kind == "volume" and is_scan(request.path):
            with open_spec(request.source) as scan:
                return _send_masks(_label_volume(request, scan), context)
        return _send_masks(
            read_masks(request.path, request.info, request.labels, request.fingerprint), context
        )


def _send_masks(found: ImportedMasks, context: JobContext[ImportProgress]) -> ImportReply:
    waiting: list[FoundMask] = []
    room = BATCH_BYTES
    for frame, objects in found.frames():
        context.check_cancelled()
        for key, (value, mask) in objects.items():
            encoded = masks.encode(mask)
            waiting.append(FoundMask(frame, str(key), value, encoded))
            room -= len(encoded.counts) + MASK_OVERHEAD
            if room <= 0:
                context.progress(ImportProgress(tuple(waiting)))
                waiting, room = [], BATCH_BYTES
    return ImportReply(tuple(waiting), tuple(found.labels), tuple(found.warnings))


@dataclass(frozen=True, slots=True)
class _Export:
    """A sequence with its masks, written in one format after the other."""

    request: ExportRequest
    source: FrameSource
    name: str  #: with which the files begin
    contents: JournalContents
    context: JobContext[ExportProgress]

    def write(self, kind: str) -> Sequence[Path]:
        """Write files of one kind and return them. Raises UsageError for an unknown kind, ExportError, StorageFull."""
        if kind == EFFORT:
            return self._write_effort()
        if kind not in EXPORTERS:
            return self._write_volume(kind)
        contents = self.contents
        job = ExportJob(
            info=self.source.info,
            labels=contents.labels,
            objects=contents.objects,
            annotations=self._annotations(),
            image=lambda frame: self.source.read(frame, self.request.window),
            opacity=self.request.opacity,
            progress=lambda done, total: self.context.progress(ExportProgress(kind, done, total)),
            check=self.context.check_cancelled,
            file_name=self.name,
            selection=self.request.selection,
        )
        return EXPORTERS[kind](job, self.request.folder)

    def _write_effort(self) -> Sequence[Path]:
        """Write the work that each object took as a table."""
        folder = self.request.folder
        names = {label.value: label.name for label in self.contents.labels}
        labels = {item.object_id: names.get(item.label, "") for item in self.contents.objects}
        target = folder / f"{self.name}_effort.csv"
        with translate_write_errors(target):
            folder.mkdir(parents=True, exist_ok=True)
        write_effort(target, effort_of_objects(read_logged_edits(self.request.journal)), labels)
        return [target]

    def _write_volume(self, kind: str) -> Sequence[Path]:
        from app.storage.exporters.volume_export import VOLUME_EXPORTERS, VolumeJob, VolumeKind, export_volume
        from app.storage.volume.volume_source import VolumeSource

        if kind not in VOLUME_EXPORTERS:
            known = ", ".join((*EXPORTERS, *VOLUME_EXPORTERS, EFFORT))
            raise UsageError("There is no such export.", subject=kind, remedy=f"Choose one of {known}.")
        if not isinstance(self.source, VolumeSource):
            raise UsageError(
                "Only a scan can be exported like this.",
                subject=kind,
                remedy=f"Choose one of {', '.join(EXPORTERS)}.",
            )
        # VTK takes a third of a second to import, and only meshes need it.
        from app.pipeline.roles.render.export import extract_surface

        annotations, chosen = self._annotations(), frozenset(self.selected().chosen)

        def progress(done: int, total: int) -> None:
            self.context.check_cancelled()
            self.context.progress(ExportProgress(kind, done, total))

        job = VolumeJob(
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
        self.request.folder.mkdir(parents=True, exist_ok=True)
        return export_volume(cast(VolumeKind, kind), job, self.request.folder)

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
    for kind in kinds:
        try:
            paths += export.write(kind)
        except StorageFull:
            raise
        except FramewiseError as error:
            failures.append(error)
    if len(failures) == 1 == len(kinds):
        raise failures[0]
    if failures:
        told = " ".join(str(error) for error in failures)
        raise ExportError(told, remedy=f"All else was written to {folder}." if paths else "")
    return paths


def _label_volume(request: ImportRequest, scan: FrameSource) -> ImportedMasks:
    from app.imaging.label_volume import label_maps
    from app.storage.importers.label_volume_import import read_label_volume
    from app.storage.volume.volume_source import VolumeSource

    if not isinstance(scan, VolumeSource):
        raise UsageError("A label volume needs a scan.", subject=request.path)
    known = request.labels
    found = read_label_volume(request.path, scan, known, spool=request.source.index_folder)
    values = [int(value) for value in np.unique(found.voxels) if value]
    plain = {label.value for label in known}
    labels = tuple(
        Label(value, found.names.get(value, f"label {value}"), palette()[value - 1])
        for value in values
        if value not in plain
    )

    def frames() -> Iterator[tuple[int, dict[int, tuple[int, NDArray[np.bool_]]]]]:
        for frame, picture in label_maps(found.voxels, scan.plane):
            present = [int(value) for value in np.unique(picture) if value]
            yield frame, {value: (value, picture == value) for value in present}

    return ImportedMasks((*known, *labels), frames(), list(found.warnings))
