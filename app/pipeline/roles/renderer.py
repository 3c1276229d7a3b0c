"""The renderer: the 3D preview, in a process of its own because OpenGL contexts do not share a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from app.domain.errors import UsageError
from app.imaging import masks
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.malloc_trim import trim_heap
from app.pipeline.workers.message_fields import mask_from_wire
from app.pipeline.workers.protocol import ArrayRef
from app.pipeline.workers.role import Role

if TYPE_CHECKING:
    from app.pipeline.roles.render.scene import Preview


class RendererRole(Role):
    """Keeps one preview. Verbs:

    open: shape [z, y, x]; spacing and direction as in SequenceInfo, null for a video. Replaces what was open.
    colors: colors {value: [r, g, b]}.
    masks: frames [[frame, [[value, mask], ...]], ...], later masks over earlier ones. Answers {"changed"}.
    render: target, an ArrayRef of uint8 (h, w, 4); azimuth, elevation, zoom, shift, opacity, hidden [values],
        plane [axis, index, row axis, column axis] or null, plane_image an ArrayRef (h, w, 3) or null, quality
        "coarse" or "full", focus "volume" or "labels"; only target must be there. Answers {"is_fine",
        "triangles"}; is_fine is false when a full picture would look better. A full one may be cancelled; the
        next one goes on where it was.
    close: forgets the preview.
    """

    name = "renderer"

    def __init__(self) -> None:
        self._preview: Preview | None = None
        self._window: Any = None

    def handle(self, verb: str, body: dict[str, Any], context: JobContext) -> dict[str, Any] | None:
        if verb == "open":
            self._open(**body)
            return None
        if verb == "close":
            self.close()
            return None
        preview = self._require()
        if verb == "colors":
            preview.set_colors({int(value): (r, g, b) for value, (r, g, b) in body["colors"].items()})
            return None
        if verb == "masks":
            return {"changed": _paint(preview, context, body["frames"])}
        if verb == "render":
            return self._render(preview, context, **body)
        raise UsageError("The renderer does not know this verb.", subject=verb)

    def close(self) -> None:
        if self._preview is not None:
            self._preview.close()
            self._preview = None
            trim_heap()

    def _open(
        self, shape: list[int], spacing: list[float] | None = None, direction: list[float] | None = None
    ) -> None:
        # VTK takes a third of a second to import, and a worker must be up at once.
        from app.pipeline.roles.render.scene import Preview
        from app.pipeline.roles.render.stage import open_window

        self.close()
        self._window = self._window or open_window()
        depth, height, width = shape
        sizes = None if spacing is None else (spacing[0], spacing[1], spacing[2])
        turn = None if direction is None else tuple(direction)
        self._preview = Preview((depth, height, width), sizes, turn, window=self._window)

    def _render(
        self,
        preview: Preview,
        context: JobContext,
        target: dict[str, Any],
        plane: list[int] | None = None,
        plane_image: dict[str, Any] | None = None,
        **view: Any,
    ) -> dict[str, Any]:
        from app.pipeline.roles.render.scene import SlicePlace

        held = context.pool.array(ArrayRef.from_wire(target))
        image = None if plane_image is None else context.pool.array(ArrayRef.from_wire(plane_image))
        shown = None
        if plane is not None:
            axis, index, row_axis, column_axis = plane
            shown = SlicePlace(axis, index, row_axis, column_axis, image)
        size = held.shape[1], held.shape[0]
        picture = preview.render(size, plane=shown, beat=context.check_cancelled, **view)
        context.check_cancelled()
        np.copyto(held, picture)
        trim_heap()
        return {"is_fine": preview.is_fine, "triangles": preview.triangles}

    def _require(self) -> Preview:
        if self._preview is None:
            raise UsageError("No preview is open.")
        return self._preview


def _paint(preview: Preview, context: JobContext, frames: list[Any]) -> bool:
    """Put masks in their places; whether anything looks otherwise now."""
    _, height, width = preview.shape
    is_changed = False
    for frame, layers in frames:
        context.beat()
        if preview.wants(frame):
            painted = masks.paint([(value, mask_from_wire(wire)) for value, wire in layers], height, width)
            is_changed |= preview.set_slices(frame, painted[None])
    return is_changed
