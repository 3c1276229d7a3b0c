"""Clicks become masks, masks become outlines, outlines can be edited."""

from __future__ import annotations

import cv2
import numpy as np

from app.domain.annotation import Status
from app.imaging import masks
from app.messages.events import (
    ClickAdded,
    ClickExpected,
    PolygonDeleted,
    VertexDeleted,
    VertexInserted,
    VertexMoved,
)
from tests.gui.pilot import Pilot


def outline(pilot: Pilot) -> tuple[tuple[float, float], ...]:
    return pilot.snapshot.polygons[0][1][0].rings[0]


def is_painted(pilot: Pilot, x: int, y: int) -> bool:
    """Whether the picture on the canvas, which comes after the state, has a mask at a pixel."""
    picture = pilot.bench.canvas.picture
    return picture is not None and picture.overlay is not None and bool(picture.overlay[y, x, 3])


def test_a_click_lands_on_the_pixel_under_the_mouse_at_every_zoom(opened: Pilot) -> None:
    for scale in (0.6, 1.0, 3.0, 11.0):
        view = opened.bench.canvas.interaction.view
        assert view is not None
        opened.bench.canvas.interaction.view = view.zoomed(scale / view.scale, 300, 300).panned(20, 10)
        opened.frames()
        view = opened.bench.canvas.interaction.view
        wanted = view.point_at(331, 287)
        if not view.has(*wanted):
            continue
        opened.posted.clear()
        opened.tool("mousemove", 331 + opened.bench.canvas.position[0], 287 + opened.bench.canvas.position[1])
        opened.tool("click", 3)
        opened.until(lambda: opened.count(ClickAdded))
        click = opened.last(ClickAdded)
        assert isinstance(click, ClickAdded)
        assert (click.x, click.y, click.positive, click.frame) == (*wanted, False, 0)
        assert ClickExpected(0, *wanted, False) in opened.posted[: opened.posted.index(click)]
    opened.key("ctrl+shift+z")
    opened.key("0")
    opened.until(lambda: opened.snapshot.pending is None)


def test_what_is_clicked_is_what_is_drawn_there(opened: Pilot) -> None:
    """The pixel of the frame under the mouse has the colour that the screen shows there."""
    canvas = opened.bench.canvas
    view = canvas.interaction.view
    assert view is not None
    canvas.interaction.view = view.zoomed(12 / view.scale, 400, 300)
    screen = cv2.imread(str(opened.shot("annotate-zoomed")))
    assert screen is not None
    picture = canvas.picture
    assert picture is not None
    for x, y in ((250, 200), (313, 287), (444, 401)):
        column, row = (round(n) for n in canvas.interaction.view.point_at(x, y))
        shown = screen[y + canvas.position[1], x + canvas.position[0], ::-1].astype(int)
        assert np.abs(shown - picture.image[row, column, :3]).max() <= 2
    opened.key("0")


def test_a_click_makes_a_mask_and_space_commits_it(opened: Pilot) -> None:
    opened.posted.clear()
    opened.point(100, 120)
    opened.until(lambda: opened.count(ClickExpected), "for the pointer to rest")
    opened.click(100, 120)
    expected, click = opened.last(ClickExpected), opened.last(ClickAdded)
    assert isinstance(expected, ClickExpected) and isinstance(click, ClickAdded)
    assert (expected.frame, expected.x, expected.y) == (click.frame, click.x, click.y)
    opened.until(lambda: opened.snapshot.pending and opened.snapshot.pending.mask, "for a mask")
    screen = cv2.imread(str(opened.shot("annotate-pending")))
    assert screen is not None
    x, y = opened.at(100, 120)
    around = screen[y - 12 : y + 13, x - 12 : x + 13]
    assert (around.min(axis=2) > 200).sum() > 20, "the mark of the click has no ring that can be seen"
    opened.key("space")
    opened.until(lambda: opened.snapshot.sequence.objects and opened.snapshot.polygons, "for outlines")
    opened.until(lambda: opened.snapshot.edits.saved)
    cell = dict(opened.snapshot.annotations)[1]
    assert masks.decode(cell.mask)[120, 100]
    assert opened.snapshot.sequence.mode == "edit"
    opened.point(100, 120)
    opened.shot("annotate-committed")


