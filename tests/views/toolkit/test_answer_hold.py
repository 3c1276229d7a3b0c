"""A frame waits for an answer that will be here in a moment, and no longer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.domain.annotation import Click, Mask
from app.imaging.masks import encode
from app.messages.picture import Picture
from app.messages.snapshot import Pending, Snapshot
from app.messages.view_update import ViewUpdate
from app.views.toolkit.answer_hold import ANSWER_SECONDS, PAINT_SECONDS, PROMPT_SECONDS, AnswerHold

PROMPTED = Pending(0, None, None, (Click(1, 1, True),), awaiting=True)
PICTURE = Picture("clip", 0, np.zeros((4, 4, 4), np.uint8), None)


def update(pending: Pending | None, picture: Picture | None = None) -> ViewUpdate:
    return ViewUpdate(Snapshot(pending=pending), picture)


def answered(mask: Mask) -> Pending:
    return replace(PROMPTED, mask=mask, awaiting=False)


def is_held(hold: AnswerHold, now: float, *, lags: bool = False, drags: bool = False) -> bool:
    return now < hold.ends(lags=lags, drags=drags)


def test_an_event_is_waited_for_until_its_answer_or_a_moment() -> None:
    hold = AnswerHold()
    assert not is_held(hold, 0.0)
    hold.note_event(1.0)
    assert is_held(hold, 1.001) and not is_held(hold, 1.001 + ANSWER_SECONDS)
    hold.note_update(update(None), 1.005)
    assert not is_held(hold, 1.006)
    assert is_held(hold, 1.006, lags=True)


def test_frames_leave_the_processor_to_the_model_until_the_mask_is_painted() -> None:
    hold = AnswerHold()
    hold.note_event(1.0)
    hold.note_update(update(PROMPTED), 1.001)
    assert is_held(hold, 1.04)
    assert not is_held(hold, 1.04, drags=True), "what follows the mouse waits for no model"
    hold.note_update(update(answered(encode(np.eye(4, dtype=bool)))), 1.05)
    assert is_held(hold, 1.06)
    hold.note_update(ViewUpdate(picture=PICTURE), 1.065)
    assert not is_held(hold, 1.065)


def test_a_late_answer_leaves_a_slower_window_and_a_late_picture_holds_nothing_up() -> None:
    hold = AnswerHold()
    hold.note_update(update(PROMPTED), 1.0)
    drawn = 1.0 + PROMPT_SECONDS
    assert not is_held(hold, drawn)
    hold.note_drawn(drawn)
    assert is_held(hold, drawn + PROMPT_SECONDS / 2) and not is_held(hold, drawn + PROMPT_SECONDS)
    hold.note_update(update(answered(encode(np.eye(4, dtype=bool)))), 2.0)
    assert not is_held(hold, 2.0 + PAINT_SECONDS)


def test_a_mask_that_comes_with_its_picture_and_one_that_stays_are_not_waited_for() -> None:
    hold, mask = AnswerHold(), encode(np.eye(4, dtype=bool))
    hold.note_update(update(answered(mask), PICTURE), 1.0)
    assert not is_held(hold, 1.0)
    hold.note_update(update(answered(mask)), 2.0)
    assert not is_held(hold, 2.0)
    hold.note_update(update(None), 3.0)
    assert not is_held(hold, 3.0)
