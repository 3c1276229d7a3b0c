"""The library for clicks and other prompts: the pending mask, undo and redo, and committing it."""

from collections.abc import Iterable
from typing import SupportsFloat, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Annotation, Mask, Point
from app.domain.errors import UsageError, WorkerError
from app.domain.model_prompts import Box, Lasso, Scribble, diameter_lasso
from app.headless.base import BaseAnnotator, serialized
from app.headless.results import Committed, LabelLike, ObjectLike, PointLike
from app.headless.validation import (
    as_frame,
    as_label_value,
    as_object_id,
    as_point,
    as_points,
    as_share,
    locked_error,
)
from app.imaging import masks
from app.imaging.picture_scale import pixel_aspect
from app.messages import events as ev
from app.messages.snapshot import Pending
from app.session.state import State


class ClickAnnotator(BaseAnnotator):
    """The part of an Annotator that makes masks by clicks and other prompts."""

    @serialized
    def click(
        self,
        frame: SupportsIndex,
        x: SupportsFloat,
        y: SupportsFloat,
        positive: bool = True,
        obj: ObjectLike | None = None,
    ) -> NDArray[np.bool_]:
        """Add a click and return the pending mask, bool (h, w).

        obj: start from this object's mask on the frame, to correct it. Without it the first click starts from
        nothing, but a negative one from the topmost mask under it.
        Raises UsageError for a click outside the picture, for one on another frame than the pending clicks, and
        where the object's mask is verified and so locked.
        """
        info = self.sequence
        index, (across, down) = as_frame(frame, info), as_point(x, y, info)
        start = (across, down) if not positive else None
        return self._prompt(index, ev.ClickAdded(index, across, down, bool(positive)), obj, start)

    @serialized
    def box(
        self,
        frame: SupportsIndex,
        x0: SupportsFloat,
        y0: SupportsFloat,
        x1: SupportsFloat,
        y1: SupportsFloat,
        obj: ObjectLike | None = None,
    ) -> NDArray[np.bool_]:
        """Draw a box around a thing, from one corner to the opposite one, and return the pending mask; see click."""
        index, corners = as_frame(frame, self.sequence), as_points(((x0, y0), (x1, y1)), self.sequence, 2)
        return self._prompt(index, ev.PromptDrawn(index, Box.between(*corners)), obj)

    @serialized
    def scribble(
        self,
        frame: SupportsIndex,
        points: Iterable[PointLike],
        positive: bool = True,
        obj: ObjectLike | None = None,
    ) -> NDArray[np.bool_]:
        """Draw a line over a thing, or over what it is not, and return the pending mask; see click.

        points: (x, y) of its corners.
        """
        index, line = as_frame(frame, self.sequence), as_points(points, self.sequence, 1)
        start = line[0] if not positive else None
        return self._prompt(index, ev.PromptDrawn(index, Scribble(line, bool(positive))), obj, start)

    @serialized
    def lasso(
        self, frame: SupportsIndex, points: Iterable[PointLike], obj: ObjectLike | None = None
    ) -> NDArray[np.bool_]:
        """Draw a closed line around a thing and return the pending mask; see click. points: (x, y) of its corners."""
        index, ring = as_frame(frame, self.sequence), as_points(points, self.sequence, 3)
        return self._prompt(index, ev.PromptDrawn(index, Lasso(ring)), obj)

    @serialized
    def diameter(
        self,
        frame: SupportsIndex,
        x0: SupportsFloat,
        y0: SupportsFloat,
        x1: SupportsFloat,
        y1: SupportsFloat,
        obj: ObjectLike | None = None,
    ) -> NDArray[np.bool_]:
        """Measure a thing's longest diameter from one end to the other and return the pending mask; see click."""
        info = self.sequence
        index, (one, other) = as_frame(frame, info), as_points(((x0, y0), (x1, y1)), info, 2)
        if one == other:
            raise UsageError("A diameter needs two different ends.", subject=f"({x0}, {y0})")
        return self._prompt(index, ev.PromptDrawn(index, diameter_lasso(one, other, pixel_aspect(info))), obj)

    @serialized
    def undo(self) -> NDArray[np.bool_] | None:
        """Undo the last click, or else the last edit; return the pending mask, if there is one."""
        return self._step(ev.Undone())

    @serialized
    def redo(self) -> NDArray[np.bool_] | None:
        """Redo what was undone last; return the pending mask, if there is one."""
        return self._step(ev.Redone())

    @serialized
    def clear(self) -> None:
        """Drop the pending clicks."""
        self.client.post(ev.ClicksCleared())

    @serialized
    def threshold(self, value: SupportsFloat) -> NDArray[np.bool_] | None:
        """Set the threshold of pending masks, in [0, 1]; return the pending mask, if there is one."""
        share, _ = as_share(value, "threshold"), self.sequence
        return self._step(ev.ViewChanged(threshold=share))

    @serialized
    def finish(self, label: LabelLike | None = None) -> Committed:
        """Commit the pending mask to the label's object, which is made if there is none.

        label: None for the one that was added or clicked last. A mask that a person made there before stays and
        is joined with the new one, unless the clicks started from it.
        Raises UsageError when nothing is pending, or the mask there is verified and so locked.
        """
        pending = self._pending()
        if pending is None:
            raise UsageError("There is no pending mask.", remedy="Click first.")
        value = None if label is None else as_label_value(label, self.labels)
        mask = self._pending_mask(self.client.next_toast())
        merged = (
            self._merged(pending.frame, value, mask) if pending.base is None and mask is not None else None
        )
        edits = self.client.read_state(lambda state: state.next_edit)
        self.client.post(ev.MaskFinished(value, merged))
        if self.client.read_state(lambda state: state.next_edit) == edits:
            raise UsageError(
                "The mask was not committed.",
                subject=label or "",
                remedy="Where the object's mask is verified, unlock it.",
            )
        object_id = self.client.read_state(lambda state: state.sequence.selected)
        assert object_id is not None
        self.client.post(ev.ObjectChosen(None))
        return self._committed(pending.frame, object_id)

    def _prompt(
        self, frame: int, event: ev.Event, obj: ObjectLike | None, under: Point | None = None
    ) -> NDArray[np.bool_]:
        """Post a prompt and return the mask that answers it. under: start from the topmost mask under this point."""
        target = None if obj is None else as_object_id(obj, self.objects)
        pending = self._pending()
        if pending is not None and pending.frame != frame:
            remedy = "Call finish or clear before a click on another frame."
            raise UsageError("There are pending clicks.", subject=f"frame {pending.frame}", remedy=remedy)
        if self.client.read_state(lambda state: state.sequence.frame) != frame:
            self.clear()
            self.client.post(ev.FrameRequested(frame))
        if pending is None:
            start = target if target is not None or under is None else self._under(frame, *under)
            self.client.post(ev.ObjectChosen(start))
        since = self.client.next_toast()
        self.client.post(event)
        if self.client.read_state(lambda state: state.pending) is None:
            raise locked_error()
        mask = self._pending_mask(since)
        if mask is None:
            raise WorkerError("The click was not answered.", remedy="Click again.")
        return mask

    def _step(self, event: ev.Event) -> NDArray[np.bool_] | None:
        _, since = self.sequence, self.client.next_toast()
        self.client.post(event)
        return self._pending_mask(since)

    def _pending(self) -> Pending | None:
        """Return the pending clicks, None for none."""
        pending = self.client.read_state(lambda state: state.pending)
        return pending if pending is not None and pending.prompts else None

    def _pending_mask(self, since: int) -> NDArray[np.bool_] | None:
        """Wait for the pending mask; an error message from since on is raised."""
        answered = self.client.wait_for_state(
            lambda now: now.pending is None or not now.pending.awaiting, since
        )
        pending = answered.pending
        return None if pending is None or pending.mask is None else masks.decode(pending.mask)

    def _under(self, frame: int, x: float, y: float) -> int | None:
        """Return the topmost object whose mask holds a point."""
        found = self.client.read_state(lambda state: state.annotations_on(frame))
        row, column = round(y), round(x)
        hits = [object_id for object_id, cell in found if masks.decode(cell.mask)[row, column]]
        return hits[-1] if hits else None

    def _merged(self, frame: int, value: int | None, mask: NDArray[np.bool_]) -> Mask | None:
        """Return the pending mask joined with the one that a person made of the label's object on the frame."""

        def known(state: State) -> Annotation | None:
            wanted = value if value is not None else state.label
            same = [item.object_id for item in state.sequence.objects if item.label == wanted]
            return state.annotation(frame, same[-1]) if same else None

        found = self.client.read_state(known)
        if found is None or not found.reference:
            return None
        return masks.encode(masks.decode(found.mask) | mask)
