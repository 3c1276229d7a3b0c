"""The same Pipeline without a window, as a library.

with Annotator(workspace="work") as a:
    a.open("clip.mp4")
    tool = a.add_label("tool", color=(255, 0, 0))
    a.click(0, x=412, y=233, positive=True)
    a.finish(tool)
    for step in a.propagate():
        print(step.frame, step.done, step.total, step.score)
    a.export("png", "out")
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, SupportsFloat, SupportsIndex, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from app.domain.annotation import Orientation, Polygon, SequenceInfo, Status
from app.domain.comment import Comment
from app.domain.errors import UsageError
from app.domain.export_selection import ExportTarget
from app.domain.finding import PictureAction
from app.headless.array_annotator import ArrayAnnotator
from app.headless.base import serialized
from app.headless.click_annotator import ClickAnnotator
from app.headless.data_set_options import DataSetOptions
from app.headless.hand_annotator import HandAnnotator
from app.headless.label_annotator import LabelAnnotator
from app.headless.picture_annotator import PictureAnnotator
from app.headless.readable_workspace import ReadableWorkspace
from app.headless.results import (
    Committed,
    ExportedFiles,
    LabelLike,
    ObjectLike,
    Progress,
    StatusLike,
    layers_of,
    progress_of,
)
from app.headless.scan import ScanAnnotator
from app.headless.signed_annotator import SignedAnnotator
from app.headless.tier_annotator import TierAnnotator
from app.headless.validation import (
    as_bound,
    as_choice,
    as_frame,
    as_index,
    as_label_value,
    as_mask,
    as_object_id,
    as_path,
    as_picture_action,
    as_selection,
    as_share,
    locked_error,
)
from app.imaging import masks
from app.imaging.polygons import trace_polygons
from app.messages import events as ev
from app.pipeline.options import MEGABYTE, Options
from app.session.review_ranking import frames_by_hand, rank_by_score
from app.storage.exporters.dataset.data_set_export import DataSetReport
from app.storage.exporters.export_registry import export_format
from app.storage.workspace.stored_sequence import find_sequences

_DEVICE = re.compile(r"auto|cpu(:fp32|:bf16)?|gpu(:\d+)?")


class Annotator(
    ClickAnnotator,
    HandAnnotator,
    LabelAnnotator,
    ScanAnnotator,
    ArrayAnnotator,
    SignedAnnotator,
    TierAnnotator,
    PictureAnnotator,
):
    """Annotates one sequence at a time. Every call returns when its effect is durable.

    Every call raises UsageError for arguments that make no sense, after close, and in a forked child process;
    StorageFull or WorkspaceError while edits cannot be saved.
    """

    def __init__(
        self,
        workspace: str | Path,
        device: str = "auto",
        engine: str | Path = "best",
        *,
        propagation: str | Path = "",
        cache_megabytes: SupportsIndex = 512,
        threads: SupportsIndex = 0,
        prefetch: bool = False,
        operator: str = "",
        identify: bool = False,
        check_pictures: bool = True,
    ) -> None:
        """Start the pipeline. engine: a name or the path of a model; "best" is the best there is.

        propagation: the path of a propagation model beside a click model; "" for the best that fits.
        threads: of each worker, 0 for all cores. identify: exports of a scan may name the patient and the time.
        check_pictures: exports of pictures look for text and faces in them; see export.

        Raises ModelError when the engine or the device cannot be used.
        """
        for value, what in ((engine, "engine"), (propagation, "propagation model"), (device, "device")):
            if not isinstance(value, (str, Path)):
                raise UsageError(f"The {what} must be a name or a path.", subject=repr(value))
        if not _DEVICE.fullmatch(str(device)):
            raise UsageError("There is no such device.", subject=device, remedy="Choose auto, cpu or gpu.")
        cache, count = as_index(cache_megabytes, "cache size"), as_index(threads, "number of threads")
        if cache < 1 or count < 0:
            raise UsageError("This is too little.", subject=f"{cache} MB, {count} threads")
        options = Options(
            workspace=as_path(workspace),
            cache_bytes=cache * MEGABYTE,
            engine=str(engine),
            propagation=str(propagation),
            device=str(device),
            threads=count,
            prefetch=bool(prefetch),
            operator=str(operator),
            identify=bool(identify),
            check_pictures=bool(check_pictures),
        )
        super().__init__(options)

    @serialized
    def open(
        self,
        path: str | Path,
        series: str | None = None,
        orientation: Orientation | None = None,
        time: SupportsIndex | Literal["all"] | None = None,
    ) -> SequenceInfo:
        """Open a video, image folder, image, scan or workspace folder, with all that was done before.

        series: which DICOM series, where a folder holds several. orientation: how to slice a scan, None for
        the way it was sliced the last time, or was recorded. time: where to begin in a scan over time: at one of its
        time points, from 0, with the slices of each one after the other, or "all" to let the time points of each
        slice follow each other; None for the way it was left. frame_at tells the frame of a slice at a time point.
        Raises SequenceError, SeveralSeries, WorkspaceBusy, WorkspaceNewer or WorkspaceError.
        """
        if orientation is not None:
            as_choice(orientation, Orientation, "orientation")
        chosen = None if series is None else str(series)
        if time is not None:
            chosen = f"{chosen or ''}@{time if time == 'all' else as_index(time, 'time point') + 1}"
        return self.client.open_sequence(as_path(path), chosen, orientation)

    @property
    def has_unfinished_propagation(self) -> bool:
        """Whether a propagation was cut off and can go on, with resume."""
        return self.client.read_state(lambda state: state.unfinished is not None)

    @serialized
    def add_object(self, label: LabelLike) -> int:
        """Make another object of a label and return its id."""
        value, _ = as_label_value(label, self.labels), self.sequence
        self.client.post(ev.ObjectAdded(value))
        return max(item.object_id for item in self.objects)

    @serialized
    def delete_object(self, obj: ObjectLike) -> None:
        """Delete an object with all its masks. Raises UsageError when one of them is verified and so locked."""
        object_id = as_object_id(obj, self.objects)
        statuses = self.client.read_state(
            lambda state: [cell.status for (_, key), cell in state.cells.items() if key == object_id]
        )
        if Status.VERIFIED in statuses:
            raise locked_error()
        self.client.post(ev.ObjectDeleted(object_id))

    @serialized
    def set_mask(
        self,
        frame: SupportsIndex,
        obj: ObjectLike,
        mask: ArrayLike,
        threshold: SupportsFloat | None = None,
    ) -> Committed:
        """Make a mask from elsewhere, bool (h, w), the object's mask; the frame becomes a reference.

        threshold: in [0, 1], above which pixels of a map of probabilities belong to the mask; without it fractions
        are refused. Raises UsageError when the mask there is verified and so locked.
        """
        index, object_id = as_frame(frame, self.sequence), as_object_id(obj, self.objects)
        if self.status(index, object_id) is Status.VERIFIED:
            raise locked_error()
        limit = None if threshold is None else as_share(threshold, "threshold")
        array = as_mask(mask, self.sequence, index, limit)
        self.client.post(ev.MaskSet(index, object_id, masks.encode(array)))
        return self._committed(index, object_id)

    def propagate(
        self,
        start: SupportsIndex | None = None,
        stop: SupportsIndex | None = None,
        direction: ev.PropagationDirection = "both",
        objects: Iterable[ObjectLike] = (),
        force: bool = False,
        over_cuts: bool = False,
    ) -> Iterator[Progress]:
        """Propagate masks from every reference frame to frames [start, stop); yield each frame as it is done.

        objects: those to propagate, none for all. over_cuts: also over cuts of a film beyond which an object is not
        found again; without it stopped_at names them. Leaving the loop cancels; what is done stays. The loop ends
        early when the propagation is cancelled within it, as by undo, by deleting its objects or by open.
        Raises UsageError for an unknown direction, range or object; the loop SequenceError at a frame that cannot
        be read, WorkerError when a worker fails.
        """
        info = self.sequence
        first, last = as_bound(start, info, "start"), as_bound(stop, info, "stop")
        if first is not None and last is not None and first >= last:
            raise UsageError("This range holds no frame.", subject=f"{first} to {last}")
        as_choice(direction, ev.PropagationDirection, "direction")
        known = self.objects
        chosen = tuple(as_object_id(item, known) for item in objects)
        request = ev.PropagationRequested(
            first, last, direction, chosen, force=bool(force), over_cuts=bool(over_cuts)
        )
        return progress_of(self.client.follow_propagation(request))

    def resume(self) -> Iterator[Progress]:
        """Go on with a propagation that was cut off; see propagate."""
        _ = self.sequence
        return progress_of(self.client.follow_propagation(ev.PropagationResumed(accepted=True)))

    @property
    def stopped_at(self) -> tuple[int, ...]:
        """The cuts that propagation has stopped at, as first frames of shots; propagate with over_cuts goes on."""
        return self.client.read_state(lambda state: state.sequence.stopped_at)

    @serialized
    def verify(self, frame: SupportsIndex, obj: ObjectLike | None = None, verified: bool = True) -> None:
        """Accept an object on a frame (None: all of them) as reviewed by a person, or take that back."""
        index = as_frame(frame, self.sequence)
        chosen = () if obj is None else (as_object_id(obj, self.objects),)
        self.client.post(ev.FramesVerified(index, index + 1, chosen, bool(verified)))

    def todo(self, limit: SupportsIndex | None = None) -> list[int]:
        """Return the frames that wait for a look, limit of them at most: those with propagated or imported masks, the
        most doubtful first, then those made by hand that are not verified.
        """
        count = None if limit is None else as_index(limit, "limit")
        if count is not None and count < 0:
            raise UsageError("There is no such limit.", subject=count, remedy="Give 0 or more.")
        found = self.client.read_state(lambda state: [*rank_by_score(state), *frames_by_hand(state)])
        return list(dict.fromkeys(found))[:count]

    @property
    def comments(self) -> tuple[Comment, ...]:
        """The comments on the sequence and its frames."""
        return self.client.read_state(lambda state: state.sequence.comments)

    @serialized
    def comment(
        self, text: str, start: SupportsIndex | None = None, stop: SupportsIndex | None = None
    ) -> None:
        """Say something about a frame, about frames [start, stop), or about the whole sequence.

        Words that begin with # are tags.
        """
        info = self.sequence
        if not isinstance(text, str) or not text.strip():
            raise UsageError("A comment must be a text.", subject=repr(text))
        if start is None:
            self.client.post(ev.CommentAdded(text))
            return
        first = as_frame(start, info)
        last = first + 1 if stop is None else as_bound(stop, info, "stop")
        if last is None or last <= first:
            raise UsageError("This range holds no frame.", subject=f"{first} to {last}")
        self.client.post(ev.CommentAdded(text, first, last))

    def frame(self, index: SupportsIndex) -> NDArray[np.uint8]:
        """Return frame index, uint8 (h, w, 3) RGB."""
        return self.client.image(as_frame(index, self.sequence))

    def mask(self, frame: SupportsIndex, obj: ObjectLike) -> NDArray[np.bool_]:
        """Return the object's mask, bool (h, w); all False where there is none."""
        found, info = self._annotation(frame, obj), self.sequence
        return np.zeros((info.height, info.width), bool) if found is None else masks.decode(found.mask)

    def proposals(self, frame: SupportsIndex) -> dict[int, NDArray[np.bool_]]:
        """Return by object id what propagation proposed last, also where it was changed since, bool (h, w)."""
        index = as_frame(frame, self.sequence)
        self.client.wait_until_durable()
        index_folder = self.client.source().index_folder
        assert index_folder is not None
        (stored,) = find_sequences(index_folder.parent)
        found = stored.proposals().items()
        return {key: masks.decode(one.annotation.mask) for (at, key), one in found if at == index}

    def polygons(self, frame: SupportsIndex, obj: ObjectLike) -> tuple[Polygon, ...]:
        """Return the outlines of an object's mask, through the centres of its outermost pixels."""
        return trace_polygons(self.mask(frame, obj))

    def label_map(self, frame: SupportsIndex) -> NDArray[np.uint8]:
        """Return uint8 (h, w), label values painted in list order, lower rows over upper ones."""
        info = self.sequence
        index = as_frame(frame, info)
        return masks.paint(
            self.client.read_state(lambda state: layers_of(state, index)), info.height, info.width
        )

    def score(self, frame: SupportsIndex, obj: ObjectLike) -> float:
        """Return the confidence in [0, 1]; 0 where there is no mask."""
        found = self._annotation(frame, obj)
        return 0.0 if found is None else found.score

    def status(self, frame: SupportsIndex, obj: ObjectLike) -> Status:
        """Return the status of the object on the frame."""
        found = self._annotation(frame, obj)
        return Status.EMPTY if found is None else found.status

    def export(
        self,
        kind: str,
        folder: str | Path,
        *,
        frames: Iterable[SupportsIndex] | None = None,
        status: StatusLike | Iterable[StatusLike] | None = None,
        name: str = "",
        objects: Iterable[ObjectLike] = (),
        overwrite: bool = False,
        pictures: PictureAction = "refuse",
    ) -> ExportedFiles:
        """Write files of a kind under a folder and return them, with the frames that are void in them.

        kind: one that `framewise export --list` names. frames: those to write, None for all. status: a frame is
        written when every mask on it has one of these; None for the annotated ones, while pictures, films and label
        maps hold the others too, label maps as void (255). "empty" stands for frames without annotations, which
        then count as background. name: with which the files begin, "" for the sequence's own. objects: those to write,
        none for all. overwrite: also files of another sequence, and own ones that were changed since they were
        written; beside them a number is put otherwise.
        pictures: what becomes of frames that show text or faces, where the kind writes pictures: "refuse" raises
        IdentifyingPictures, which names them, "mask" paints over them, "leave-out" leaves those frames out, and
        "allow" writes them as they are, which is noted under the operator's name.
        Raises UsageError for an unknown kind or for "allow" without an operator, ExportError or StorageFull.
        """
        export_format(kind)
        as_picture_action(pictures, self._operator)
        selection = as_selection(frames, status, self.sequence)
        self.client.wait_until_durable()
        known = self.objects
        chosen = tuple(as_object_id(item, known) for item in objects)
        target = ExportTarget(name, chosen, bool(overwrite))
        reply = self.client.export((kind,), as_path(folder), selection, target, pictures)
        return ExportedFiles(reply.paths, reply.selected.void, reply.flagged)

    def export_dataset(
        self, kind: str, folder: str | Path, **options: Unpack[DataSetOptions]
    ) -> DataSetReport:
        """Write all sequences of the workspace as one data set; see Workspace.export_dataset."""
        self.client.wait_until_durable()
        options.setdefault("operator", self._operator)
        options.setdefault("check_pictures", self._checks_pictures)
        return ReadableWorkspace(self._workspace).export_dataset(kind, folder, **options)