def test_a_vertex_is_dragged_and_the_mask_follows(opened: Pilot) -> None:
    vertex = max(outline(opened))
    before = masks.area(dict(opened.snapshot.annotations)[1].mask)
    opened.drag(vertex, (vertex[0] + 30, vertex[1]))
    opened.until(lambda: opened.count(VertexMoved))
    moved = opened.last(VertexMoved)
    assert isinstance(moved, VertexMoved)
    assert abs(moved.x - vertex[0] - 30) < 1
    opened.until(lambda: masks.area(dict(opened.snapshot.annotations)[1].mask) > before)
    opened.shot("annotate-vertex")


def test_escape_ends_a_drag_without_a_trace(opened: Pilot) -> None:
    moves = opened.count(VertexMoved)
    vertex = max(outline(opened))
    opened.point(*vertex)
    opened.tool("mousedown", 1)
    opened.tool("mousemove", *opened.at(vertex[0] - 40, vertex[1] + 30))
    opened.key("Escape")
    opened.tool("mouseup", 1)
    assert opened.count(VertexMoved) == moves
    assert max(outline(opened)) == vertex


def test_double_clicks_delete_a_vertex_and_split_an_edge(opened: Pilot) -> None:
    count = len(outline(opened))
    opened.click(*max(outline(opened)), times=2)
    opened.until(lambda: opened.count(VertexDeleted))
    opened.until(lambda: len(outline(opened)) == count - 1)
    ring = outline(opened)
    gaps = [(np.hypot(b[0] - a[0], b[1] - a[1]), a, b) for a, b in zip(ring, ring[1:], strict=False)]
    _, a, b = max(gaps)
    opened.click((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, times=2)
    opened.until(lambda: opened.count(VertexInserted))
    opened.until(lambda: len(outline(opened)) == count)


def test_undo_takes_edits_back_and_redo_brings_them_again(opened: Pilot) -> None:
    after = dict(opened.snapshot.annotations)[1].mask
    opened.key("ctrl+z")
    opened.until(
        lambda: dict(opened.snapshot.annotations)[1].mask != after or not opened.snapshot.edits.can_redo
    )
    opened.key("ctrl+y")
    opened.until(lambda: dict(opened.snapshot.annotations)[1].mask == after)


def test_backspace_deletes_the_polygon_under_the_mouse(opened: Pilot) -> None:
    opened.until(lambda: opened.snapshot.polygons)
    opened.point(100, 120)
    opened.key("BackSpace")
    opened.until(lambda: opened.count(PolygonDeleted))
    opened.until(lambda: masks.area(dict(opened.snapshot.annotations)[1].mask) == 0)
    opened.key("ctrl+z")
    opened.until(lambda: masks.area(dict(opened.snapshot.annotations)[1].mask) > 0)


def test_masks_hide_only_as_long_as_the_key_is_held(opened: Pilot) -> None:
    opened.key("space")
    opened.until(lambda: opened.snapshot.sequence.mode == "annotate")
    opened.until(lambda: is_painted(opened, 100, 120), "for the mask in the picture")
    shown = cv2.imread(str(opened.shot("annotate-masks")))
    opened.tool("keydown", "h")
    bare = cv2.imread(str(opened.shot("annotate-bare")))
    opened.tool("keyup", "h")
    again = cv2.imread(str(opened.shot("annotate-masks")))
    x, y = opened.at(100, 120)
    assert shown is not None
    assert bare is not None
    assert again is not None
    assert (shown[y, x] != bare[y, x]).any()
    assert (shown[y, x] == again[y, x]).all()


def test_stepping_on_finishes_the_mask_and_leaves_the_outlines(opened: Pilot) -> None:
    opened.key("Right")
    opened.until(lambda: opened.bench.canvas.frame == opened.snapshot.sequence.frame == 1)
    opened.click(102, 120)
    opened.wait_for_mask(1)
    opened.key("Right")
    opened.until(lambda: opened.bench.canvas.frame == opened.snapshot.sequence.frame == 2)
    assert opened.snapshot.tracks[0].statuses[1] == Status.EDITED
    assert opened.snapshot.sequence.mode == "annotate"
    assert any("frame 1" in toast.text for toast in opened.snapshot.toasts)
    opened.shot("annotate-stepped")


def test_a_held_right_button_opens_the_menu_of_the_object_and_clicks_nothing(opened: Pilot) -> None:
    menu, clicks = opened.bench.context_menu, opened.count(ClickAdded)
    opened.point(100, 120)
    opened.tool("mousedown", 3)
    opened.until(lambda: menu.is_shown, "for the menu")
    opened.tool("mouseup", 3)
    opened.frames(6)
    opened.shot("context_menu")
    opened.click(20, 20)
    opened.until(lambda: not menu.is_shown, "for the menu to close")
    assert opened.count(ClickAdded) == clicks
