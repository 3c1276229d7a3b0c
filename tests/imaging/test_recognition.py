"""An object is known again by its colours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.imaging.recognition import is_found_again, object_histogram

HEIGHT, WIDTH = 40, 60


def pictured(color: tuple[int, int, int], seed: int, left: int = 10) -> tuple[NDArray[np.uint8], NDArray]:
    """Return a picture of noise with a thing of a colour in it, and the thing's mask."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[10:30, left : left + 20] = True
    image[mask] = np.clip(rng.normal(color, 10, (mask.sum(), 3)), 0, 255)
    return image, mask


def test_the_same_colours_elsewhere_are_the_same_object_and_others_are_not() -> None:
    thing = object_histogram(*pictured((200, 120, 40), 1))
    again = object_histogram(*pictured((200, 120, 40), 2, left=30))
    other = object_histogram(*pictured((60, 120, 40), 3))
    assert is_found_again(thing, again, 0.8)
    assert not is_found_again(thing, other, 0.95)


def test_a_little_more_light_changes_little() -> None:
    thing = object_histogram(*pictured((200, 120, 40), 1))
    assert is_found_again(thing, object_histogram(*pictured((206, 126, 46), 2)), 0.8)


def test_what_is_hardly_there_or_doubtful_is_not_found() -> None:
    image, mask = pictured((200, 120, 40), 1)
    thing = object_histogram(image, mask)
    assert object_histogram(image, np.zeros_like(mask)) is None
    assert not is_found_again(thing, None, 1.0) and not is_found_again(None, thing, 1.0)
    assert not is_found_again(thing, thing, 0.3)
