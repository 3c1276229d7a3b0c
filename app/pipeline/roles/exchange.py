"""Files for and from others, in a process of their own so that nothing waits for them.

What only scans need is imported where it is needed: pydicom and SimpleITK take as long as all the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Annotation, Label, Window
from app.domain.effort import effort_of_objects
from app.domain.errors import ExportError, FramewiseError, StorageFull, UsageError
from app.domain.label_colors import palette
from app.files.suffixes import is_scan
from app.imaging import masks
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.message_fields import info_from_wire, mask_to_wire, window_from_wire
from app.pipeline.workers.role import Role
from app.storage.exporters.effort_export import read_logged_edits, write_effort
from app.storage.exporters.export_job import ExportJob, translate_write_errors
from app.storage.exporters.export_kinds import EXPORTERS
from app.storage.exporters.export_names import sequence_name
from app.storage.importers.mask_import import ImportedMasks, read_masks
from app.storage.opening import open_for_worker
from app.storage.source import FrameSource
from app.storage.workspace.journal import Journal, JournalContents

MASKS_A_MESSAGE = 200
EFFORT = "effort"


class ExchangeRole(Role):
    """Reads what is to be exported from the journal, where every edit is. Verbs: export, import."""

    name = "exchange"

    def handle(self, verb: str, body: dict[str, Any], context: JobContext) -> dict[str, Any] | None:
        if verb == "export":
            return self._export(context, **body)
        if verb == "import":
            return self._import(context, **body)
        raise UsageError("The exchange does not know this verb.", subject=verb)

    def _export(
        self,
        context: JobContext,
        journal: str,
        reader: dict[str, Any],
        window: list[float] | None,
        kinds: list[str],
        folder: str,
        opacity: float,
        with_identity: bool,
    ) -> dict[str, Any]:
        with Journal(Path(journal)) as edits:
            contents = edits.read(limit=0)
        with open_for_worker(**reader) as source:
            spool = Path(reader["index_folder"])
            desk = _Desk(
                source,
                contents,
                window_from_wire(window),
                opacity,
                with_identity,
                spool,
                context,
                Path(journal),
            )
            return {"paths": [str(path) for path in _export_all(desk, kinds, Path(folder))]}

    def _import(
        self,
        context: JobContext,
        path: str,
        reader: dict[str, Any],
        info: dict[str, Any],
        labels: list[Any],
    ) -> dict[str, Any]:
        known = tuple(Label(value, name, (r, g, b)) for value, name, (r, g, b) in labels)
        if info["kind"] == "volume" and is_scan(Path(path)):
            with open_for_worker(**reader) as scan:
                found = _label_volume(Path(path), scan, known, Path(reader["index_folder"]))
                return self._stream(found, context)
        return self._stream(read_masks(Path(path), info_from_wire(info), known), context)

    def _stream(self, found: ImportedMasks, context: JobContext) -> dict[str, Any]:
        waiting: list[Any] = []
        for frame, objects in found.frames():
            context.check_cancelled()
            for key, (value, mask) in objects.items():
                waiting.append([frame, str(key), value, mask_to_wire(masks.encode(mask))])
            if len(waiting) >= MASKS_A_MESSAGE:
                context.progress(masks=waiting)
                waiting = []
        made = [[label.value, label.name, label.color] for label in found.labels]
        return {"masks": waiting, "labels": made, "warnings": list(found.warnings)}


@dataclass(frozen=True, slots=True)
class _Desk:
    """A sequence with its masks, ready to be written in any format. with_identity, spool: as in VolumeJob."""

    source: FrameSource
    contents: JournalContents
    window: Window | None
    opacity: float
    with_identity: bool
    spool: Path
    context: JobContext
    journal: Path

    def export(self, kind: str, folder: Path) -> Sequence[Path]:
        if kind == EFFORT:
            return self._export_effort(folder)
        if kind not in EXPORTERS:
            return self._export_volume(kind, folder)
        contents, by_frame = self.contents, self._by_frame()
        job = ExportJob(
            info=self.source.info,
            labels=contents.labels,
            objects=contents.objects,
            annotations=lambda frame: by_frame.get(frame, {}),
            image=lambda frame: self.source.read(frame, self.window),
            opacity=self.opacity,
            progress=lambda done, total: self.context.progress(kind=kind, done=done, total=total),
            check=self.context.check_cancelled,
        )
        return EXPORTERS[kind](job, folder)

    def _export_effort(self, folder: Path) -> Sequence[Path]:
        """What each object took, as a table."""
        names = {label.value: label.name for label in self.contents.labels}
        labels = {item.object_id: names.get(item.label, "") for item in self.contents.objects}
        target = folder / f"{sequence_name(self.source.info)}_effort.csv"
        with translate_write_errors(target):
            folder.mkdir(parents=True, exist_ok=True)
        write_effort(target, effort_of_objects(read_logged_edits(self.journal)), labels)
        return [target]

    def _export_volume(self, kind: str, folder: Path) -> Sequence[Path]:
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

        by_frame = self._by_frame()

        def progress(done: int, total: int) -> None:
            self.context.check_cancelled()
            self.context.progress(kind=kind, done=done, total=total)

        job = VolumeJob(
            source=self.source,
            labels=self.contents.labels,
            objects=self.contents.objects,
            annotations=lambda frame: by_frame.get(frame, {}),
            surface=partial(extract_surface, check=self.context.check_cancelled),
            with_identity=self.with_identity,
            spool=self.spool,
            progress=progress,
        )
        folder.mkdir(parents=True, exist_ok=True)
        return export_volume(cast(VolumeKind, kind), job, folder)

    def _by_frame(self) -> dict[int, dict[int, Annotation]]:
        known = {item.object_id for item in self.contents.objects}
        frames: dict[int, dict[int, Annotation]] = {}
        for frame, object_id, annotation in self.contents.cells:
            if object_id in known:
                frames.setdefault(frame, {})[object_id] = annotation
        return frames


def _export_all(desk: _Desk, kinds: Sequence[str], folder: Path) -> list[Path]:
    """Write every kind; one that cannot be written keeps no other from it, unless the disk is full."""
    paths: list[Path] = []
    failures: list[FramewiseError] = []
    for kind in kinds:
        try:
            paths += desk.export(kind, folder)
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


def _label_volume(path: Path, scan: FrameSource, known: Sequence[Label], spool: Path) -> ImportedMasks:
    from app.imaging.label_volume import label_maps
    from app.storage.importers.label_volume_import import read_label_volume
    from app.storage.volume.volume_source import VolumeSource

    if not isinstance(scan, VolumeSource):
        raise UsageError("A label volume needs a scan.", subject=path)
    found = read_label_volume(path, scan, known, spool=spool)
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
