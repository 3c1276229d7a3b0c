"""Training scenes and the robot that clicks on them; no torch needed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tool.dev.train import augment, prompts, robot, synthetic
from tool.dev.train.simulated import abdomen, cells, fundus, materials, teeth, tissue

SEED = st.integers(0, 2**16)


@pytest.mark.parametrize("draw", [synthetic.draw_shapes, synthetic.draw_ultrasound, synthetic.draw_slices])
def test_scenes_hold_apart_things_and_repeat_with_the_seed(draw) -> None:
    scene, again = draw(np.random.default_rng(5)), draw(np.random.default_rng(5))
    assert np.array_equal(scene.image, again.image)
    assert scene.image.dtype == np.uint8 and scene.image.shape == (*synthetic.SIZE, 3)
    assert scene.masks and np.sum(scene.masks, 0).max() == 1


SIMULATED = [
    *(
        fundus.draw_fundus,
        fundus.draw_vessels,
        materials.draw_defects,
        cells.draw_stained_cell,
        cells.draw_droplets,
        cells.draw_membranes,
    ),
    *(tissue.draw_mucosa, abdomen.draw_abdomen, tissue.draw_wound, teeth.draw_teeth),
]


@pytest.mark.parametrize("draw", SIMULATED)
@settings(max_examples=8)
@given(seed=SEED)
def test_what_is_drawn_by_rules_has_targets_that_can_be_seen_and_repeats_with_the_seed(
    draw, seed: int
) -> None:
    scene, again = draw(np.random.default_rng(seed)), draw(np.random.default_rng(seed))
    assert np.array_equal(scene.image, again.image)
    assert scene.image.dtype == np.uint8 and scene.image.shape == (*synthetic.SIZE, 3)
    assert all(mask.shape == synthetic.SIZE and set(np.unique(mask)) <= {0, 1} for mask in scene.masks)


@pytest.mark.parametrize("draw", SIMULATED)
def test_most_of_what_is_drawn_by_rules_has_a_target(draw) -> None:
    drawn = [draw(np.random.default_rng(seed)) for seed in range(12)]
    assert sum(any(mask.any() for mask in scene.masks) for scene in drawn) > 9


def test_a_wound_lies_on_the_limb_of_any_picture() -> None:
    limb = np.zeros(synthetic.SIZE, np.uint8)
    limb[:, :300] = 1
    gray = np.full((*synthetic.SIZE, 3), 120, np.float32)
    drawn = [tissue.add_wound(gray, limb, np.random.default_rng(seed)) for seed in range(12)]
    wounds = [scene.masks[0] for scene in drawn if scene.masks]
    assert len(wounds) > 9
    assert sum(int((wound * (1 - limb)).sum()) for wound in wounds) < 0.02 * sum(int(w.sum()) for w in wounds)


@settings(max_examples=15)
@given(SEED)
def test_a_view_keeps_picture_and_masks_together(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = synthetic.draw_shapes(np.random.default_rng(1))
    scene.image[...] = 0
    scene.image[scene.masks[0] > 0] = 255
    seen = augment.warp_scene(scene, augment.choose_view(scene, 96, rng), 96)
    assert seen.image.shape == (96, 96, 3)
    agree = (seen.image[..., 0] > 127) == (seen.masks[0] > 0)
    assert agree.mean() > 0.9


def test_pasting_covers_what_lies_below() -> None:
    rng = np.random.default_rng(3)
    scene, donor = synthetic.draw_shapes(rng), synthetic.draw_slices(rng)
    pasted = augment.paste_object(scene, donor, rng)
    assert len(pasted.masks) == len(scene.masks) + 1
    assert np.sum(pasted.masks, 0).max() == 1


@settings(max_examples=25)
@given(SEED)
def test_the_robot_clicks_inside_the_error(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, answer = ((rng.random((24, 24)) > 0.5).astype(np.uint8) for _ in range(2))
    click = robot.choose_click(truth, answer, rng)
    assert click is not None
    x, y, sign = click
    assert truth[int(y), int(x)] == (sign > 0) and answer[int(y), int(x)] == (sign < 0)


def test_the_robot_is_content_with_a_perfect_mask() -> None:
    truth = np.eye(8, dtype=np.uint8)
    assert robot.choose_click(truth, truth) is None


@settings(max_examples=50)
@given(SEED)
@example(seed=19226)  # a stroke in an error of one kind that touches one of the other
def test_a_history_ends_with_a_prompt_on_what_is_wrong_or_is_an_area(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = synthetic.draw_blob(np.random.default_rng(2), 0.3)[::4, ::4].copy()
    points, mask = robot.draw_history(truth, rng)
    before = np.zeros_like(truth) if mask is None else mask
    assert len(points) <= 19 + prompts.LONGEST
    if np.array_equal(before, truth):
        return
    if not points:
        assert set(np.unique(before)) == {0, 0.5}
        return
    x, y, sign = points[-1]
    assert truth[round(y), round(x)] == (sign > 0) and before[round(y), round(x)] != (sign > 0)


def test_a_target_that_is_never_asked_for_by_one_click_alone_comes_with_more() -> None:
    truth = synthetic.draw_blob(np.random.default_rng(2), 0.3)[::4, ::4].copy()
    drawn = [robot.draw_history(truth, np.random.default_rng(seed), alone=0.0) for seed in range(60)]
    assert all(mask is not None or len(points) > 1 for points, mask in drawn)
    assert sum(mask is None for _, mask in drawn) < 20
