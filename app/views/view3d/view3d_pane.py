"""The 3D view: a picture from the renderer, with toolbar and legend, turned with the mouse."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.domain.camera import OrbitCamera
from app.messages.events import Event, View3DChanged
from app.messages.picture import View3DPicture
from app.messages.snapshot import Snapshot
from app.views.canvas.interaction import Button
from app.views.toolkit import theme_colors as p
from app.views.toolkit.fonts import BODY
from app.views.toolkit.layout import Area
from app.views.toolkit.textures import Texture
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import ChangeTracker, add_pane, set_bounds, text_width
from app.views.view3d.legend import Legend
from app.views.view3d.orbit_control import OrbitControl
from app.views.view3d.view3d_message import message_lines
from app.views.view3d.view3d_toolbar import View3DToolbar

# Pixels of a picture at most: a larger one takes the software renderer longer than the time between two mouse moves.
MOST_PIXELS = 1_200_000
_PAN_STEP = 40  # Pixels that a key pans.
# Pixels at the bottom that the orientation cube takes, see render_stage.
_CUBE = 110


class View3DPane:
    """A toolbar and the picture under it. Positions are window pixels; hidden while it has no area."""

    def __init__(
        self,
        parent: int,
        texture: Texture,
        icons: dict[str, int],
        sizes: Sizes,
        themes: Themes,
        act: Callable[[str], None],
        post: Callable[[Event], None],
    ) -> None:
        self._post, self._texture, self.sizes = post, texture, sizes
        self._orbit, self._changes = OrbitControl(), ChangeTracker()
        self._snapshot = Snapshot()
        self.picture: View3DPicture | None = None
        self.position, self.size = (0, 0), (1, 1)
        self._mouse = (-1, -1)
        self.message: tuple[str, ...] = ()
        self._bar_pane, self._pane = add_pane(parent, themes.bar), add_pane(parent, themes.bare)
        self._bar = View3DToolbar(self._bar_pane, icons, sizes, themes, act, post)
        self.item = int(dpg.add_drawlist(100, 100, parent=self._pane))
        self._image = int(dpg.draw_image(texture.item, (0, 0), (1, 1), parent=self.item, show=False))
        self._legend = Legend(self.item, sizes)
        self._words = int(dpg.add_draw_layer(parent=self.item))
        self.set_tooltips = self._bar.set_tooltips
        self.resize(None)

    @property
    def is_shown(self) -> bool:
        """Whether it wants an area of the window."""
        return self._snapshot.view3d.shown and self._snapshot.sequence.info is not None

    @property
    def camera(self) -> OrbitCamera:
        """The camera, which may be ahead of the Session's."""
        return self._orbit.camera

    @property
    def bar_height(self) -> int:
        """The height of the toolbar, in pixels."""
        return self.sizes(40)

    def resize(self, area: Area | None) -> None:
        """Set position and size, in window pixels; None hides the view."""
        for item in (self._bar_pane, self._pane):
            dpg.configure_item(item, show=area is not None)
        if area is None:
            return
        x, y, width, height = area
        top = min(self.bar_height, height - 1)
        self.position, self.size = (x, y + top), (width, height - top)
        set_bounds(self._bar_pane, x, y, width, top)
        self._bar.resize(width)
        set_bounds(self._pane, *self.position, *self.size)
        dpg.configure_item(self.item, width=width, height=height - top)
        dpg.configure_item(self._image, pmax=self.size)
        self._orbit.side = min(self.size)
        self._post(View3DChanged(size=drawn_size(*self.size)))

    def refresh(self, snapshot: Snapshot, picture: View3DPicture | None) -> None:
        """Accept a new Snapshot, and a picture if there is a new one."""
        self._snapshot = snapshot
        self._bar.refresh(snapshot)
        self._orbit.accept_camera(snapshot.view3d.camera)
        path = snapshot.sequence.info.path if snapshot.sequence.info is not None else ""
        if picture is not None and picture.sequence == path:
            self._show_picture(picture)
        elif self.picture is not None and self.picture.sequence != path:
            self.picture = None
            dpg.configure_item(self._image, show=False)
        self._legend.refresh(snapshot)
        self.message = message_lines(snapshot, self.picture)

    def draw(self) -> None:
        """Redraw what has changed; called in every frame."""
        if not self.is_shown:
            return
        self._legend.draw(self.size[1] - _CUBE, *self._mouse)
        if self._changes.is_new("words", (self.message, self.size)):
            self._write(self.message)

    def is_under_mouse(self) -> bool:
        """Return whether the mouse is over the picture and nothing covers it."""
        return self.is_shown and bool(dpg.is_item_hovered(self.item))

    def press(self, button: Button, x: int, y: int) -> None:
        """Handle a button pressed on the picture."""
        entry, solid = self._legend.entry_at(*self._local(x, y)), self._snapshot.view3d
        if entry is not None and button == "left":
            self._post(entry.toggle_event(solid))
        else:
            self._orbit.press(button, x, y)

    def move(self, x: int, y: int) -> None:
        """Handle a mouse position; a drag goes on outside the picture too."""
        self._mouse = self._local(x, y) if self.is_under_mouse() else (-1, -1)
        self._post_camera(self._orbit.move(x, y))

    def release(self, button: Button) -> None:
        """Handle a button released anywhere."""
        self._orbit.release(button)

    def double_click(self, x: int, y: int) -> bool:
        """Handle a double click; return whether it had a meaning there."""
        if self._legend.entry_at(*self._local(x, y)) is not None:
            return False
        self._post_camera(self._orbit.reset())
        return True

    def wheel(self, notches: float) -> None:
        """Zoom by wheel notches."""
        self._post_camera(self._orbit.wheel(notches))

    def cancel(self) -> bool:
        """Cancel the current drag; return whether there was one."""
        was_held = self._orbit.drag is not None
        self._post_camera(self._orbit.cancel())
        return was_held

    def fit(self) -> None:
        """Fit everything into the view."""
        self._post_camera(self._orbit.fit())

    def zoom(self, notches: float, _x: int, _y: int) -> None:
        """Zoom at the centre, as Canvas.zoom does at the mouse."""
        self.wheel(notches)

    def pan(self, right: int, down: int) -> None:
        """Pan by steps."""
        self._post_camera(self._orbit.pan(-right * _PAN_STEP, -down * _PAN_STEP))

    def _show_picture(self, picture: View3DPicture) -> None:
        self.picture = picture
        if picture.image is not None:
            self._texture.write(picture.image)
            if self._changes.is_new("texture", self._texture.item):
                dpg.configure_item(self._image, texture_tag=self._texture.item)
        dpg.configure_item(self._image, show=picture.image is not None)

    def _post_camera(self, camera: OrbitCamera | None) -> None:
        if camera is not None:
            self._post(View3DChanged(camera=camera))

    def _local(self, x: int, y: int) -> tuple[int, int]:
        return x - self.position[0], y - self.position[1]

    def _write(self, lines: tuple[str, ...]) -> None:
        dpg.delete_item(self._words, children_only=True)
        if not lines:
            return
        size, step, pad = self.sizes(16), self.sizes(24), self.sizes(12)
        width, height = self.size
        widths = [text_width(line, size, self.sizes(BODY)) for line in lines]
        top, half = (height - step * len(lines)) // 2, max(widths) // 2 + pad
        dpg.draw_rectangle(
            (width // 2 - half, top - pad),
            (width // 2 + half, top + step * len(lines) + pad),
            fill=(*p.RAISED, 230),
            color=(0, 0, 0, 0),
            rounding=6,
            parent=self._words,
        )
        for row, (line, across) in enumerate(zip(lines, widths, strict=True)):
            corner = ((width - across) // 2, top + row * step)
            dpg.draw_text(corner, line, size=size, color=p.TEXT, parent=self._words)


def drawn_size(width: int, height: int) -> tuple[int, int]:
    """Return the size of the picture for an area: of the same aspect, at most MOST_PIXELS."""
    share = min(1.0, (MOST_PIXELS / (width * height)) ** 0.5)
    return max(round(width * share), 1), max(round(height * share), 1)
