"""The second series beside the canvas: the same place in the patient, zoomed and panned as that; never changed."""

from collections.abc import Callable
from dataclasses import replace

import dearpygui.dearpygui as dpg

from app.domain.annotation import Color, Point, Ring, Window
from app.messages.events import CrossMoved, Event, SecondWindowChanged, WindowChanged
from app.messages.picture import SecondPicture
from app.messages.snapshot import Snapshot
from app.views.canvas.canvas import Canvas
from app.views.canvas.gestures import WindowDrag
from app.views.canvas.image_layer import SHARP_FROM
from app.views.canvas.interaction import Button
from app.views.canvas.viewport import Viewport
from app.views.panels.status_bar import describe_window
from app.views.toolkit import theme_colors as p
from app.views.toolkit.fonts import BODY
from app.views.toolkit.keyboard import Modifiers
from app.views.toolkit.layout import Area
from app.views.toolkit.name_text import fit_name
from app.views.toolkit.textures import Texture
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import ChangeTracker, set_bounds, text_width

OUTLINE = 1.5  # Width of the outlines of masks, pixels of the design.
ARM, GAP = 12, 4  # Of the cross that shows where the mouse is in the other view, pixels of the design.


class SecondView:
    """A pane as large as the canvas. Positions are window pixels. post: sends an event to the Session."""

    def __init__(
        self, pane: int, texture: Texture, canvas: Canvas, sizes: Sizes, post: Callable[[Event], None]
    ) -> None:
        self._pane, self._texture, self._canvas = pane, texture, canvas
        self._sizes, self._post = sizes, post
        self.item = int(dpg.add_drawlist(10, 10, parent=pane))
        self._node = int(dpg.add_draw_node(parent=self.item))
        self._texts = int(dpg.add_draw_layer(parent=self.item))
        self._crosses = {item: int(dpg.add_draw_layer(parent=item)) for item in (self.item, canvas.item)}
        self._area: Area | None = None
        self._snapshot = Snapshot()
        self._picture: SecondPicture | None = None
        self._drag: WindowDrag | None = None
        self._changes = ChangeTracker()

    @property
    def is_shown(self) -> bool:
        """Whether there is a second series."""
        return self._snapshot.sequence.second is not None

    @property
    def is_drawn(self) -> bool:
        """Whether a picture of the series is on the screen."""
        return self._picture is not None

    @property
    def window_shown(self) -> Snapshot:
        """The Snapshot as if the second series were the open one, for actions that change a window."""
        sequence, view = self._snapshot.sequence, self._snapshot.view
        if sequence.second is None or sequence.info is None:
            return self._snapshot
        return replace(
            self._snapshot,
            sequence=replace(sequence, info=replace(sequence.info, window=sequence.second.own_window)),
            view=replace(view, window=sequence.second.window),
        )

    def refresh(self, snapshot: Snapshot, picture: SecondPicture | None) -> None:
        """Accept a new Snapshot, and a picture if there is a new one."""
        self._snapshot = snapshot
        info, second = snapshot.sequence.info, snapshot.sequence.second
        shown = picture or self._picture
        is_current = (
            shown is not None
            and info is not None
            and second is not None
            and not second.trouble
            and (shown.sequence, shown.orientation, shown.place)
            == (info.path, info.orientation, second.place)
        )
        if not is_current:
            self._picture = None
            dpg.delete_item(self._node, children_only=True)
        elif picture is not None:
            self._show(picture)

    def arrange(self, area: Area | None) -> None:
        """Set position and size, None to hide it."""
        self._area = area
        dpg.configure_item(self._pane, show=area is not None)
        if area is not None:
            set_bounds(self._pane, *area)
            dpg.configure_item(self.item, width=area[2], height=area[3])

    def draw(self, x: int, y: int) -> None:
        """Redraw what has changed. x, y: the mouse."""
        view = self._view
        if self._area is None or view is None:
            self._draw_cross(self._canvas.item, None)
            return
        if self._changes.is_new("view", (view, id(self._picture))):
            matrix = dpg.create_translation_matrix(view.to_canvas(0, 0)) * dpg.create_scale_matrix(view.steps)
            dpg.apply_transform(self._node, matrix)
            self._texture.sharpen(min(map(abs, view.steps)) / self._finer >= SHARP_FROM)
        self._draw_texts(self._area)
        here = self._point_at(x, y) if self.is_under_mouse() else None
        there = self._canvas.mouse_point if here is None else None
        canvas_view = self._canvas.interaction.view
        self._draw_cross(self._canvas.item, canvas_view.to_canvas(*here) if here and canvas_view else None)
        self._draw_cross(self.item, view.to_canvas(*there) if there else None)

    def is_under_mouse(self) -> bool:
        """Return whether the mouse is over the pane and nothing covers it."""
        return self._area is not None and bool(dpg.is_item_hovered(self.item))

    def canvas_position(self, x: int, y: int) -> tuple[int, int]:
        """Return where on the canvas the place under a position of the pane lies."""
        if self._area is None:
            return x, y
        left, top = self._canvas.position
        return x - self._area[0] + left, y - self._area[1] + top

    def press(self, button: Button, x: int, y: int, held: Modifiers) -> None:
        """Move the cross-hairs to a place; with Shift drag the window, with the middle button pan both views."""
        second = self._snapshot.sequence.second
        if button == "middle":
            self._canvas.press(button, x, y, frozenset())
        elif button == "left" and "Shift" in held and second is not None and second.window is not None:
            self._drag = WindowDrag(second.window, x, y)
        elif button == "left":
            point = self._point_at(x, y)
            if point is not None:
                self._post(CrossMoved(self._snapshot.sequence.frame, *point))

    def move(self, x: int, y: int) -> None:
        """Handle a mouse position."""
        for event in self._drag.move(x, y) if self._drag is not None else ():
            self.take_window(event)

    def release(self) -> None:
        """End a drag."""
        self._drag = None

    def take_window(self, event: Event) -> None:
        """Send an event; one that changes the window changes that of the second series."""
        if isinstance(event, WindowChanged):
            second = self._snapshot.sequence.second
            own = second.own_window if second is not None else None
            is_own = own is not None and (own.width, own.center) == (event.width, event.center)
            event = SecondWindowChanged(None if is_own else Window(event.width, event.center))
        self._post(event)

    @property
    def _view(self) -> Viewport | None:
        """The canvas's view in this pane: the same scale, the same place in the middle."""
        view = self._canvas.interaction.view
        return None if view is None or self._area is None else view.resized(self._area[2], self._area[3])

    @property
    def _finer(self) -> float:
        info = self._snapshot.sequence.info
        return (
            self._picture.image.shape[1] / info.width
            if self._picture is not None and info is not None
            else 1.0
        )

    def _point_at(self, x: int, y: int) -> Point | None:
        view, area = self._view, self._area
        if view is None or area is None:
            return None
        point = view.point_at(x - area[0], y - area[1])
        return point if view.has(*point) else None

    def _show(self, picture: SecondPicture) -> None:
        info = self._snapshot.sequence.info
        assert info is not None
        self._picture = picture
        self._texture.write(picture.image)
        dpg.delete_item(self._node, children_only=True)
        corners = (-0.5, -0.5), (info.width - 0.5, info.height - 0.5)
        dpg.draw_image(self._texture.item, *corners, parent=self._node)
        for color, rings in picture.outlines:
            for ring in rings:
                self._draw_ring(ring, (*color, 255))

    def _draw_ring(self, ring: Ring, color: tuple[int, int, int, int]) -> None:
        """Draw a ring; those of a pixel and of a row of pixels have one and two vertices."""
        width = OUTLINE * self._sizes.scale
        if len(ring) == 1:
            dpg.draw_circle(ring[0], width, color=color, fill=color, parent=self._node)
            return
        # Of a closed line of two points nothing would be drawn.
        points, is_closed = [list(point) for point in ring], len(ring) > 2
        dpg.draw_polyline(points, closed=is_closed, color=color, thickness=width, parent=self._node)

    def _draw_texts(self, area: Area) -> None:
        """Draw the title, and in the middle what there is to wait for, or what is wrong."""
        second, picture = self._snapshot.sequence.second, self._picture
        if second is None or not self._changes.is_new("texts", (second, area, picture is None)):
            return
        dpg.delete_item(self._texts, children_only=True)
        left = self._plate(self._sizes(12), fit_name(second.place.title, area[2] * 0.6, self._sizes), p.TEXT)
        self._plate(left, describe_window(second.window), p.MUTED)
        message = second.trouble or ("Opening…" if picture is None else "")
        for number, line in enumerate(_wrapped(message, max(area[2] // self._sizes(9), 10))):
            width = text_width(line, self._sizes(BODY), self._sizes(BODY))
            at = ((area[2] - width) // 2, area[3] // 2 + number * self._sizes(BODY + 6))
            color = p.WARNING if second.trouble else p.MUTED
            dpg.draw_text(at, line, size=self._sizes(BODY), color=color, parent=self._texts)

    def _plate(self, left: int, text: str, color: Color) -> int:
        """Draw a text on a plate, as the canvas has its caption; return where the next one goes."""
        if not text:
            return left
        size, top = self._sizes(15), self._sizes(12)
        width, height = text_width(text, size, self._sizes(BODY)) + self._sizes(16), self._sizes(24)
        ground = {"fill": (*p.RAISED, 220), "color": (0, 0, 0, 0), "rounding": 5, "parent": self._texts}
        dpg.draw_rectangle((left, top), (left + width, top + height), **ground)
        position = (left + self._sizes(8), top + self._sizes(2))
        dpg.draw_text(position, text, size=size, color=color, parent=self._texts)
        return left + width + self._sizes(6)

    def _draw_cross(self, item: int, at: Point | None) -> None:
        """Draw a cross where the mouse is in the other view."""
        if not self._changes.is_new(f"cross {item}", at):
            return
        layer = self._crosses[item]
        dpg.delete_item(layer, children_only=True)
        if at is None:
            return
        x, y = at
        for right, down in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            near, far = self._sizes(GAP), self._sizes(ARM)
            ends = (x + right * near, y + down * near), (x + right * far, y + down * far)
            for color, thickness in (((0, 0, 0, 200), 3), ((255, 255, 255, 255), 1)):
                dpg.draw_line(*ends, color=color, thickness=thickness, parent=layer)


def _wrapped(text: str, most: int) -> list[str]:
    """Return a text in lines of at most so many characters."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines if text else []
