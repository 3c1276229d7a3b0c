"""Cuts and dissolves between made shots are found, and nothing within a shot is."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from app.imaging.shot_cuts import (
    SPANS,
    find_cuts,
    frame_difference,
    is_behind_dissolve,
    is_cut,
    is_dissolve,
    sketch_frame,
)

Frame = NDArray[np.uint8]
BLACK = np.zeros((90, 160, 3), np.uint8)


def shot(seed: int, frames: int, speed: float = 1.0) -> list[Frame]:
    """Return a shot of blobs of a few colours: it pans, and each frame has noise of its own."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 255, (12, 60, 3))
    wide = np.kron(coarse, np.ones((8, 8, 1)))[:90]
    found = []
    for number in range(frames):
        left = round(number * speed) % (wide.shape[1] - 160)
        noisy = wide[:, left : left + 160] + rng.normal(0, 6, (90, 160, 3))
        found.append(np.clip(noisy, 0, 255).astype(np.uint8))
    return found


def cuts_of(frames: list[Frame]) -> tuple[int, ...]:
    sketches = [sketch_frame(frame) for frame in frames]
    steps, dissolves = np.zeros(len(frames), np.float32), np.zeros(len(frames), np.float32)
    steps[1:] = [frame_difference(*pair) for pair in zip(sketches, sketches[1:], strict=False)]
    dissolves[:] = [is_behind_dissolve(frame, frame, sketches.__getitem__) for frame in range(len(frames))]
    return find_cuts(steps, dissolves)


def fade(one: list[Frame], other: list[Frame]) -> list[Frame]:
    """Return one shot going over into another one."""
    shares = np.linspace(0, 1, len(one) + 2)[1:-1]
    return [((1 - s) * a + s * b).astype(np.uint8) for s, a, b in zip(shares, one, other, strict=True)]


def test_every_cut_is_found_at_the_first_frame_of_the_new_shot() -> None:
    film = [*shot(1, 40), *shot(2, 25), *shot(3, 60), *shot(1, 30)]
    assert cuts_of(film) == (40, 65, 125)


@pytest.mark.parametrize("speed", [0.0, 2.0, 5.0])
def test_a_pan_and_noise_are_no_cut(speed: float) -> None:
    assert cuts_of(shot(4, 60, speed)) == ()


def test_a_flash_is_no_cut() -> None:
    film = shot(5, 60)
    film[30] = np.full_like(film[30], 250)
    assert cuts_of(film) == ()


def test_a_fade_to_black_and_back_is_one_place_each() -> None:
    one, other = shot(6, 60), shot(7, 60)
    film = [
        *one[:45],
        *fade(one[45:], [BLACK] * 15),
        *[BLACK] * 40,
        *fade([BLACK] * 15, other[:15]),
        *other[15:],
    ]
    found = cuts_of(film)
    assert len(found) == 2
    assert 40 <= found[0] <= 64 and 95 <= found[1] <= 120


def dissolves(frames: list[Frame], span: int) -> list[int]:
    """Return the frames at which a dissolve of a span is seen to lie behind."""
    sketches = [sketch_frame(frame) for frame in frames]
    ends = range(span, len(frames))
    return [end for end in ends if is_dissolve(sketches[end - span : end + 1 : span // 4])]


@pytest.mark.parametrize(("length", "span"), [(6, 8), (14, 16), (30, 32)])
def test_a_dissolve_is_seen_by_its_frames(length: int, span: int) -> None:
    one, other = shot(6, 80, 0.5), shot(7, 80, 0.25)
    film = [*one[:40], *fade(one[40 : 40 + length], other[:length]), *other[length:]]
    for way, first in ((film, 40), (film[::-1], len(film) - 40 - length)):
        found = dissolves(way, span)
        assert found and first < found[0] and found[-1] < first + length + span


def test_cuts_pans_flashes_and_changes_of_light_are_no_dissolve() -> None:
    flash = shot(5, 60)
    flash[30] = np.full_like(flash[30], 250)
    darker = [(frame * np.linspace(1, 0.2, 60)[n]).astype(np.uint8) for n, frame in enumerate(shot(8, 60))]
    for film in ([*shot(1, 30), *shot(2, 30)], shot(4, 60, 5.0), flash, darker):
        assert not any(dissolves(film, span) for span in SPANS)


def test_frames_that_are_not_known_yet_hide_no_cut_beside_them() -> None:
    film = [*shot(1, 40), *shot(2, 40)]
    sketches = [sketch_frame(frame) for frame in film]
    steps = np.full(80, np.nan, np.float32)
    steps[30:50] = [frame_difference(sketches[n - 1], sketches[n]) for n in range(30, 50)]
    assert find_cuts(steps, np.full(80, np.nan, np.float32)) == (40,)
    assert find_cuts(np.zeros(0, np.float32), np.zeros(0, np.float32)) == ()


def test_a_cut_is_known_where_it_is_met_from_the_frames_around_it() -> None:
    film = [*shot(1, 40), *shot(2, 25), *shot(3, 60)]
    sketches, asked = [sketch_frame(frame) for frame in film], set()

    def difference(frame: int) -> float:
        asked.add(frame)
        return frame_difference(sketches[frame - 1], sketches[frame])

    assert [frame for frame in range(len(film)) if is_cut(frame, len(film), difference)] == [40, 65]
    asked.clear()
    assert not is_cut(20, len(film), difference) and asked == {20}
    assert not is_cut(39, len(film), difference) and 40 not in asked


def test_two_flat_pictures_differ_by_their_colours_only() -> None:
    grey, white = sketch_frame(np.full_like(BLACK, 128)), sketch_frame(np.full_like(BLACK, 255))
    assert frame_difference(grey, grey) == 0
    assert frame_difference(grey, white) == 1
