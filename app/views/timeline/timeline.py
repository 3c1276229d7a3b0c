"""The timeline: status and score of each object on each frame, range marks, cursor; drag to scrub."""

from __future__ import annotations

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.domain.annotation import Color
from app.domain.object_colors import object_colors
from app.messages.events import Event
from app.messages.snapshot import Snapshot, Track
from app.views.canvas.gestures import Scrub, frame_at
from app.views.timeline.track_image import GUTTER, TrackImage, tick_frames
from app.views.toolkit import theme_colors as p
from app.views.toolkit.textures import Texture
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.time_format import format_time, frame_time

MARGIN = 12  # Pixels left and right of the strip.


class Timeline:
    """A drawlist at the bottom of the window. Positions are window pixels."""

    def __init__(self, parent: int, texture: Texture, sizes: Sizes, post: Callable[[Event], None]) -> None:
        self._post = post
        self._texture = texture
        self._sizes = sizes
        self._track_image = TrackImage()
        self._strip_height = sizes(64)
        self.height = self._strip_height + sizes(24)
        self.item = int(dpg.add_drawlist(100, self.height, parent=parent))
        self._base = int(dpg.add_draw_layer(parent=self.item))
        self._moving = int(dpg.add_draw_layer(parent=self.item))
        self.position, self.width = (0, 0), 100
        self._snapshot = Snapshot()
        self._scrub: Scrub | None = None
        self._painted: tuple[tuple[Track, ...], dict[int, Color], int] | None = None
        self._background_drawn: object = None
        self._cursors_drawn: object = None
        self._mouse: tuple[int, int] | None = None

    def resize(self, x: int, y: int, width: int) -> None:
        """Set position and size, in window pixels."""
        self.position, self.width = (x, y), width
        dpg.configure_item(self.item, width=width, height=self.height)

    def refresh(self, snapshot: Snapshot) -> None:
        """Accept a new Snapshot."""
        self._snapshot = snapshot

    def draw(self, shown: int | None) -> None:
        """Redraw what has changed. shown: the frame on the canvas, which may lag the requested one."""
        self._draw_background()
        self._paint_tracks()
        self._draw_cursors(shown)

    def is_under_mouse(self) -> bool:
        """Return whether the mouse is over the strip and nothing covers it."""
        return bool(dpg.is_item_hovered(self.item))

    def press(self, x: int) -> None:
        """Begin to scrub at a window position."""
        sequence = self._snapshot.sequence
        if sequence is not None:
            self._scrub = Scrub(sequence.frames, self.position[0] + self._left, self._span)
            self.move(x, 0)

    def move(self, x: int, y: int) -> None:
        """Handle a mouse position."""
        self._mouse = (x, y) if self.is_under_mouse() else None
        if self._scrub is not None:
            for event in self._scrub.move(x):
                self._post(event)

    def release(self) -> None:
        """End scrubbing."""
        self._scrub = None

    @property
    def _left(self) -> int:
        return MARGIN + GUTTER

    @property
    def _span(self) -> int:
        return max(self.width - 2 * MARGIN - GUTTER, 1)

    def _middle(self, frame: int) -> float:
        frames = self._snapshot.sequence.frames if self._snapshot.sequence else 1
        return self._left + (frame + 0.5) * self._span / frames

    def _edge(self, frame: int) -> float:
        frames = self._snapshot.sequence.frames if self._snapshot.sequence else 1
        return self._left + frame * self._span / frames

    def _draw_background(self) -> None:
        """Draw what depends on sequence and width only: background, track image and frame numbers."""
        sequence = self._snapshot.sequence
        key = (sequence, self.width)
        if key == self._background_drawn:
            return
        self._background_drawn = key
        dpg.delete_item(self._base, children_only=True)
        top, bottom = self._sizes(2), self._sizes(2) + self._strip_height
        dpg.draw_rectangle(
            (self._left, top),
            (self._left + self._span, bottom),
            fill=p.EMPTY,
            color=p.EMPTY,
            parent=self._base,
        )
        if sequence is None:
            return
        corner = (self._left + self._span, bottom)
        dpg.draw_image(self._texture.item, (MARGIN, top), corner, parent=self._base)
        for frame in tick_frames(sequence.frames, self._span, self._sizes(90)):
            x = self._middle(frame)
            dpg.draw_line((x, bottom), (x, bottom + 4), color=p.FAINT, parent=self._base)
            position = (x + 4, bottom + 2)
            dpg.draw_text(position, str(frame), size=self._sizes(13), color=p.MUTED, parent=self._base)

    def _paint_tracks(self) -> None:
        snapshot = self._snapshot
        colors = object_colors(snapshot.labels, snapshot.objects)
        key = (snapshot.tracks, colors, self.width)
        if key == self._painted or snapshot.sequence is None:
            return
        self._painted = key
        pixels = self._track_image.paint(snapshot.tracks, colors, self._span + GUTTER, self._strip_height)
        self._texture.write(pixels)

    def _draw_cursors(self, shown: int | None) -> None:
        """Draw what moves: range marks, the propagation's frame, the cursor, the frame under the mouse."""
        snapshot = self._snapshot
        running = snapshot.propagation.frame if snapshot.propagation else None
        key = (snapshot.sequence, snapshot.frame, snapshot.marks, running, shown, self._mouse, self.width)
        if key == self._cursors_drawn:
            return
        self._cursors_drawn = key
        dpg.delete_item(self._moving, children_only=True)
        if snapshot.sequence is None:
            return
        self._draw_marks(*snapshot.marks)
        if running is not None:
            self._draw_cursor(running, p.GOOD, 1)
        if shown is not None and shown != snapshot.frame:
            self._draw_cursor(shown, p.FAINT, 1)
        self._draw_cursor(snapshot.frame, p.TEXT, 2)
        self._draw_hovered_frame()

    def _draw_cursor(self, frame: int, color: Color, thickness: float) -> None:
        x, top, bottom = self._middle(frame), 0, self._sizes(4) + self._strip_height
        dpg.draw_line((x, top), (x, bottom), color=color, thickness=thickness, parent=self._moving)
        if thickness > 1:
            add_tooltip = ((x - 5, 0), (x + 5, 0), (x, 7))
            dpg.draw_triangle(*add_tooltip, color=color, fill=color, parent=self._moving)

    def _draw_marks(self, start: int | None, stop: int | None) -> None:
        sequence = self._snapshot.sequence
        if sequence is None or (start, stop) == (None, None):
            return
        first, last = self._edge(start or 0), self._edge(sequence.frames if stop is None else stop)
        bottom = self._sizes(2) + self._strip_height
        shade = (8, 9, 11, 150)
        for left, right in ((self._left, first), (last, self._left + self._span)):
            if right > left:
                dpg.draw_rectangle((left, 0), (right, bottom), fill=shade, color=shade, parent=self._moving)
        for x, inward, is_set in ((first, 5, start), (last, -5, stop)):
            if is_set is not None:
                points = ((x + inward, 1), (x, 1), (x, bottom), (x + inward, bottom))
                dpg.draw_polyline(points, color=p.ACCENT, thickness=2, parent=self._moving)

    def _draw_hovered_frame(self) -> None:
        """Draw number and time of the frame under the mouse."""
        sequence = self._snapshot.sequence
        if self._mouse is None or sequence is None:
            return
        x = self._mouse[0] - self.position[0]
        frame = frame_at(x - self._left, self._span, sequence.frames)
        seconds = frame_time(sequence, frame)
        text = f"{frame}" if seconds is None else f"{frame}  {format_time(seconds)}"
        width = self._sizes(9) * len(text)
        left = min(max(x - width / 2, 0), self.width - width)
        top = self._sizes(4) + self._strip_height
        dpg.draw_line((x, 0), (x, top), color=(*p.TEXT, 90), parent=self._moving)
        corner = (left + width, top + self._sizes(20))
        dpg.draw_rectangle(
            (left, top), corner, fill=p.RAISED, color=p.RAISED, rounding=4, parent=self._moving
        )
        position = (left + self._sizes(6), top + self._sizes(2))
        dpg.draw_text(position, text, size=self._sizes(14), color=p.TEXT, parent=self._moving)
