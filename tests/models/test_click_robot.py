from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis.extra.numpy import arrays

from app.models import click_robot as robot
from app.models.engine import ClickAnswer


class Stamps:
    """Sets or clears a disc of radius 10 at each click; its state is the mask."""

    def encode(self, image: np.ndarray) -> tuple[int, int]:
        return image.shape[0], image.shape[1]

    def predict(
        self, features: tuple[int, int], clicks: Any, state: Any = None, initial: Any = None
    ) -> ClickAnswer:
        mask = np.zeros(features, bool) if state is None else state.copy()
        y, x = np.mgrid[: features[0], : features[1]]
        last = clicks[-1]
        mask[np.hypot(x - last.x, y - last.y) <= 10] = last.positive
        return ClickAnswer(mask.astype(np.float32), mask)

    def prefetch(self, features: tuple[int, int], clicks: Any, state: Any) -> None:
        pass


def blank(height: int = 60, width: int = 80) -> np.ndarray:
    return np.zeros((height, width), bool)


def test_first_click_is_positive_at_the_centre_of_the_object():
    truth = blank()
    truth[11:30, 21:60] = True
    click = robot.choose_click(blank(), truth)
    assert click is not None
    assert click.positive
    assert click.y == 20
    assert 30 <= click.x <= 50


def test_second_click_removes_what_is_larger_than_what_lacks():
    truth, mask = blank(), blank()
    truth[10:20, 10:20] = True
    mask[30:50, 30:50] = True
    click = robot.choose_click(mask, truth)
    assert click is not None
    assert not click.positive
    assert mask[int(click.y), int(click.x)]


def test_error_at_the_image_border_is_clicked_off_the_border():
    truth = blank()
    truth[:21, :] = True
    click = robot.choose_click(blank(), truth)
    assert click is not None
    assert click.y == 10


def test_annotation_improves_and_ends_when_nothing_is_wrong():
    y, x = np.mgrid[:60, :80]
    truth = np.hypot(x - 30, y - 30) <= 10
    image = np.zeros((60, 80, 3), np.uint8)
    assert robot.annotate_image(Stamps(), image, truth, 10) == [1.0]


def test_annotation_hands_the_state_of_each_answer_to_the_next():
    truth = blank()
    truth[20:40, 5:75] = True
    scores = robot.annotate_image(Stamps(), np.zeros((60, 80, 3), np.uint8), truth, 4)
    assert len(scores) == 4
    assert scores[-1] > 2 * scores[0]


@given(arrays(np.bool_, (9, 11)), arrays(np.bool_, (9, 11)))
def test_a_click_always_lies_on_an_error_and_says_the_truth_there(mask, truth):
    click = robot.choose_click(mask, truth)
    if click is None:
        assert (mask == truth).all()
    else:
        assert truth[int(click.y), int(click.x)] == click.positive
        assert mask[int(click.y), int(click.x)] != click.positive
