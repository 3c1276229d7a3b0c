"""The shipped networks find drawn text and faces, and call folds, speckle and bones no text."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.models.inspecting.picture_inspector import PictureInspector
from tool.dev.drawn_text.backgrounds import BACKGROUNDS
from tool.dev.drawn_text.texts import draw_text

SIZE = (320, 416)  # pixels, height and width: small, so that a test costs little


@pytest.fixture(scope="module")
def inspector() -> PictureInspector:
    return PictureInspector(1)


@pytest.mark.parametrize("kind", BACKGROUNDS)
def test_drawn_text_is_covered(inspector: PictureInspector, kind: str) -> None:
    """Of letters of 12 to 40 pixels in Latin, Cyrillic and CJK; the campaign of tool/dev/drawn_text draws more."""
    rng = np.random.default_rng(3)
    image = BACKGROUNDS[kind](rng, *SIZE)
    free = np.ones(SIZE, bool)
    texts = [text for height in (12, 16, 24, 32) if (text := draw_text(rng, image, height, free))]
    covered = np.zeros(SIZE, bool)
    for box in inspector(image):
        covered[box.rows, box.columns] = True
    assert texts and all(covered[text.ink].mean() > 0.9 for text in texts), [text.words for text in texts]


@pytest.mark.parametrize("kind", BACKGROUNDS)
def test_a_picture_without_text_is_not_flagged(inspector: PictureInspector, kind: str) -> None:
    assert inspector(BACKGROUNDS[kind](np.random.default_rng(5), *SIZE)) == ()


def test_text_is_found_in_a_picture_that_is_cut_into_pieces(inspector: PictureInspector) -> None:
    image = np.full((200, 2000, 3), 30, np.uint8)
    cv2.putText(image, "DOE JANE 12.08.1964", (1380, 120), cv2.FONT_HERSHEY_SIMPLEX, 1, (230, 230, 230), 2)
    covered = np.zeros(image.shape[:2], bool)
    for box in inspector(image):
        covered[box.rows, box.columns] = True
    assert covered[image[..., 0] > 200].all()


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (31, 33)])
def test_odd_sizes_are_looked_at(inspector: PictureInspector, size: tuple[int, int]) -> None:
    assert inspector(np.zeros((*size, 3), np.uint8)) == ()
