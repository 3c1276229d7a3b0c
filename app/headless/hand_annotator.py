"""The library for hand tools: brush, eraser and interpolation."""

from collections.abc import Iterable
from typing import SupportsFloat, SupportsIndex

from app.domain.annotation import Status
from app.domain.errors import UsageError
from app.domain.mask_operations import Stroke
from app.headless.base import BaseAnnotator, serialized
from app.headless.results import Committed, ObjectLike, PointLike
from app.headless.validation import as_bound, as_finite, as_frame, as_line, as_object_id, locked_error
from app.imaging.picture_scale import pixel_aspect
from app.messages import events as ev


class HandAnnotator(BaseAnnotator):
    """The part of an Annotator that changes masks by hand."""

    @serialized
    def brush(
        self,
        frame: SupportsIndex,
        obj: ObjectLike,
        points: Iterable[PointLike],
        radius: SupportsFloat,
        erase: bool = False,
    ) -> Committed:
        """Paint along a line into an object's mask, or erase; the frame becomes a reference.

        points: (x, y) of its corners. radius: in widths of a source pixel; the brush is round on the frame as it is
        shown, where pixels may be oblong, and on a scan in millimetres.
        Raises UsageError for pending clicks, where the mask is verified and so locked, and for erasing where there is
        no mask.
        """
        info = self.sequence
        index, object_id = as_frame(frame, info), as_object_id(obj, self.objects)
        line, size = as_line(points, 1), as_finite(radius, "radius", 0.0)
        known = self._annotation(index, object_id)
        if known is not None and known.status is Status.VERIFIED:
            raise locked_error()
        if known is None and erase:
            raise UsageError("There is no mask to erase from.", subject=f"frame {index}, object {object_id}")
        stroke = Stroke(line, size, bool(erase), aspect=pixel_aspect(info))
        self._edit(ev.MaskEditRequested(index, stroke, object_id))
        return self._committed(index, object_id)

    @serialized
    def interpolate(
        self, obj: ObjectLike, start: SupportsIndex | None = None, stop: SupportsIndex | None = None
    ) -> tuple[int, ...]:
        """Fill the frames between an object's neighbouring references by the shapes between them; return the frames.

        Only references within [start, stop) count. Masks that a person made or verified stay. The results are
        unverified, and outdated once one of the two references changes.
        """
        info, object_id = self.sequence, as_object_id(obj, self.objects)
        first, last = as_bound(start, info, "start"), as_bound(stop, info, "stop")
        before = self.client.read_state(lambda state: state.next_edit)
        self._edit(ev.GapsInterpolated(object_id, first or 0, last))
        return self.client.read_state(
            lambda state: tuple(
                change.frame for edit in state.history.done if edit.edit_id >= before for change in edit.cells
            )
        )

    def _edit(self, event: ev.Event) -> None:
        """Post an edit and wait until it is carried out and durable."""
        if self.client.read_state(lambda state: state.pending is not None and bool(state.pending.prompts)):
            raise UsageError("There are pending clicks.", remedy="Call finish or clear first.")
        since = self.client.next_toast()
        self.client.post(event)
        self.client.wait_for_state(lambda now: not now.edits.editing, since)
        self.client.wait_until_durable()
