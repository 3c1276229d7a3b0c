"""The timeline: small pictures, status and score of each object on each frame, marks, cursor; drag to scrub."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.domain.annotation import Color, SequenceInfo
from app.domain.frame_order import FrameOrder, order_of
from app.domain.frame_times import frame_time
from app.domain.object_colors import object_colors
from app.messages.events import Event
from app.messages.picture import ThumbnailPictures
from app.messages.snapshot import Snapshot
from app.views.canvas.frame_caption import describe_place
from app.views.canvas.gestures import Scrub, frame_at
from app.views.timeline.comment_marks import CommentMarks, text_at
from app.views.timeline.edge_drag import EdgeDrag, grab_edge
from app.views.timeline.thumbnail_row import ThumbnailRow, has_pictures
from app.views.timeline.tier_rows import TierRows, tier_text_at
from app.views.timeline.time_range import TimeRange
from app.views.timeline.track_image import GUTTER, TrackImage, cut_track, tick_frames
from app.views.toolkit import theme_colors as p
from app.views.toolkit.keyboard import Modifiers
from app.views.toolkit.name_text import shape_text
from app.views.toolkit.textures import Texture
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.time_format import format_time

MARGIN = 12  # Pixels left and right of the strip.
NUMBERS = 24  # Height of the frame numbers below the strip, pixels of the design.
PICTURES = 40  # Height of the row of small pictures, pixels of the design, with the gap below it.
GAP = 3  # Pixels between pictures and tracks.
LEAST_TRACKS = 40  # Height that the tracks keep, pixels of the design: below it there are no pictures.
LOWEST = 10  # Of a row, pixels of the design; with more objects than fit the rows scroll.
REACH = 6  # Of an edge of an interval under the mouse, and of a cut that it moves onto, pixels of the design.
ZOOM = 1.25  # Factor of a wheel notch.


class Timeline:
    """A drawlist at the bottom of the window. Positions are window pixels."""

    def __init__(
        self, parent: int, texture: Texture, pictures: Texture, sizes: Sizes, post: Callable[[Event], None]
    ) -> None:
        self._post = post
        self._texture = texture
        self._sizes = sizes
        self._track_image = TrackImage()
        self._strip_height = sizes(64)
        self.item = int(dpg.add_drawlist(100, 100, parent=parent))
        self._base = int(dpg.add_draw_layer(parent=self.item))
        self.thumbnails = ThumbnailRow(int(dpg.add_draw_layer(parent=self.item)), pictures, post)
        self._cuts = int(dpg.add_draw_layer(parent=self.item))
        self._tiers = TierRows(int(dpg.add_draw_layer(parent=self.item)), sizes)
        self._moving = int(dpg.add_draw_layer(parent=self.item))
        self._comments = CommentMarks(self._moving, sizes)
        self.position, self.width, self._margin = (0, 0), 100, MARGIN
        self._snapshot = Snapshot()
        self._scrub: Scrub | None = None
        self._edge_drag: EdgeDrag | None = None
        self._painted: object = None
        self._background_drawn: object = None
        self._cursors_drawn: object = None
        self._cuts_drawn: object = None
        self._mouse: tuple[int, int] | None = None
        self._range, self._followed = TimeRange(), -1
        self._order = FrameOrder(1)
        self._top_row = 0
        self._row_ids: list[int] = []

    def resize(self, x: int, y: int, width: int, height: int) -> None:
        """Set position and size, in window pixels."""
        self.position, self.width = (x, y), width
        self._strip_height = height - self._sizes(NUMBERS)
        self._tiers.room = self._strip_height // 2
        dpg.configure_item(self.item, width=width, height=height)

    def refresh(self, snapshot: Snapshot, pictures: ThumbnailPictures | None = None) -> None:
        """Accept a new Snapshot, and small pictures; the frame and the selected object are kept in sight."""
        self.thumbnails.refresh(pictures)
        before, self._snapshot = self._snapshot, snapshot
        self._margin = MARGIN + self._tiers.names_width(snapshot.sequence.tiers)
        self._follow(snapshot.sequence.info, snapshot.sequence.frame)
        ids = [track.object_id for track in snapshot.tracks]
        selected = snapshot.sequence.selected
        if selected in ids and (selected, ids) != (before.sequence.selected, self._row_ids):
            row = ids.index(selected)
            self._scroll_rows(min(max(self._top_row, row - self._rows + 1), row) - self._top_row)
        self._row_ids = ids

    def _follow(self, info: SequenceInfo | None, frame: int) -> None:
        """Keep a frame in sight; of a scan over time the time point, or slice, that it is in."""
        order = order_of(info) if info is not None else FrameOrder(1)
        run = order.run(frame)
        if order != self._order or info is None:
            self._order, self._range = order, TimeRange(order.frames, run.start, len(run))
        elif self._followed not in run and self._range.count == len(run):
            self._range = self._range.moved_to(run.start)
        if frame != self._followed:
            self._followed = frame
            self._range = self._range.showing(frame)

    def draw(self, shown: int | None) -> None:
        """Redraw what has changed. shown: the frame on the canvas, which may lag the requested one."""
        self._draw_background()
        area = (self.left, self._sizes(2), self.span, self._pictures_height - GAP)
        self.thumbnails.draw(self._snapshot.sequence.info, self._range, area)
        self._paint_tracks()
        self._draw_cuts()
        place = (self.width, self._strip_height, self._range)
        self._tiers.draw(self._snapshot.sequence.tiers, self._edge, self._tiers_top, place)
        self._draw_cursors(shown)

    def is_under_mouse(self) -> bool:
        """Return whether the mouse is over the strip and nothing covers it."""
        return bool(dpg.is_item_hovered(self.item))

    def press(self, x: int, y: int) -> None:
        """Begin to drag the edge of an interval at a window position, or to scrub."""
        sequence = self._snapshot.sequence
        tier = self._tiers.tier_at(sequence.tiers, y - self.position[1], self._tiers_top)
        if tier is not None:
            place = x - self.position[0]
            self._edge_drag = grab_edge(sequence.tiers, tier, place, self._edge, self._sizes(REACH))
        if sequence.info is not None and self._edge_drag is None:
            left = self.position[0] + self.left
            self._scrub = Scrub(self._range.count, left, self.span, first=self._range.first)
            self.move(x, 0)

    def move(self, x: int, y: int) -> None:
        """Handle a mouse position."""
        self._mouse = (x, y) if self.is_under_mouse() else None
        if self._edge_drag is not None:
            frames = self._range.count / self.span
            edge = self._range.first + round((x - self.position[0] - self.left) * frames)
            inside = min(max(edge, self._range.first), self._range.stop)
            self._edge_drag.move(inside, self._snapshot.sequence.cuts, self._sizes(REACH) * frames)
        if self._scrub is not None:
            for event in self._scrub.move(x):
                self._post(event)

    def release(self) -> None:
        """End scrubbing, or let go of an edge."""
        self._scrub = None
        if self._edge_drag is not None and (change := self._edge_drag.change()) is not None:
            self._post(change)
        self._edge_drag = None

    def wheel(self, notches: float, x: int, held: Modifiers) -> None:
        """Zoom at the mouse; with Shift scroll through time, with many objects and without Ctrl through these."""
        if "Shift" in held:
            self._range = self._range.scrolled(-notches * self._range.count / 8)
        elif "Ctrl" in held or len(self._snapshot.tracks) <= self._rows:
            self.zoom(notches, x)
        else:
            self._scroll_rows(-round(notches))

    def zoom(self, notches: float, x: int | None = None) -> None:
        """Show a shorter time, or a longer one for negative notches. x: what keeps its place, None for the frame."""
        frame = self._snapshot.sequence.frame
        if x is not None:
            place = x - self.position[0] - self.left
            frame = self._range.first + frame_at(place, self.span, self._range.count)
        self._range = self._range.zoomed(ZOOM**notches, frame)

    def _scroll_rows(self, rows: int) -> None:
        most = max(len(self._snapshot.tracks) - self._rows, 0)
        self._top_row = min(max(self._top_row + rows, 0), most)

    @property
    def _rows(self) -> int:
        """Number of rows that fit."""
        return max(self._tracks_height // self._sizes(LOWEST), 1)

    @property
    def _pictures_height(self) -> int:
        """Height of the row of small pictures above the tracks, 0 where there is none or no room for it."""
        info, height = self._snapshot.sequence.info, self._sizes(PICTURES)
        fits = self._strip_height - height - self._tiers_height >= self._sizes(LEAST_TRACKS)
        return height if fits and info is not None and has_pictures(info) else 0

    @property
    def _tracks_height(self) -> int:
        return max(self._strip_height - self._pictures_height - self._tiers_height, 1)

    @property
    def _tiers_height(self) -> int:
        return self._tiers.height(self._snapshot.sequence.tiers)

    @property
    def _tiers_top(self) -> int:
        return self._sizes(2) + self._pictures_height + self._tracks_height

    @property
    def left(self) -> int:
        """The left side of the frames, right of the tiers' names."""
        return self._margin + GUTTER

    @property
    def span(self) -> int:
        """Width of all frames."""
        return max(self.width - self.left - MARGIN, 1)

    def _middle(self, frame: int) -> float:
        return self.left + (frame - self._range.first + 0.5) * self.span / self._range.count

    def _edge(self, frame: int) -> float:
        """Return the left side of a frame, clamped to the strip."""
        place = self.left + (frame - self._range.first) * self.span / self._range.count
        return min(max(place, self.left), self.left + self.span)

    def _draw_background(self) -> None:
        """Draw what depends on sequence and width only: background, track image and frame numbers."""
        sequence = self._snapshot.sequence.info
        key = (
            sequence,
            self.width,
            self._strip_height,
            self._range,
            self._pictures_height,
            self._tiers_height,
            self.left,
        )
        if key == self._background_drawn:
            return
        self._background_drawn = key
        dpg.delete_item(self._base, children_only=True)
        top, bottom = self._sizes(2), self._sizes(2) + self._strip_height
        dpg.draw_rectangle(
            (self.left, top),
            (self.left + self.span, bottom),
            fill=p.EMPTY,
            color=p.EMPTY,
            parent=self._base,
        )
        if sequence is None:
            return
        corner = (self.left + self.span, self._tiers_top)
        below = top + self._pictures_height
        dpg.draw_image(self._texture.item, (self._margin, below), corner, parent=self._base)
        apart = (tick_frames(self._range.count, self.span, self._sizes(90)) + [self._range.count])[:2]
        for frame in self._range.ticks(max(apart[-1] - apart[0], 1)):
            x = self._middle(frame)
            dpg.draw_line((x, bottom), (x, bottom + 4), color=p.FAINT, parent=self._base)
            position = (x + 4, bottom + 2)
            number = frame - self._order.run(frame).start
            dpg.draw_text(position, str(number), size=self._sizes(13), color=p.MUTED, parent=self._base)

    def _paint_tracks(self) -> None:
        snapshot = self._snapshot
        colors = object_colors(snapshot.labels, snapshot.sequence.objects)
        key = (snapshot.tracks, colors, self.span, self._tracks_height, self._range, self._top_row)
        if key == self._painted or snapshot.sequence.info is None:
            return
        self._painted = key
        shown = snapshot.tracks[self._top_row : self._top_row + self._rows]
        tracks = tuple(cut_track(track, self._range.first, self._range.stop) for track in shown)
        pixels = self._track_image.paint(tracks, colors, self.span + GUTTER, self._tracks_height)
        self._texture.write(pixels)

    def _draw_cuts(self) -> None:
        """Draw where shots begin; of those in one column of pixels, one."""
        cuts = self._snapshot.sequence.cuts
        key = (cuts, self.left, self.width, self._strip_height, self._range)
        if key == self._cuts_drawn:
            return
        self._cuts_drawn = key
        dpg.delete_item(self._cuts, children_only=True)
        seen = {round(self._edge(cut)) for cut in cuts if self._range.first < cut < self._range.stop}
        top, bottom, half = self._sizes(2), self._sizes(2) + self._strip_height, self._sizes(4)
        for x in seen:
            dpg.draw_line((x, top), (x, bottom), color=p.BACKGROUND, thickness=3, parent=self._cuts)
            dpg.draw_line((x, top), (x, bottom), color=p.TEXT, thickness=1, parent=self._cuts)
            points = ((x - half, top), (x + half, top), (x, top + 2 * half))
            dpg.draw_triangle(*points, color=p.BACKGROUND, fill=p.TEXT, parent=self._cuts)

    def _draw_cursors(self, shown: int | None) -> None:
        """Draw what moves: range marks, the propagation's frame, the cursor, the frame under the mouse."""
        snapshot = self._snapshot
        running = snapshot.propagation.frame if snapshot.propagation else None
        key = (
            snapshot.sequence.info,
            snapshot.sequence.frame,
            snapshot.sequence.marks,
            snapshot.sequence.comments,
            snapshot.sequence.tiers,
            running,
            self._edge_drag and self._edge_drag.edge,
            shown,
            self._mouse,
            self.width,
            self._strip_height,
            self._range,
            self._top_row,
        )
        if key == self._cursors_drawn:
            return
        self._cursors_drawn = key
        dpg.delete_item(self._moving, children_only=True)
        if snapshot.sequence.info is None:
            return
        self._draw_marks(*snapshot.sequence.marks)
        self._comments.draw(snapshot.sequence.comments, self._edge, self._sizes(3) + self._strip_height)
        if self._edge_drag is not None:
            x, top = self._edge(self._edge_drag.edge), self._sizes(2)
            ends = (x, top), (x, top + self._strip_height)
            dpg.draw_line(*ends, color=p.ACCENT, thickness=2, parent=self._moving)
        now = snapshot.sequence.frame if shown is None else shown
        self._tiers.draw_running(snapshot.sequence.tiers, now, self._edge, self._tiers_top, self._moving)
        if running is not None:
            self._draw_cursor(running, p.GOOD, 1)
        if shown is not None and shown != snapshot.sequence.frame:
            self._draw_cursor(shown, p.FAINT, 1)
        self._draw_cursor(snapshot.sequence.frame, p.TEXT, 2)
        self._draw_overview()
        self._draw_hovered_frame()

    def _draw_overview(self) -> None:
        """Draw which part of the sequence, and of its objects, is seen, where it is not all."""
        shown, bottom = self._range, self._sizes(2) + self._strip_height
        if not shown.is_whole:
            left = self.left + self.span * shown.first / shown.frames
            right = self.left + self.span * shown.stop / shown.frames
            bar = ((left, bottom - self._sizes(3)), (max(right, left + 6), bottom))
            dpg.draw_rectangle(*bar, color=p.TEXT, fill=p.TEXT, rounding=2, parent=self._moving)
        count = len(self._snapshot.tracks)
        if count > self._rows:
            right, height = self.left + self.span, self._tracks_height
            top = self._sizes(2) + self._pictures_height + height * self._top_row / count
            ends = ((right + 3, top), (right + 8, top + height * self._rows / count))
            dpg.draw_rectangle(*ends, color=p.FAINT, fill=p.FAINT, rounding=2, parent=self._moving)

    def _draw_cursor(self, frame: int, color: Color, thickness: float) -> None:
        if not self._range.first <= frame < self._range.stop:
            return
        x, top, bottom = self._middle(frame), 0, self._sizes(4) + self._strip_height
        dpg.draw_line((x, top), (x, bottom), color=color, thickness=thickness, parent=self._moving)
        if thickness > 1:
            add_tooltip = ((x - 5, 0), (x + 5, 0), (x, 7))
            dpg.draw_triangle(*add_tooltip, color=color, fill=color, parent=self._moving)

    def _draw_marks(self, start: int | None, stop: int | None) -> None:
        sequence = self._snapshot.sequence.info
        if sequence is None or (start, stop) == (None, None):
            return
        first, last = self._edge(start or 0), self._edge(sequence.frames if stop is None else stop)
        bottom = self._sizes(2) + self._strip_height
        shade = (8, 9, 11, 150)
        for left, right in ((self.left, first), (last, self.left + self.span)):
            if right > left:
                dpg.draw_rectangle((left, 0), (right, bottom), fill=shade, color=shade, parent=self._moving)
        for x, inward, is_set in ((first, 5, start), (last, -5, stop)):
            if is_set is not None:
                points = ((x + inward, 1), (x, 1), (x, bottom), (x + inward, bottom))
                dpg.draw_polyline(points, color=p.ACCENT, thickness=2, parent=self._moving)

    def _draw_hovered_frame(self) -> None:
        """Draw number and time of the frame under the mouse."""
        sequence = self._snapshot.sequence.info
        if self._mouse is None or sequence is None:
            return
        x = self._mouse[0] - self.position[0]
        frame = self._range.first + frame_at(x - self.left, self.span, self._range.count)
        seconds = frame_time(sequence, frame)
        text = f"{frame}" if seconds is None else f"{frame}  {format_time(seconds)}"
        if self._order.times > 1:
            text = describe_place(sequence, frame)
        words = (
            tier_text_at(self._snapshot.sequence.tiers, frame),
            text_at(self._snapshot.sequence.comments, frame),
        )
        text = shape_text("  ".join(filter(None, (text, *words))))
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
