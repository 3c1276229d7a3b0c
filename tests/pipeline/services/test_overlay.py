"""The overlay shows what the masks say."""

from __future__ import annotations

import numpy as np

from app.imaging.masks import encode
from app.pipeline.services.overlay import paint_overlay, with_alpha


def test_later_masks_cover_earlier_ones_and_the_rest_is_transparent() -> None:
    lower, upper = np.zeros((7, 11), bool), np.zeros((7, 11), bool)
    lower[1:5, 2:9] = True
    upper[3:7, 4:6] = True
    overlay = paint_overlay([(encode(lower), (10, 20, 30)), (encode(upper), (200, 100, 50))], 7, 11)
    assert overlay.shape == (7, 11, 4)
    assert np.all(overlay[upper] == (200, 100, 50, 255))
    assert np.all(overlay[lower & ~upper] == (10, 20, 30, 255))
    assert np.all(overlay[~lower & ~upper] == 0)


def test_an_image_gains_an_opaque_alpha() -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 6, 3), np.uint8)
    pixels = with_alpha(image)
    assert np.array_equal(pixels[..., :3], image)
    assert np.all(pixels[..., 3] == 255)


def test_a_picture_without_a_pixel_of_a_mask_is_transparent_everywhere() -> None:
    nothing = encode(np.zeros((7, 11), bool))
    assert not paint_overlay([(nothing, (10, 20, 30))], 7, 11).any()
