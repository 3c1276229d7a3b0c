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

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Annotation, Color, Label, Mask, Object, Orientation, SequenceInfo, Status
from app.domain.errors import SequenceError, UsageError
from app.headless.results import Committed, Progress, id_of, layers_of, progress_of, value_of
from app.headless.scan import ScanAnnotator
from app.headless.validation import (
    as_mask,
    check_click,
    check_color,
    check_propagation,
    check_threshold,
    locked,
)
from app.imaging import masks
from app.imaging.polygons import trace
from app.messages import events as ev
from app.pipeline.options import MEGABYTE, Options
from app.session.state import State


class Annotator(ScanAnnotator):
    """Annotates one sequence at a time. Every call returns when its effect is durable."""

    def __init__(
        self,
        workspace: str | Path,
        device: str = "auto",
        engine: str = "best",
        *,
        propagation: str = "",
        cache_megabytes: int = 512,
        threads: int = 0,
        prefetch: bool = False,
        operator: str = "",
        identify: bool = False,
    ) -> None:
        """Start the pipeline. engine: a name or the path of a model; "best" is the best there is.

        propagation: the path of a propagation model beside a click model; "" for the best that fits.
        identify: exports of a scan may name the patient and the time.

        Raises ModelError when the engine cannot be loaded.
        """
        options = Options(
            workspace=Path(workspace),
            cache_bytes=cache_megabytes * MEGABYTE,
            engine=engine,
            propagation=propagation,
            device=device,
            threads=threads,
            prefetch=prefetch,
            operator=operator,
            identify=identify,
        )
        super().__init__(options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the sequence and stop the workers."""
        self._client.close()

    @property
    def engine(self) -> str:
        """Name of the engine in use."""
        return self._client.seen.models.engine

    @property
    def device(self) -> str:
        """What the engine runs on."""
        return self._client.seen.models.device

    # -- sequences ---------------------------------------------------------------------------------

    def open(
        self, path: str | Path, series: str | None = None, orientation: Orientation | None = None
    ) -> SequenceInfo:
        """Open a video, image folder, image, scan or workspace folder, with all that was done before.

        series: which DICOM series, where a folder holds several. orientation: how to slice a scan, None for
        the way it was sliced the last time, or was recorded.
        Raises SequenceError, SeveralSeries, WorkspaceBusy, WorkspaceNewer or WorkspaceError.
        """
        info = self._client.open_sequence(Path(path), series, orientation)
        self._client.wait(lambda snapshot: snapshot.sequence == info)
        return info

    @property
    def sequence(self) -> SequenceInfo:
        """The open sequence."""
        return self._check_open()

    @property
    def labels(self) -> tuple[Label, ...]:
        """The label list, in painting order."""
        return self._client.ask(lambda state: state.labels)

    @property
    def objects(self) -> tuple[Object, ...]:
        """All objects."""
        return self._client.ask(lambda state: state.objects)

    @property
    def has_unfinished_propagation(self) -> bool:
        """Whether a propagation was cut off and can go on, with resume."""
        return self._client.ask(lambda state: state.unfinished is not None)

    # -- labels and objects ------------------------------------------------------------------------

    def add_label(self, name: str, color: Color | None = None, value: int = 0) -> Label:
        """Add a label; value 0 takes the next free one. Raises UsageError for a taken value or no colour."""
        check_color(color)
        before = {label.value for label in self.labels}
        self._client.post(ev.LabelAdded(name, value, color))
        made = [label for label in self.labels if label.value not in before]
        if not made:
            raise UsageError(
                "This label value cannot be used.", subject=value, remedy="Choose a free one, 1 to 255."
            )
        return made[0]

    def load_labels(self, path: str | Path) -> tuple[Label, ...]:
        """Load a label list. Raises LabelFileError naming the bad lines."""
        self._client.load_labels(Path(path))
        return self.labels

    def save_labels(self, path: str | Path) -> None:
        """Save the label list."""
        self._client.save_labels(Path(path))

    def add_object(self, label: Label | int) -> int:
        """Make another object of a label and return its id."""
        before = {item.object_id for item in self.objects}
        self._client.post(ev.ObjectAdded(value_of(label)))
        made = [item.object_id for item in self.objects if item.object_id not in before]
        if not made:
            raise UsageError("There is no such label.", subject=value_of(label))
        return made[0]

    def delete_object(self, obj: int | Committed) -> None:
        """Delete an object with all its masks."""
        self._client.post(ev.ObjectDeleted(id_of(obj)))

    # -- clicks ------------------------------------------------------------------------------------

    def click(
        self, frame: int, x: float, y: float, positive: bool = True, obj: int | Committed | None = None
    ) -> Any:
        """Add a click and return the pending mask, bool (h, w).

        obj: start from this object's mask on the frame, to correct it. Without it the first click starts from
        nothing, but a negative one from the topmost mask under it.
        Raises UsageError for a click outside the picture, and where the object's mask is verified and so locked.
        """
        self._check_frame(frame)
        check_click(self.sequence, x, y)
        if self._client.ask(lambda state: state.frame) != frame:
            self.clear()
            self._client.post(ev.FrameRequested(frame))
        pending = self._client.ask(lambda state: state.pending)
        if pending is None or not pending.clicks:
            target = id_of(obj) if obj is not None else None if positive else self._under(frame, x, y)
            self._client.post(ev.ObjectChosen(target))
        self._client.post(ev.ClickAdded(frame, x, y, positive))
        if self._client.ask(lambda state: state.pending) is None:
            raise locked()
        return self._pending_mask()

    def undo(self) -> Any:
        """Take back the last click, or else the last edit; return the pending mask, if there is one."""
        self._check_open()
        self._client.post(ev.Undone())
        return self._pending_mask()

    def redo(self) -> Any:
        """Bring back what was taken back last; return the pending mask, if there is one."""
        self._check_open()
        self._client.post(ev.Redone())
        return self._pending_mask()

    def clear(self) -> None:
        """Drop the pending clicks."""
        self._client.post(ev.ClicksCleared())

    def threshold(self, value: float) -> Any:
        """Set the threshold of the pending mask, in [0, 1], and return the mask."""
        check_threshold(value)
        self._client.post(ev.ViewChanged(threshold=value))
        return self._pending_mask()

    def finish(self, label: Label | int | None = None) -> Committed:
        """Commit the pending mask to the label's object, which is made if there is none.

        A mask that a person made there before stays and is joined with the new one, unless the clicks
        started from it. Raises UsageError when nothing is pending, or the mask there is verified and so locked.
        """
        pending = self._client.ask(lambda state: state.pending)
        if pending is None or not pending.clicks:
            raise UsageError("There is no pending mask.", remedy="Click first.")
        mask = self._pending_mask()
        value = None if label is None else value_of(label)
        merged = self._merged(pending.frame, value, mask) if pending.base is None else None
        edits = self._client.ask(lambda state: state.next_edit)
        self._client.post(ev.MaskFinished(value, merged))
        if self._client.ask(lambda state: state.next_edit) == edits:
            raise UsageError(
                "The mask was not committed.",
                subject=label or "",
                remedy="Add the label first; where the object's mask is verified, unlock it.",
            )
        object_id = self._client.ask(lambda state: state.selected)
        assert object_id is not None
        self._client.post(ev.ObjectChosen(None))
        return self._committed(pending.frame, object_id)

    def set_mask(self, frame: int, obj: int | Committed, mask: NDArray[np.bool_]) -> Committed:
        """Make a mask from elsewhere, bool (h, w), the object's mask; the frame becomes a reference.

        Raises UsageError when the mask there is verified and so locked.
        """
        info = self.sequence
        if self.status(frame, obj) is Status.VERIFIED:
            raise locked()
        array = as_mask(mask, info, frame)
        self._client.post(ev.MaskSet(frame, id_of(obj), masks.encode(array)))
        return self._committed(frame, id_of(obj))

    # -- propagation -------------------------------------------------------------------------------

    def propagate(
        self,
        start: int | None = None,
        stop: int | None = None,
        direction: ev.PropagationDirection = "both",
        objects: Iterable[int | Committed] = (),
        force: bool = False,
    ) -> Iterator[Progress]:
        """Carry masks from every reference frame to frames [start, stop); yield each frame as it is done.

        objects: those to carry, none for all. Leaving the loop cancels; what is done stays.
        Raises UsageError for an unknown direction or object, WorkerError when it cannot go on.
        """
        self._check_open()
        chosen = tuple(id_of(item) for item in objects)
        check_propagation(direction, chosen, [item.object_id for item in self.objects])
        request = ev.PropagationRequested(start, stop, direction, chosen, force=force)
        yield from map(progress_of, self._client.follow(request))

    def resume(self) -> Iterator[Progress]:
        """Go on with a propagation that was cut off."""
        self._check_open()
        yield from map(progress_of, self._client.follow(ev.PropagationResumed(accepted=True)))

    def verify(self, frame: int, obj: int | Committed | None = None, verified: bool = True) -> None:
        """Say that a person has looked at an object on a frame (None: at all of them) and accepts it."""
        self._check_frame(frame)
        chosen = () if obj is None else (id_of(obj),)
        self._client.post(ev.FramesVerified(frame, frame + 1, chosen, verified))

    # -- reading -----------------------------------------------------------------------------------

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Return frame index, uint8 (h, w, 3) RGB."""
        self._check_frame(index)
        return self._client.image(index)

    def mask(self, frame: int, obj: int | Committed) -> NDArray[np.bool_]:
        """Return the object's mask, bool (h, w); all False where there is none."""
        found = self._cell(frame, obj)
        info = self.sequence
        return np.zeros((info.height, info.width), bool) if found is None else masks.decode(found.mask)

    def label_map(self, frame: int) -> NDArray[np.uint8]:
        """Return uint8 (h, w), label values painted in list order, lower rows over upper ones."""
        info = self.sequence
        self._check_frame(frame)
        return masks.paint(self._client.ask(lambda state: layers_of(state, frame)), info.height, info.width)

    def score(self, frame: int, obj: int | Committed) -> float:
        """Return the confidence in [0, 1]; 0 where there is no mask."""
        found = self._cell(frame, obj)
        return 0.0 if found is None else found.score

    def status(self, frame: int, obj: int | Committed) -> Status:
        """Return what is known of the object on the frame."""
        found = self._cell(frame, obj)
        return Status.EMPTY if found is None else found.status

    # -- files -------------------------------------------------------------------------------------

    def export(self, kind: ev.ExportKind, folder: str | Path) -> tuple[Path, ...]:
        """Write files of a kind under a folder and return them. Raises ExportError or StorageFull."""
        self._client.settle()
        return self._client.export((kind,), Path(folder))

    def import_masks(self, path: str | Path) -> tuple[str, ...]:
        """Read masks that were exported before, or made elsewhere, as edits; return warnings."""
        return self._client.import_masks(Path(path))

    # -- inside ------------------------------------------------------------------------------------

    def _pending_mask(self) -> Any:
        answered = self._client.wait(lambda now: now.pending is None or not now.pending.awaiting)
        pending = answered.pending
        return None if pending is None or pending.mask is None else masks.decode(pending.mask)

    def _under(self, frame: int, x: float, y: float) -> int | None:
        """The topmost object whose mask holds a point."""
        found = self._client.ask(lambda state: state.on_frame(frame))
        row, column = round(y), round(x)
        hits = [object_id for object_id, cell in found if masks.decode(cell.mask)[row, column]]
        return hits[-1] if hits else None

    def _merged(self, frame: int, value: int | None, mask: NDArray[np.bool_]) -> Mask | None:
        """The pending mask joined with the one that a person made of the label's object on the frame."""

        def known(state: State) -> Annotation | None:
            wanted = value if value is not None else state.label
            same = [item.object_id for item in state.objects if item.label == wanted]
            return state.annotation(frame, same[-1]) if same else None

        found = self._client.ask(known)
        if found is None or not found.reference:
            return None
        return masks.encode(masks.decode(found.mask) | mask)

    def _committed(self, frame: int, object_id: int) -> Committed:
        item = self._object(object_id)
        label = next(label for label in self.labels if label.value == item.label)
        return Committed(object_id, label, frame, trace(self.mask(frame, object_id)))

    def _object(self, obj: int | Committed) -> Object:
        found: Object | None = self._client.ask(lambda state: state.object(id_of(obj)))
        if found is None:
            raise UsageError("There is no such object.", subject=id_of(obj))
        return found

    def _cell(self, frame: int, obj: int | Committed) -> Annotation | None:
        self._check_frame(frame)
        self._object(obj)
        found: Annotation | None = self._client.ask(lambda state: state.annotation(frame, id_of(obj)))
        return found

    def _check_open(self) -> SequenceInfo:
        info = self._client.ask(lambda state: state.sequence)
        if info is None:
            raise UsageError("No sequence is open.", remedy="Call open first.")
        return info

    def _check_frame(self, index: int) -> None:
        frames = self.sequence.frames
        if not 0 <= index < frames:
            raise SequenceError(f"There is no frame {index}.", remedy=f"Frames run from 0 to {frames - 1}.")
