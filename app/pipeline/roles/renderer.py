"""The renderer: the 3D preview, in a process of its own because OpenGL contexts do not share a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from app.domain.errors import UsageError
from app.imaging import masks
from app.pipeline.requests.renderer_requests import (
    FrameLayers,
    OpenPreviewRequest,
    RenderReply,
    RenderRequest,
    SetColorsRequest,
    SetMasksReply,
    SetMasksRequest,
)
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.malloc_trim import trim_heap
from app.pipeline.workers.role import Role, handles

if TYPE_CHECKING:
    from app.pipeline.roles.render.scene import Preview, SlicePlace

Context = JobContext[None]


class RendererRole(Role):
    """Keeps one preview. Runs in the worker process."""

    def __init__(self) -> None:
        self._preview: Preview | None = None
        self._window: Any = None

    def close(self) -> None:
        if self._preview is not None:
            self._preview.close()
            self._preview = None
            trim_heap()

    @handles(OpenPreviewRequest)
    def open_preview(self, request: OpenPreviewRequest, context: Context) -> None:
        # VTK takes a third of a second to import, and a worker must be up at once.
        from app.pipeline.roles.render.scene import Preview
        from app.pipeline.roles.render.stage import open_window

        self.close()
        self._window = self._window or open_window()
        self._preview = Preview(request.shape, request.spacing, request.direction, window=self._window)

    @handles(SetColorsRequest)
    def set_colors(self, request: SetColorsRequest, context: Context) -> None:
        self._require_preview().set_colors(request.colors)

    @handles(SetMasksRequest)
    def set_masks(self, request: SetMasksRequest, context: Context) -> SetMasksReply:
        preview = self._require_preview()
        changed = [_set_frame(preview, layers, context) for layers in request.frames]
        return SetMasksReply(any(changed))

    @handles(RenderRequest)
    def render(self, request: RenderRequest, context: Context) -> RenderReply:
        preview = self._require_preview()
        target = context.pool.array(request.target)
        picture = preview.render(
            (target.shape[1], target.shape[0]),
            request.azimuth,
            request.elevation,
            request.zoom,
            shift=request.shift,
            opacity=request.opacity,
            hidden=request.hidden,
            plane=_plane(request, context),
            quality=request.quality,
            focus=request.focus,
            beat=context.check_cancelled,
        )
        context.check_cancelled()
        np.copyto(target, picture)
        trim_heap()
        return RenderReply(preview.is_fine, preview.triangles)

    def _require_preview(self) -> Preview:
        if self._preview is None:
            raise UsageError("No preview is open.")
        return self._preview


def _plane(request: RenderRequest, context: Context) -> SlicePlace | None:
    from app.pipeline.roles.render.scene import SlicePlace

    plane = request.plane
    if plane is None:
        return None
    image = None if plane.image is None else context.pool.array(plane.image)
    return SlicePlace(plane.axis, plane.index, plane.row_axis, plane.column_axis, image)


def _set_frame(preview: Preview, found: FrameLayers, context: Context) -> bool:
    """Put the masks of a frame in their places; return whether anything looks different now."""
    context.beat()
    frame, layers = found
    if not preview.is_frame_shown(frame):
        return False
    _, height, width = preview.shape
    return preview.set_slices(frame, masks.paint(layers, height, width)[None])
