"""Clicks on made scenes: what an annotator would miss if it were otherwise."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.annotation import Click
from app.models.classic.classic_click_model import ClassicClickModel
from app.models.classic.superpixels import color_gradient, superpixels
from app.models.click_robot import annotate_image
from tests.models.made_scenes import HEIGHT, WIDTH, compose, ellipse, overlap, texture

GROUND = texture((90, 120, 80), 1)
LEFT, RIGHT = ellipse(75, 90), ellipse(185, 60, 40)
RED, BLUE = texture((180, 70, 60), 2), texture((60, 80, 190), 3)
SCENE = compose(GROUND, (RED, LEFT), (BLUE, RIGHT))


@pytest.fixture(scope="module")
def model() -> ClassicClickModel:
    return ClassicClickModel()


@pytest.fixture(scope="module")
def features(model):
    return model.encode(SCENE)


def mask_of(answer) -> np.ndarray:
    result: np.ndarray = answer.probability > 0.5
    return result


def test_one_click_finds_a_thing_that_stands_out(model, features):
    answer = model.predict(features, [Click(75, 90, True)])
    assert answer.probability.shape == (HEIGHT, WIDTH)
    assert answer.probability.dtype == np.float32
    assert overlap(mask_of(answer), LEFT) > 0.85


def test_second_positive_click_adds_another_thing_and_keeps_the_first(model, features):
    clicks = [Click(75, 90, True), Click(185, 60, True)]
    assert overlap(mask_of(model.predict(features, clicks)), LEFT | RIGHT) > 0.8


def test_negative_click_removes_a_thing_and_leaves_the_other(model, features):
    clicks = [Click(75, 90, True), Click(185, 60, True), Click(185, 60, False)]
    mask = mask_of(model.predict(features, clicks))
    assert np.count_nonzero(mask & RIGHT) < 0.1 * np.count_nonzero(RIGHT)
    assert overlap(mask, LEFT) > 0.8


def test_clicks_of_a_robot_make_a_faithful_mask(model):
    scores = annotate_image(model, SCENE, LEFT | RIGHT, 6)
    assert scores[-1] > 0.9


def test_answer_from_a_state_is_the_answer_from_the_beginning(model, features):
    clicks = [Click(75, 90, True), Click(100, 100, True), Click(150, 150, False)]
    state = None
    for n in range(1, len(clicks) + 1):
        stepwise = model.predict(features, clicks[:n], state)
        state = stepwise.state
    assert np.array_equal(stepwise.probability, model.predict(features, clicks).probability)


def test_a_state_of_other_clicks_is_not_believed(model, features):
    stranger = model.predict(features, [Click(185, 60, True)]).state
    clicks = [Click(75, 90, True), Click(80, 95, True)]
    answer = model.predict(features, clicks, stranger)
    assert np.array_equal(answer.probability, model.predict(features, clicks).probability)


def test_the_same_image_and_clicks_give_the_same_answer(model):
    clicks = [Click(75, 90, True), Click(40, 40, False)]
    first, second = (model.predict(model.encode(SCENE), clicks).probability for _ in range(2))
    assert np.array_equal(first, second)


def test_a_click_inside_a_mask_under_correction_keeps_its_outline(model, features):
    ragged = LEFT.copy()
    ragged[::3] ^= np.roll(LEFT, 1, axis=1)[::3] ^ LEFT[::3]
    answer = model.predict(features, [Click(75, 90, True)], None, ragged)
    assert overlap(mask_of(answer), ragged) > 0.97


def test_a_negative_click_takes_a_piece_off_a_mask_under_correction(model, features):
    answer = model.predict(features, [Click(185, 60, False)], None, LEFT | RIGHT)
    assert overlap(mask_of(answer), LEFT) > 0.85


def test_a_positive_click_adds_to_a_mask_under_correction(model, features):
    answer = model.predict(features, [Click(185, 60, True)], None, LEFT)
    assert overlap(mask_of(answer), LEFT | RIGHT) > 0.8


def test_only_negative_clicks_on_nothing_give_nothing(model, features):
    assert not mask_of(model.predict(features, [Click(10, 10, False), Click(75, 90, False)])).any()


def test_the_outline_is_not_drawn_in_blocks_of_working_pixels(model):
    large = cv2.resize(SCENE, (6 * WIDTH, 6 * HEIGHT), interpolation=cv2.INTER_CUBIC)
    clicks = [Click(450, 540, True), Click(1110, 360, False)]
    mask = mask_of(model.predict(model.encode(large), clicks))
    blocks = mask.reshape(360, 3, 480, 3).mean(axis=(1, 3))
    mixed = np.count_nonzero((blocks > 0) & (blocks < 1))
    whole_steps = np.count_nonzero(np.abs(np.diff(blocks, axis=0)) == 1)
    assert mixed > 5 * whole_steps


click = st.builds(Click, st.integers(-3, WIDTH + 3), st.integers(-3, HEIGHT + 3), st.booleans())


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(clicks=st.lists(click, min_size=1, max_size=6), with_mask=st.booleans())
def test_every_clicked_pixel_is_on_the_side_of_its_last_click(model, features, clicks, with_mask):
    answer = model.predict(features, clicks, None, RIGHT if with_mask else None)
    assert np.isfinite(answer.probability).all()
    assert answer.probability.min() >= 0 and answer.probability.max() <= 1
    wanted = {(min(max(c.x, 0), WIDTH - 1), min(max(c.y, 0), HEIGHT - 1)): c.positive for c in clicks}
    for (x, y), positive in wanted.items():
        assert mask_of(answer)[y, x] == positive


SHAPES = [(1, 1), (1, 40), (3, 3), (5, 300), (64, 64)]
CORNERS = [[Click(0, 0, True)], [Click(0, 0, False)], [Click(0, 0, True), Click(1e6, 1e6, False)]]


@pytest.mark.parametrize(("shape", "clicks"), itertools.product(SHAPES, CORNERS))
def test_degenerate_pictures_are_answered(model, shape, clicks):
    for image in (
        np.full((*shape, 3), 90, np.uint8),
        np.random.default_rng(4).integers(0, 256, (*shape, 3)).astype(np.uint8),
    ):
        answer = model.predict(model.encode(image), clicks, None, np.ones(shape, bool))
        assert answer.probability.shape == shape
        assert np.isfinite(answer.probability).all()


@pytest.mark.parametrize("shape", [(81, 121), (60, 200), (4, 20_000), (20_000, 4), (1, 9000)])
def test_a_small_or_narrow_picture_has_no_more_regions_than_a_large_one(shape: tuple[int, int]) -> None:
    colors = np.random.default_rng(1).random((*shape, 3), np.float32) * 60
    labels = superpixels(colors, color_gradient(colors), 2000)
    assert labels.shape == shape
    assert len(np.unique(labels)) == labels.max() + 1 <= 2200


def test_the_outline_of_a_disc_in_a_small_picture_is_kept() -> None:
    image = np.full((81, 121, 3), 90, np.uint8)
    cv2.circle(image, (25, 40), 12, (220, 60, 40), -1)
    truth = image[..., 0] == 220
    model = ClassicClickModel()
    found = model.predict(model.encode(image), [Click(25, 40, True)]).probability > 0.5
    assert (found & truth).sum() / (found | truth).sum() > 0.95
