"""Of a film some frames are looked at, and what they show is known of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
import pytest

from app.domain.errors import SequenceError
from app.domain.finding import Finding
from app.storage.workspace.film_inspection import FilmInspection, Findings

FRAMES = 100
SIZE = (96, 160)
TEXT = Finding(40, 40, 50, 14)
LETTERS = np.random.default_rng(5).random(50) < 0.3  # columns that are white


def moving(frame: int) -> np.ndarray:
    """Draw a frame of a camera that is waved about: strong contrast, at other places in each."""
    rng = np.random.default_rng(frame)
    blobs = (rng.random((9, 15)) < 0.06).astype(np.uint8) * 200
    return np.repeat(cv2.resize(blobs, SIZE[::-1], interpolation=cv2.INTER_NEAREST)[..., None], 3, 2)


class Networks:
    """Find what is said to be on a frame, whose number its first pixel has, and count."""

    def __init__(self, shown: Callable[[int], Findings]) -> None:
        self.shown = shown
        self.looked: list[int] = []

    def __call__(self, image: np.ndarray) -> Findings:
        self.looked.append(int(image[0, 0, 0]))
        return self.shown(self.looked[-1])


def look(
    networks: Networks,
    draw: Callable[[int], np.ndarray] = moving,
    known: Mapping[int, Findings] | None = None,
    exact: bool = True,
    printed: Callable[[int], Findings] | None = None,
    glance: Callable[[np.ndarray], Findings] = lambda image: (),
) -> dict[int, Findings]:
    """printed: what is on frames, None for what the networks find."""

    def read(frame: int) -> np.ndarray:
        image = draw(frame)
        for one in (printed or networks.shown)(frame):
            image[one.rows, one.columns] = 20
            image[one.rows, one.columns][2:-2, LETTERS[: one.width]] = 230
        image[0, 0] = frame
        return image

    film = FilmInspection(read, networks, (known or {}).get, 25.0, exact=exact, glance=glance)
    return {frame: found for frame, found, _ in film.look(range(FRAMES), skip_damaged=False)}


def test_a_film_that_moves_costs_a_look_in_three_seconds() -> None:
    networks = Networks(lambda frame: ())
    assert look(networks) == dict.fromkeys(range(FRAMES), ())
    assert len(networks.looked) <= FRAMES // 75 + 2
    still = Networks(lambda frame: ())
    look(still, lambda frame: moving(0))
    assert still.looked == [0]


def test_a_text_that_stands_is_found_where_the_networks_miss_it() -> None:
    def printed(frame: int) -> Findings:
        return (TEXT,) if 20 <= frame < 80 else ()

    networks = Networks(lambda frame: printed(frame) if frame % 2 else ())
    found = look(networks, printed=printed)
    assert [frame for frame in found if found[frame]] == list(range(20, 80))
    assert len(networks.looked) < FRAMES / 4


def test_a_glance_that_sees_somebody_is_followed_by_a_look() -> None:
    face = Finding(10, 10, 20, 20, "face")
    networks = Networks(lambda frame: (face,) if 20 <= frame < 45 else ())
    found = look(networks, printed=lambda frame: (), glance=lambda image: networks.shown(int(image[0, 0, 0])))
    assert [frame for frame in found if found[frame]] == list(range(20, 45))


def test_the_first_frame_of_a_shot_is_looked_at() -> None:
    networks = Networks(lambda frame: ())
    look(networks, lambda frame: moving(frame) // 2 + (100 if frame >= 33 else 0))
    assert 33 in networks.looked


@pytest.mark.parametrize("start", [1, 30, 47, 82])
def test_what_stands_for_sixteen_frames_is_found_on_all_its_frames(start: int) -> None:
    networks = Networks(lambda frame: (TEXT,) if start <= frame < start + 16 else ())
    assert [frame for frame, found in look(networks).items() if found] == list(range(start, start + 16))
    assert len(networks.looked) < FRAMES / 4


def test_a_text_that_wanders_is_covered_where_it_is() -> None:
    def shown(frame: int) -> Findings:
        return (Finding(frame, 20, 40, 12),)

    found = look(Networks(shown))
    for frame, [box] in found.items():
        assert box.x <= frame and box.x + box.width >= frame + 40 and box.width <= 60


def test_which_frames_show_what_wanders_costs_little() -> None:
    networks = Networks(lambda frame: (Finding(frame, 20, 40, 12),) if frame >= 20 else ())
    assert [frame for frame, found in look(networks, exact=False).items() if found] == list(range(20, FRAMES))
    assert len(networks.looked) < FRAMES / 5


def test_faces_are_looked_for_more_often_than_texts() -> None:
    networks = Networks(lambda frame: (Finding(10, 10, 20, 20, "face"),))
    found = look(networks, lambda frame: moving(0))
    assert all(found.values()) and FRAMES / 5 < len(networks.looked) < FRAMES / 2
    assert max(np.diff(sorted(networks.looked))) <= 4


def test_what_is_known_is_neither_read_nor_looked_at() -> None:
    def fail(frame: int) -> np.ndarray:
        raise AssertionError(frame)

    known = {frame: (TEXT,) for frame in range(FRAMES)}
    assert look(Networks(lambda frame: ()), fail, known) == known


def test_samples_that_were_looked_at_earlier_are_not_looked_at_again() -> None:
    networks = Networks(lambda frame: (TEXT,) if frame >= 30 else ())
    known: dict[int, Findings] = {0: (), 50: (TEXT,)}
    found = look(networks, lambda frame: moving(0), known)
    assert [frame for frame in found if found[frame]] == list(range(30, FRAMES))
    assert not {0, 50} & set(networks.looked)


def test_a_damaged_frame_is_left_out_or_named() -> None:
    def read(frame: int) -> np.ndarray:
        if frame == 5:
            raise SequenceError("Frame 5 is damaged.")
        return moving(frame)

    film = FilmInspection(read, lambda image: (), lambda frame: None, None, exact=True)
    assert [one.frame for one in film.look(range(8), skip_damaged=True)] == [0, 1, 2, 3, 4, 6, 7]
    with pytest.raises(SequenceError, match="damaged"):
        list(film.look(range(8), skip_damaged=False))
