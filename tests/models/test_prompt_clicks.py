"""Prompts as clicks, for models that know clicks only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from app.domain.annotation import Click
from app.domain.model_prompts import Box, Lasso, Prompt, Scribble, diameter_lasso
from app.models.engine import BoolMask, ClickAnswer, Image
from app.models.prompt_clicks import allowed_region, derive_clicks
from app.models.prompted_click_model import PromptedClickModel

HEIGHT, WIDTH = 60, 80
# A horseshoe, whose middle is not in it.
HORSESHOE = Lasso(((10, 10), (50, 10), (50, 50), (40, 50), (40, 20), (20, 20), (20, 50), (10, 50)))


def clicks_of(prompt: Prompt) -> tuple[Click, ...]:
    return derive_clicks(prompt, HEIGHT, WIDTH)


def test_a_click_stays_what_it_is():
    assert clicks_of(Click(3.5, 4, False)) == (Click(3.5, 4, False),)


def test_a_box_becomes_a_click_in_its_middle():
    (click,) = clicks_of(Box.between((50, 40), (10, 20)))
    assert click.positive and math.dist((click.x, click.y), (30, 30)) <= 1


def test_a_lasso_becomes_a_click_deep_inside_it_and_not_in_its_hollow():
    (click,) = clicks_of(HORSESHOE)
    region = allowed_region([HORSESHOE], HEIGHT, WIDTH)
    assert region is not None and click.positive
    assert region[round(click.y), round(click.x)] and not (22 < click.x < 38 and click.y > 22)


def test_a_scribble_becomes_clicks_along_it_from_end_to_end():
    clicks = clicks_of(Scribble(((5, 5), (65, 5), (65, 50)), False))
    assert 3 <= len(clicks) <= 5 and not any(click.positive for click in clicks)
    assert (clicks[0].x, clicks[0].y, clicks[-1].x, clicks[-1].y) == (5, 5, 65, 50)
    assert all(click.y == 5 or click.x == 65 for click in clicks)


@pytest.mark.parametrize("points", [((7.0, 8.0),), ((7.0, 8.0), (7.0, 8.0)), ((6.5, 8.0), (7.5, 8.0))])
def test_a_short_scribble_is_one_click(points: tuple[tuple[float, float], ...]):
    assert clicks_of(Scribble(points, True)) == (Click(7, 8, True),)


@pytest.mark.parametrize(
    "prompt",
    [
        Box(-20, -20, -5, -5),
        Box(30, 30, 30, 30),
        Lasso(((100, 100), (120, 100), (120, 120))),
        Scribble(((-9, 3), (200, 3)), True),
    ],
)
def test_every_click_is_on_the_picture(prompt: Prompt):
    assert all(0 <= click.x <= WIDTH - 1 and 0 <= click.y <= HEIGHT - 1 for click in clicks_of(prompt))


def test_the_object_is_within_what_was_drawn_around_it_until_a_click_says_otherwise():
    box = Box(10, 10, 30, 30)
    region = allowed_region([box], HEIGHT, WIDTH)
    assert region is not None and region[10:31, 10:31].all() and region.sum() < 25 * 25
    assert allowed_region([box, Click(20, 20, True), Click(60, 50, False)], HEIGHT, WIDTH) is not None
    assert allowed_region([box, Click(60, 50, True)], HEIGHT, WIDTH) is None
    assert allowed_region([Click(20, 20, True)], HEIGHT, WIDTH) is None


def test_a_measured_diameter_is_a_circle_around_it_in_millimetres():
    ring = diameter_lasso((20, 30), (40, 30), aspect=2.0).points
    assert {round(math.hypot(x - 30, (y - 30) * 2), 6) for x, y in ring} == {11.5}


class Recorder:
    """A model of clicks that finds everything, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[Click, ...], Any]] = []

    def encode(self, image: Image) -> tuple[int, ...]:
        return image.shape[:2]

    def predict(
        self, features: Any, clicks: Sequence[Click], state: Any = None, initial: BoolMask | None = None
    ) -> ClickAnswer:
        self.asked.append((tuple(clicks), state))
        return ClickAnswer(np.ones(features, np.float32), len(clicks))

    def prefetch(self, features: Any, clicks: Sequence[Click], state: Any) -> None:
        self.asked.append((tuple(clicks), state))


def test_a_prompt_continues_from_the_clicks_before_it_one_click_at_a_time():
    recorder = Recorder()
    model = PromptedClickModel(recorder)
    features = model.encode(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    line = Scribble(((5, 5), (65, 5)), True)
    first = model.predict(features, [Click(1, 1, True)])
    later = model.predict(features, [Click(1, 1, True), line], first.state)
    assert [len(clicks) for clicks, _ in recorder.asked] == list(range(1, len(recorder.asked) + 1)) and len(
        recorder.asked
    ) > 3
    assert [state for _, state in recorder.asked] == [None, *range(1, len(recorder.asked))]
    again = model.predict(features, [Click(1, 1, True), line])
    assert again.state == later.state


def test_a_model_that_takes_strokes_is_given_all_of_the_first_one_at_once():
    class Stroking(Recorder):
        def begin_with_stroke(self, features: Any, clicks: Sequence[Click]) -> ClickAnswer:
            return self.predict(features, clicks)

    line, other = Scribble(((5, 5), (65, 5)), True), Scribble(((5, 50), (65, 50)), False)
    model = PromptedClickModel(recorder := Stroking())
    features = model.encode(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    model.predict(features, [line, other])
    (stroke, state), *later = recorder.asked
    assert state is None and len(stroke) > len(clicks_of(line))
    assert [clicks[: len(clicks_of(line))] for clicks, _ in later] == [clicks_of(line)] * len(
        clicks_of(other)
    )
    for prompts, initial in (([other], None), ([line], np.ones(features.features, bool))):
        recorder.asked.clear()
        model.predict(features, prompts, initial=initial)
        assert len(recorder.asked[0][0]) == 1


def test_the_answer_to_a_box_is_cut_to_it():
    model = PromptedClickModel(Recorder())
    answer = model.predict(model.encode(np.zeros((HEIGHT, WIDTH, 3), np.uint8)), [Box(10, 10, 30, 30)])
    region = allowed_region([Box(10, 10, 30, 30)], HEIGHT, WIDTH)
    assert region is not None and np.array_equal(answer.probability > 0.5, region)
