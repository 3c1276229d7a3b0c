"""The canvas: frame, masks, clicks and outlines; mouse gestures on it become events."""

from collections.abc import Callable
from dataclasses import replace

import dearpygui.dearpygui as dpg

from app.domain.annotation import Color, Point, SequenceInfo
from app.domain.mask_operations import Limits, Region, Stroke
from app.domain.object_colors import object_colors, target_color
from app.imaging import masks
from app.imaging.picture_scale import pixel_aspect
from app.imaging.volume_geometry import orientation_by_axis, place_of, plane_of
from app.messages.events import ClickExpected, Event, MaskEditRequested
from app.messages.picture import Picture
from app.messages.snapshot import Snapshot
from app.views.canvas.crosshair import Crosshair
from app.views.canvas.drawing_gestures import BrushDrag
from app.views.canvas.finding_layer import FindingLayer
from app.views.canvas.gestures import AdjustmentDrag, WindowDrag
from app.views.canvas.image_layer import ImageLayer
from app.views.canvas.interaction import Button, CanvasInteraction
from app.views.canvas.mask_preview import MaskPreview
from app.views.canvas.measure_layer import MeasureLayer
from app.views.canvas.outline_layer import OutlineLayer
from app.views.canvas.pointer_text import pointer_text
from app.views.canvas.prompt_markers import PromptMarkers
from app.views.canvas.tool_layer import ToolLayer
from app.views.canvas.viewport import Viewport
from app.views.toolkit.keyboard import Modifiers
from app.views.toolkit.textures import Texture
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import ChangeTracker, is_pointed_at

PAN_STEP = 80  # Screen pixels that a key pans.


