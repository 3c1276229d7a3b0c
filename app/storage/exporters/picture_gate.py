"""Keeps text and faces in pictures from leaving without a person's word."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import ExportError, IdentifyingPictures
from app.domain.export_selection import ExportSelection
from app.domain.finding import Finding, PictureAction, harmless_findings, without_harmless
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.export_registry import export_format
from app.storage.exporters.hidden_pictures import hide
from app.storage.exporters.key_frames import key_frames
from app.storage.workspace.frame_inspection import FrameInspection, Inspect
from app.storage.workspace.stored_values import read_decisions


@dataclass(frozen=True, slots=True)
class PictureGate:
    """Looks at each picture before it is exported."""

    inspect: Inspect
    action: PictureAction
    find_faces: Inspect = lambda image: ()  #: as FrameInspection has it

    def guard(self, kind: str, job: ExportJob) -> tuple[ExportJob, tuple[int, ...]]:
        """Return the job with what the action makes of flagged frames, and these frames.

        Raises IdentifyingPictures where there are some and the action is to refuse them; ExportError where no other
        frames are left; what the source raises.
        """
        if export_format(kind).pictures == "none" or job.source is None:
            return job, ()
        flagged = self.flagged(kind, job)
        if not flagged or self.action == "allow":
            return job, tuple(flagged)
        self.require_none(flagged, job.name)
        if self.action == "leave-out":
            return _leaving_out(kind, job, flagged), tuple(flagged)
        return hide(job, lambda frame: flagged.get(frame, ())), tuple(flagged)

    @property
    def changes_pictures(self) -> bool:
        """Whether what is written depends on what is found."""
        return self.action in ("mask", "leave-out")

    def require_none(self, flagged: Mapping[int, tuple[Finding, ...]], name: str) -> None:
        """Raise IdentifyingPictures where frames of a sequence show something and the action is to refuse them."""
        if flagged and self.action == "refuse":
            kinds = {one.kind for found in flagged.values() for one in found}
            raise IdentifyingPictures(tuple(flagged), sorted(kinds), name)

    def flagged(
        self, kind: str, job: ExportJob, read: Callable[[int], NDArray[np.uint8]] | None = None
    ) -> dict[int, tuple[Finding, ...]]:
        """Return the frames of an export that show something that is not called harmless, with what they show.

        read: as FrameInspection has it.
        """
        assert job.source is not None
        harmless = () if job.journal is None else harmless_findings(read_decisions(job.journal))
        inspection = FrameInspection(job.journal, job.source, self.inspect, job.window, self.find_faces, read)
        found = {}
        try:
            frames = sorted(set(_frames(kind, job)))
            seen = inspection.look(frames, exact=self.action == "mask")
            for _, (frame, shown) in zip(job.watch(frames), seen, strict=True):
                if left := without_harmless(shown, harmless):
                    found[frame] = left
        finally:
            inspection.save()
        return found


def _frames(kind: str, job: ExportJob) -> tuple[int, ...]:
    """Return the frames whose pictures an exporter writes."""
    if export_format(kind).pictures == "scan" and job.info.kind == "volume":
        return tuple(range(job.info.frames))
    if kind == "key-images":
        return key_frames(job)
    selected = job.selected()
    return selected.chosen if export_format(kind).is_set else selected.shown


def _leaving_out(kind: str, job: ExportJob, flagged: Mapping[int, tuple[Finding, ...]]) -> ExportJob:
    """Return the job without flagged frames; where a whole scan leaves in one file, they are black in it."""
    wanted = key_frames(job) if kind == "key-images" else job.selection.frames
    frames = range(job.info.frames) if wanted is None else wanted
    kept = tuple(frame for frame in frames if frame not in flagged)
    if not kept:
        raise ExportError(
            "Every frame shows text or a face.", subject=job.name, remedy="Paint over them instead."
        )
    whole = (Finding(0, 0, job.info.width, job.info.height),)
    less = replace(job, selection=ExportSelection(kept, job.selection.statuses))
    return hide(less, lambda frame: whole if frame in flagged else ())
