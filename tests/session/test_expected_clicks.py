"""The answer to a click that may come is ordered as the click orders it, and nothing else happens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.messages import events as ev
from app.messages import orders as od
from app.messages.click_orders import AnswerAhead
from app.messages.events.sign_offs import SequenceSignedOff
from tests.session.harness import SessionHarness
from tests.session.test_click_target import LEFT, RIGHT, half, two_objects


def expect(harness: SessionHarness, x: float, y: float, positive: bool | None = None) -> list[AnswerAhead]:
    """Let the pointer rest, and return what is ordered."""
    event = ev.ClickExpected(harness.state.sequence.frame, x, y, positive)
    return [order for order in harness.handle(event) if isinstance(order, AnswerAhead)]


def check_same(harness: SessionHarness, x: float, y: float, positive: bool) -> None:
    """Check that what is expected is what the click orders then."""
    (ahead,) = expect(harness, x, y)
    harness.handle(ev.ClickAdded(harness.state.sequence.frame, x, y, positive))
    clicked = harness.last(od.Segment)
    assert ahead.segment == replace(clicked, job=ahead.segment.job)


def test_the_first_click_and_the_next_one_are_expected_as_they_are_ordered(harness: SessionHarness) -> None:
    check_same(harness, 3, 4, positive=True)
    harness.handle(ev.PendingSegmented(harness.last(od.Segment).job, half("left")))
    check_same(harness, *RIGHT, positive=True)


def test_on_the_mask_that_it_would_change_a_click_is_expected_to_take_away(harness: SessionHarness) -> None:
    two_objects(harness)
    check_same(harness, *LEFT, positive=False)
    harness.handle(ev.PendingSegmented(harness.last(od.Segment).job, half("right")))
    check_same(harness, 13, 5, positive=False)


def test_a_button_that_is_down_says_which_click_it_is(harness: SessionHarness) -> None:
    two_objects(harness)
    for positive in (True, False):
        (ahead,) = expect(harness, *LEFT, positive)
        assert ahead.segment.prompts[-1].positive is positive


def test_expecting_changes_nothing_that_is_seen(harness: SessionHarness) -> None:
    two_objects(harness)
    before = replace(harness.snapshot(), revision=0)
    assert expect(harness, *LEFT)
    assert expect(harness, 1, 1, positive=True)
    assert replace(harness.snapshot(), revision=0) == before
    assert harness.count(od.Segment) == 2, "those of the two objects"


@pytest.mark.parametrize("busy", ["awaits", "plays", "propagates", "no engine", "signed off", "same place"])
def test_nothing_is_expected_where_it_would_be_of_no_use(harness: SessionHarness, busy: str) -> None:
    if busy in ("awaits", "same place"):
        harness.click(*LEFT)
    else:
        harness.annotate()
    if busy == "same place":
        harness.handle(ev.PendingSegmented(harness.last(od.Segment).job, half("right")))
    elif busy == "plays":
        harness.handle(ev.PlayToggled())
    elif busy == "propagates":
        harness.handle(ev.PropagationRequested())
    elif busy == "no engine":
        harness.state.models = replace(harness.state.models, engine="")
    elif busy == "signed off":
        harness.handle(SequenceSignedOff("Ada", 10.0))
    assert expect(harness, *(LEFT if busy == "same place" else RIGHT)) == []


def test_what_a_click_would_be_refused_is_not_expected(harness: SessionHarness) -> None:
    harness.annotate()
    harness.handle(ev.FramesVerified(0, 1))
    toasts = harness.state.toasts
    assert expect(harness, *RIGHT, positive=True) == [] == expect(harness, -9, 3)
    assert harness.state.toasts == toasts
