"""Text that stands is seen over what moves; what moves, or stood before, is not."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from app.domain.finding import Finding
from app.imaging.standing_contrast import StandingContrast

BOX = Finding(40, 30, 90, 16)


def scene(frame: int, *, moves: bool = True, named: bool = False) -> np.ndarray:
    """Draw a textured scene that moves past, with noise of two grey levels, and a name in BOX."""
    rng = np.random.default_rng(3)
    whole = cv2.GaussianBlur(rng.integers(0, 255, (120, 400)).astype(np.uint8), (0, 0), 1.5)
    left = 3 * frame if moves else 0
    picture = np.clip(2.0 * whole[:, left : left + 160] - 120, 0, 255)
    picture += np.random.default_rng(frame).normal(0, 2, picture.shape)
    image = np.repeat(np.clip(picture, 0, 255).astype(np.uint8)[..., None], 3, 2)
    if named:
        cv2.putText(image, "DOE JANE", (42, 43), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 255), 1)
    return image


def watch(draw: Callable[[int], np.ndarray], frames: int, look_at: int = 0) -> StandingContrast:
    contrast = StandingContrast()
    for frame in range(frames):
        contrast.add(frame, draw(frame))
        if frame == look_at:
            contrast.note_look()
    return contrast


@pytest.mark.parametrize("moves", [True, False])
def test_a_name_that_comes_is_new_once_it_has_stood(moves: bool) -> None:
    def draw(frame: int) -> np.ndarray:
        return scene(frame, moves=moves, named=frame >= 10)

    assert not watch(draw, 12).has_new(5)
    assert watch(draw, 18).has_new(5)
    assert not watch(draw, 18, look_at=16).has_new(5)


@pytest.mark.parametrize("moves", [True, False])
def test_a_scene_without_text_has_nothing_new(moves: bool) -> None:
    contrast = watch(lambda frame: scene(frame, moves=moves), 30)
    assert not contrast.has_new(5) and contrast.has_moved == moves and not contrast.is_cut


def test_a_cut_is_seen_at_its_first_frame_also_where_frames_repeat() -> None:
    contrast, cuts = StandingContrast(), []
    for frame in range(40):
        picture = scene(frame // 2, moves=False)
        contrast.add(frame, 255 - picture if frame >= 24 else picture)
        cuts += [frame] if contrast.is_cut else []
    assert cuts == [24]


def test_a_text_is_known_again_while_its_ground_moves() -> None:
    contrast = watch(lambda frame: scene(frame, named=True), 6)
    pixels = contrast.pixels_of(BOX)
    assert pixels is not None and pixels.are_on(scene(20, named=True)) and not pixels.are_on(scene(20))


@pytest.mark.parametrize("size", [(1, 1), (7, 40), (33, 71)])
def test_pictures_of_any_size_are_taken(size: tuple[int, int]) -> None:
    contrast = watch(lambda frame: np.full((*size, 3), 9 * frame, np.uint8), 4)
    assert not contrast.has_new(1) and contrast.pixels_of(Finding(0, 0, size[1], size[0])) is None
