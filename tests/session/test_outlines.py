"""Outlines on the screen are edited through the session, their arrays beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from app.domain.annotation import Mask, Polygon, Status
from app.imaging.masks import area, decode
from app.messages import events as ev
from app.messages import orders as od
from app.pipeline.services import outline_tracing
from tests.session.harness import HEIGHT, WIDTH, SessionHarness, mask


def settle(harness: SessionHarness, orders: Sequence[od.Order]) -> None:
    """Carry out the orders about outlines, and those that follow from them."""
    answers: list[ev.Event] = []
    for order in orders:
        if isinstance(order, od.TraceOutline):
            asyncio.run(outline_tracing.trace_outline(order, answers.append))
        elif isinstance(order, od.Reshape):
            asyncio.run(outline_tracing.reshape_mask(order, answers.append))
    for answer in answers:
        settle(harness, harness.handle(answer))


@pytest.fixture
def editing(harness: SessionHarness) -> SessionHarness:
    """A noisy object on frame 0, its outlines on the screen."""
    harness.annotate(seed=3)
    settle(harness, [order for order in harness.orders if isinstance(order, od.TraceOutline)][-1:])
    if not harness.state.polygons:
        settle(harness, harness.handle(ev.MaskFinished()))
    assert harness.state.polygons
    return harness


def shown(harness: SessionHarness) -> tuple[Mask, tuple[Polygon, ...]]:
    cell = harness.state.annotation(0, 1)
    assert cell is not None
    return cell.mask, harness.state.polygons[1][1]


def drag(harness: SessionHarness, polygon: int, vertex: int, x: float, y: float) -> None:
    settle(harness, harness.handle(ev.VertexMoved(0, 1, polygon, 0, vertex, x, y)))


def test_vertices_dragged_away_and_back_give_every_pixel_back(editing: SessionHarness) -> None:
    before, polygons = shown(editing)
    first, second = polygons[0].rings[0][:2]
    drag(editing, 0, 0, WIDTH / 2, HEIGHT / 2)
    drag(editing, 0, 1, WIDTH - 1.0, 0.0)
    assert shown(editing)[0] != before
    assert editing.annotation(0, 1).status is Status.EDITED
    drag(editing, 0, 0, *first)
    drag(editing, 0, 1, *second)
    assert shown(editing) == (before, polygons)


def test_a_drag_can_be_undone_and_its_outlines_are_drawn_anew(editing: SessionHarness) -> None:
    before, polygons = shown(editing)
    drag(editing, 0, 0, WIDTH / 2, HEIGHT / 2)
    settle(editing, editing.handle(ev.Undone()))
    assert shown(editing) == (before, polygons)


def test_a_vertex_put_on_an_edge_changes_no_pixel(editing: SessionHarness) -> None:
    before, polygons = shown(editing)
    longest = max(range(len(polygons)), key=lambda n: len(polygons[n].rings[0]))
    (x0, y0), (x1, y1) = polygons[longest].rings[0][:2]
    settle(editing, editing.handle(ev.VertexInserted(0, 1, longest, 0, 0, (x0 + x1) / 2, (y0 + y1) / 2)))
    after, more = shown(editing)
    assert after == before and len(more[longest].rings[0]) == len(polygons[longest].rings[0]) + 1


def test_deleting_polygon_after_polygon_leaves_an_empty_mask(editing: SessionHarness) -> None:
    sizes = [area(shown(editing)[0])]
    while shown(editing)[1]:
        settle(editing, editing.handle(ev.PolygonDeleted(0, 1, 0)))
        sizes.append(area(shown(editing)[0]))
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == len(sizes)
    assert not decode(shown(editing)[0]).any()


def test_a_vertex_put_beside_an_edge_lies_on_it(editing: SessionHarness) -> None:
    before, polygons = shown(editing)
    (x0, y0), (x1, y1) = polygons[0].rings[0][:2]
    settle(
        editing, editing.handle(ev.VertexInserted(0, 1, 0, 0, 0, (x0 + x1) / 2 + 0.9, (y0 + y1) / 2 - 0.7))
    )
    after, more = shown(editing)
    assert after == before and len(more[0].rings[0]) == len(polygons[0].rings[0]) + 1


@pytest.mark.parametrize(
    ("ring", "vertex", "x"), [(9, 0, 1.0), (0, 9999, 1.0), (0, -1, 1.0), (0, 0, float("nan"))]
)
def test_a_gesture_on_a_vertex_that_is_gone_changes_nothing(
    editing: SessionHarness, ring: int, vertex: int, x: float
) -> None:
    before = shown(editing)
    settle(editing, editing.handle(ev.VertexMoved(0, 1, 0, ring, vertex, x, 1.0)))
    assert shown(editing) == before


def test_gestures_made_before_the_mask_follows_all_count(editing: SessionHarness) -> None:
    """A hand may be quicker than the first change of a large mask; the second waits for it."""
    before, polygons = shown(editing)
    first = editing.handle(ev.VertexMoved(0, 1, 0, 0, 0, WIDTH / 2, HEIGHT / 2))
    second = editing.handle(ev.VertexDeleted(0, 1, 0, 0, 1))
    assert (len(first), second) == (1, [])
    ring = polygons[0].rings[0]
    assert shown(editing)[1][0].rings[0] == ((WIDTH / 2, HEIGHT / 2), *ring[2:])
    settle(editing, first)
    after = shown(editing)
    assert not editing.state.reshapes
    for _ in range(2):
        settle(editing, editing.handle(ev.Undone()))
    assert shown(editing) == (before, polygons)
    drag(editing, 0, 0, WIDTH / 2, HEIGHT / 2)
    settle(editing, editing.handle(ev.VertexDeleted(0, 1, 0, 0, 1)))
    assert shown(editing) == after


def test_undo_takes_back_a_gesture_that_the_mask_has_not_followed(editing: SessionHarness) -> None:
    before = shown(editing)
    under_way = editing.handle(ev.VertexMoved(0, 1, 0, 0, 0, WIDTH / 2, HEIGHT / 2))
    assert editing.snapshot().edits.can_undo
    assert editing.handle(ev.Undone()) == []
    settle(editing, under_way)
    assert shown(editing) == before


def test_a_gesture_whose_mask_was_verified_meanwhile_is_refused_with_a_word(editing: SessionHarness) -> None:
    before = shown(editing)
    under_way = editing.handle(ev.VertexMoved(0, 1, 0, 0, 0, WIDTH / 2, HEIGHT / 2))
    editing.handle(ev.FramesVerified(0, 1))
    settle(editing, under_way)
    assert shown(editing) == before
    assert editing.state.toasts[-1].level == "warning"


def test_a_change_that_fails_leaves_the_outlines_as_they_were(
    editing: SessionHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shown(editing)
    editing.handle(ev.VertexMoved(0, 1, 0, 0, 0, WIDTH / 2, HEIGHT / 2))
    under_way = editing.last(od.Reshape)
    with monkeypatch.context() as patch:
        patch.setattr(outline_tracing, "reshape_polygons", lambda *_, **__: 1 / 0)
        answers: list[ev.Event] = []
        with pytest.raises(ZeroDivisionError):
            asyncio.run(outline_tracing.reshape_mask(under_way, answers.append))
    for answer in answers:
        settle(editing, editing.handle(answer))
    assert shown(editing) == before
    drag(editing, 0, 0, WIDTH / 2, HEIGHT / 2)
    assert shown(editing)[0] != before[0]


def test_outlines_of_a_verified_mask_are_not_edited(editing: SessionHarness) -> None:
    editing.handle(ev.FramesVerified(0, 1))
    before = shown(editing)
    assert editing.handle(ev.PolygonDeleted(0, 1, 0)) == []
    assert shown(editing) == before and "Unlock" in editing.toast


def test_a_gesture_on_an_outline_of_another_frame_or_a_polygon_that_is_gone_is_ignored(
    editing: SessionHarness,
) -> None:
    count = len(shown(editing)[1])
    for event in (ev.PolygonDeleted(1, 1, 0), ev.PolygonDeleted(0, 1, count), ev.PolygonDeleted(0, 9, 0)):
        assert editing.handle(event) == []


def test_outlines_that_come_after_a_step_to_another_frame_are_not_shown(editing: SessionHarness) -> None:
    traced = ev.PolygonsTraced(0, 1, *shown(editing))
    editing.handle(ev.FrameStepped(1))
    editing.handle(traced)
    assert editing.snapshot().polygons == ()


def test_finishing_with_nothing_pending_shows_and_hides_the_outlines(editing: SessionHarness) -> None:
    for _ in range(2):
        settle(editing, editing.handle(ev.MaskFinished()))
    assert editing.snapshot().sequence.mode == "edit" and editing.snapshot().polygons
    editing.handle(ev.MaskFinished())
    assert editing.snapshot().sequence.mode == "annotate" and editing.snapshot().polygons == ()


def test_outlines_follow_a_mask_that_a_propagation_replaces(harness: SessionHarness) -> None:
    thing = harness.annotate(seed=3)
    harness.handle(ev.FrameRequested(1))
    harness.handle(ev.PropagationRequested())
    harness.propagated(1, thing, seed=4)
    settle(harness, harness.handle(ev.MaskFinished()))
    before = harness.state.polygons[thing][1]
    job = harness.last(od.Propagate).job
    settle(harness, harness.handle(ev.FramePropagated(job, 1, ((thing, mask(5), 0.5, (1, 0)),), 1, 9)))
    assert harness.annotation(1, thing).mask == harness.state.polygons[thing][0] == mask(5)
    assert harness.state.polygons[thing][1] != before