class Canvas:
    """The frame that the newest Picture holds. Positions are window pixels."""

    def __init__(
        self, parent: int, frame: Texture, overlay: Texture, sizes: Sizes, post: Callable[[Event], None]
    ) -> None:
        self._post = post
        self.interaction = CanvasInteraction()
        self.item = int(dpg.add_drawlist(100, 100, parent=parent))
        self._node = int(dpg.add_draw_node(parent=self.item))
        self._images = ImageLayer(self._node, frame, overlay)
        self._preview = MaskPreview(self._images)
        self._outlines = OutlineLayer(self._node)
        self._findings = FindingLayer(self.item)
        self._cross = Crosshair(self.item)
        self._markers = PromptMarkers(self.item)
        self._tool_layer = ToolLayer(self.item)
        self._measure_layer = MeasureLayer(self.item, sizes)
        self.picture: Picture | None = None
        self._snapshot, self._changes = Snapshot(), ChangeTracker()
        self.size = (100, 100)
        self.position = (0, 0)
        self._masks_hidden = False
        self._pointer = ""
        #: Whether the mouse is over something that lets it through to the canvas.
        self.sees_through: Callable[[], bool] = lambda: False
        self._transformed: Viewport | None = None

    @property
    def frame(self) -> int | None:
        """The number of the frame that is drawn."""
        return self.picture.frame if self.picture else None

    @property
    def mouse_point(self) -> Point | None:
        """The image point under the mouse, None beside the canvas."""
        view, mouse = self.interaction.view, self.interaction.mouse
        return None if view is None or mouse is None else view.point_at(int(mouse[0]), int(mouse[1]))

    @property
    def pointer_text(self) -> str:
        """Position and value under the mouse, "" where it is beside the frame."""
        info, view, mouse = self._snapshot.sequence.info, self.interaction.view, self.interaction.mouse
        if info is None or view is None or mouse is None or self.picture is None:
            return ""
        if self._changes.is_new("pointer", (info, view, mouse, id(self.picture))):
            self._pointer = pointer_text(info, self.picture, view.point_at(int(mouse[0]), int(mouse[1])))
        return self._pointer

    def resize(self, x: int, y: int, width: int, height: int) -> None:
        """Set position and size, in window pixels."""
        self.position, self.size = (x, y), (width, height)
        dpg.configure_item(self.item, width=width, height=height)
        if self.interaction.view is not None:
            self.interaction.view = self.interaction.view.resized(width, height)

    def refresh(self, snapshot: Snapshot, picture: Picture | None) -> None:
        """Accept a new Snapshot, and a picture if there is a new one."""
        self._snapshot = snapshot
        sequence = snapshot.sequence.info
        if sequence is None:
            self.picture, self.interaction.view = None, None
            self._images.clear()
        elif picture is not None and _belongs(picture, sequence):
            self._show_picture(picture)
        elif self.picture is not None and not _belongs(self.picture, sequence):
            self.picture, self.interaction.view = None, None
            self._images.clear()

    def draw(self) -> None:
        """Redraw what has changed; called in every frame."""
        snapshot, view = self._snapshot, self.interaction.view
        is_current = snapshot.sequence.frame == self.frame
        outlines = snapshot.polygons if is_current and snapshot.sequence.mode == "edit" else ()
        self.interaction.set_outlines(self.frame or 0, outlines, snapshot.sequence.selected)
        self.interaction.window = snapshot.view.window
        self.interaction.adjustment = snapshot.view.adjustment
        self.interaction.tools = snapshot.tools
        if view is not None:
            settings = snapshot.view
            across, down = view.steps
            self._images.set_appearance(
                (abs(across), abs(down)),
                settings.overlay_visible and not self._masks_hidden,
                settings.opacity,
            )
            self._transform(view)
        self._preview.window = snapshot.view.window
        if isinstance(self.interaction.gesture, BrushDrag):
            self._preview.extend(self.interaction.gesture, self._target_color())
        self._tool_layer.draw(self.interaction)
        self._measure_layer.draw(self.interaction.measuring, snapshot.sequence.info, view)
        self._outlines.draw(self.interaction, self._colors())
        found = snapshot.sequence.findings.get(self.frame, ()) if self.frame is not None else ()
        self._findings.draw(found, view)
        self._draw_crosshair(view)
        pending = snapshot.pending
        prompts = pending.prompts if pending is not None and pending.frame == self.frame else ()
        drawn = self.interaction.drawn_prompt()
        if drawn is not None:
            prompts = (*prompts, drawn)
        self._markers.draw(prompts, view, snapshot.view.click_radius)

    def is_under_mouse(self) -> bool:
        """Return whether the mouse is over the canvas and nothing covers it."""
        return is_pointed_at(self.item, self.sees_through)

    def press(self, button: Button, x: int, y: int, held: Modifiers) -> None:
        """Handle a button pressed on the canvas."""
        shift, alt = "Shift" in held, "Alt" in held
        self._send(self.interaction.press(button, *self._local(x, y), shift=shift, alt=alt))

    def expected_click(self, x: int, y: int) -> ClickExpected | None:
        """Return the click that a press at a place would be, None where it would be something else."""
        return self.interaction.expected_click(*self._local(x, y))

    def move(self, x: int, y: int) -> None:
        """Handle a mouse position; a gesture goes on outside the canvas too."""
        if self.interaction.gesture is not None or self.is_under_mouse():
            self._send(self.interaction.move(*self._local(x, y)))
        else:
            self.interaction.leave()

    def release(self, button: Button) -> None:
        """Handle a button released anywhere."""
        self._send(self.interaction.release(button))

    def double_click(self, x: int, y: int) -> bool:
        """Handle a double click on the canvas; return whether it had a meaning there."""
        events = self.interaction.double_click(*self._local(x, y))
        self._send(events)
        return bool(events)

    def wheel(self, notches: float, x: int, y: int) -> None:
        """Zoom at the mouse position by wheel notches."""
        self.interaction.wheel(notches, *self._local(x, y))

    def cancel(self) -> bool:
        """Cancel the current drag; return whether there was one."""
        gesture = self.interaction.gesture
        if isinstance(gesture, (WindowDrag, AdjustmentDrag)):
            self._send(gesture.cancel())
        was_under_way = self.interaction.cancel()
        if isinstance(gesture, BrushDrag):
            self._preview.drop_drag()
        return was_under_way

    def finish_drawing(self) -> bool:
        """Close the polygon under way; return whether there is one."""
        is_drawing = self.interaction.polygon is not None
        self._send(self.interaction.close_polygon())
        return is_drawing

    def delete_polygon(self) -> None:
        """Delete the polygon under the mouse, or the one touched last."""
        self._send(self.interaction.delete_polygon())

    def point_under_mouse(self) -> Point | None:
        """Return the image point under the mouse, None where it is beside the frame."""
        view, mouse = self.interaction.view, self.interaction.mouse
        point = (
            view.point_at(int(mouse[0]), int(mouse[1])) if view is not None and mouse is not None else None
        )
        return point if view is not None and point is not None and view.has(*point) else None

    def limits_under_mouse(self) -> Limits | None:
        """Return the intensities that are like those under the brush, None where it is beside the frame."""
        point = self.point_under_mouse()
        return self._preview.limits_at(point, self.interaction.tools.size / 2) if point is not None else None

    def fit(self) -> None:
        """Fit the whole frame into the canvas."""
        if self.picture is not None:
            self.interaction.view = self._fitted(self.picture)

    def zoom(self, notches: float, x: int, y: int) -> None:
        """Zoom at the mouse, or at the middle when the mouse is elsewhere."""
        if self.is_under_mouse():
            self.wheel(notches, x, y)
        elif self.interaction.view is not None:
            self.interaction.wheel(notches, self.size[0] // 2, self.size[1] // 2)

    def pan(self, right: int, down: int) -> None:
        """Pan by steps."""
        if self.interaction.view is not None:
            self.interaction.view = self.interaction.view.panned(-right * PAN_STEP, -down * PAN_STEP)

    def zoom_object(self) -> None:
        """Zoom to the pending mask, or else to the selected object."""
        box = self._box()
        if box is not None and self.interaction.view is not None:
            x, y, width, height = box
            self.interaction.view = self.interaction.view.focused(x - 0.5, y - 0.5, width, height)

    def hide_masks(self, is_hidden: bool) -> None:
        """Hide the masks while a key is held."""
        self._masks_hidden = is_hidden

    def _show_picture(self, picture: Picture) -> None:
        known = self.picture
        self.picture = picture
        height, width = picture.image.shape[:2]
        view = self.interaction.view
        is_other = known is None
        if view is None or is_other or (view.image_width, view.image_height) != (width, height):
            self.interaction.view = self._fitted(picture)
        self._images.show(picture)
        drag = self.interaction.gesture
        self._preview.rebase(picture, drag if isinstance(drag, BrushDrag) else None, self._target_color())

    def _draw_crosshair(self, view: Viewport | None) -> None:
        """Draw where the linked views cut the frame."""
        snapshot = self._snapshot
        info, frame, cross = snapshot.sequence.info, snapshot.sequence.frame, snapshot.sequence.cross
        is_shown = snapshot.view.linked and frame == self.frame
        if not self._changes.is_new("cross", (info, frame, cross, is_shown, view)):
            return
        if info is None or info.kind != "volume" or not is_shown:
            self._cross.draw(None, None)
            return
        plane, lines = plane_of(info), orientation_by_axis(info)
        voxel = place_of(info, frame, cross)
        at = (voxel[plane.column_axis], voxel[plane.row_axis])
        self._cross.draw(view, at, lines[plane.column_axis], lines[plane.row_axis])

    def _fitted(self, picture: Picture) -> Viewport:
        """Return the viewport of a whole picture; a scan in radiological orientation, at its true aspect."""
        height, width = picture.image.shape[:2]
        info = self._snapshot.sequence.info
        if info is None or info.kind != "volume":
            aspect = 1.0 if info is None else pixel_aspect(info)
            return Viewport.fit(*self.size, width, height, aspect=aspect)
        plane = plane_of(info)
        return Viewport.fit(
            *self.size, width, height, aspect=plane.aspect, flip_x=plane.flip_x, flip_y=plane.flip_y
        )

    def _transform(self, view: Viewport) -> None:
        if view == self._transformed:
            return
        self._transformed = view
        left, top = view.to_canvas(0, 0)
        matrix = dpg.create_translation_matrix((left, top)) * dpg.create_scale_matrix(view.steps)
        dpg.apply_transform(self._node, matrix)

    def _colors(self) -> dict[int, Color]:
        return object_colors(self._snapshot.labels, self._snapshot.sequence.objects)

    def _box(self) -> tuple[int, int, int, int] | None:
        snapshot = self._snapshot
        selected = snapshot.sequence.selected
        mask = next((cell.mask for key, cell in snapshot.annotations if key == selected), None)
        if snapshot.pending is not None and snapshot.pending.mask is not None:
            mask = snapshot.pending.mask
        box = masks.box(mask) if mask is not None else (0, 0, 0, 0)
        return box if box[2] and box[3] else None

    def _local(self, x: int, y: int) -> tuple[int, int]:
        return x - self.position[0], y - self.position[1]

    def _send(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if isinstance(event, MaskEditRequested) and isinstance(event.operation, (Stroke, Region)):
                number = self._preview.add(event.frame, event.operation, self._target_color())
                event = replace(event, drawn=number)
            self._post(event)

    def _target_color(self) -> Color:
        """Return the colour of the object that a hand tool changes, or of the one that it begins."""
        snapshot, sequence = self._snapshot, self._snapshot.sequence
        return target_color(snapshot.labels, sequence.objects, sequence.selected, snapshot.label)


def _belongs(picture: Picture, sequence: SequenceInfo) -> bool:
    shown = (picture.sequence, picture.orientation, picture.along)
    return shown == (sequence.path, sequence.orientation, sequence.along)
