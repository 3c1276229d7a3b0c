"""Each frame is looked at once, also after the program was closed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from app.domain.annotation import SequenceInfo, Window
from app.domain.finding import Finding
from app.storage.opening import open_source
from app.storage.workspace.frame_inspection import FrameInspection, findings_path
from tool.dev.drawn_text.backgrounds import endoscopy

TEXT = (Finding(1, 2, 3, 4),)


class Inspector:
    """Finds text in bright pictures, and counts."""

    looked = 0

    def __call__(self, image: np.ndarray) -> tuple[Finding, ...]:
        self.looked += 1
        return TEXT if image.mean() > 100 else ()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    for number, grey in enumerate((0, 200, 200, 0)):
        Image.new("RGB", (16, 12), (grey, grey, grey)).save(tmp_path / "images" / f"{number}.png")
    return tmp_path


def test_what_was_found_is_kept(folder: Path) -> None:
    journal, inspector = folder / "journal.sqlite3", Inspector()
    with open_source(folder / "images") as source:
        inspection = FrameInspection(journal, source, inspector, None)
        assert list(inspection.look(range(4))) == [(0, ()), (1, TEXT), (2, TEXT), (3, ())]
        assert inspector.looked == 3, "the third frame is the same as the one before"
        inspection.save()
        again = FrameInspection(journal, source, inspector, None)
        assert dict(again.look((1, 3))) == {1: TEXT, 3: ()}
        assert inspector.looked == 3


def test_an_export_knows_what_a_look_that_goes_on_has_found(tmp_path: Path) -> None:
    for number in range(300):
        Image.new("L", (4, 4), number % 100).save(tmp_path / f"{number:03}.png")
    journal, inspector = tmp_path / "journal.sqlite3", Inspector()
    with open_source(tmp_path) as source:
        background = FrameInspection(journal, source, inspector, None).look(range(300))
        for _ in range(260):
            next(background)
        looked = inspector.looked
        assert len(list(FrameInspection(journal, source, inspector, None).look(range(250)))) == 250
        assert inspector.looked == looked


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"version": 0, "frames": {"0": []}, "rough": []}',
        '{"version": 3, "frames": 3, "rough": []}',
    ],
)
def test_a_damaged_file_or_one_of_other_networks_is_not_believed(folder: Path, content: str) -> None:
    journal = folder / "journal.sqlite3"
    findings_path(journal).write_text(content)
    with open_source(folder / "images") as source:
        inspector = Inspector()
        assert list(FrameInspection(journal, source, inspector, None).look((0,))) == [(0, ())]
        assert inspector.looked == 1


class Film:
    """A film of a still scene into which a text is burned from a frame on."""

    info = SequenceInfo("a.mp4", "/a.mp4", "video", 60, 160, 120, 25.0)

    def __init__(self, first: int, noise: int = 30) -> None:
        self._first, self._noise = first, noise

    def read(self, frame: int, window: Window | None = None) -> np.ndarray:
        noise = np.random.default_rng(frame).integers(0, self._noise, (120, 160, 3)).astype(np.uint8)
        if frame >= self._first:
            cv2.putText(noise, "DOE", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (220, 220, 220), 1)
        return noise


@pytest.mark.parametrize("first", [0, 1, 13, 59])
def test_a_film_is_looked_at_where_something_appears(first: int) -> None:
    inspector = Inspector()

    def inspect(image: np.ndarray) -> tuple[Finding, ...]:
        inspector(image)
        return TEXT if image.max() > 150 else ()

    inspection = FrameInspection(None, Film(first), inspect, None)  # type: ignore[arg-type]
    assert [bool(found) for _, found in inspection.look(range(60))] == [frame >= first for frame in range(60)]
    assert inspector.looked <= 8, "two looks, and where it began"


def test_what_is_known_roughly_is_looked_at_again_to_paint_over_it(tmp_path: Path) -> None:
    """And not for anything else, by whoever looks next."""

    def wandering(image: np.ndarray) -> tuple[Finding, ...]:
        networks(image)
        return (Finding(networks.looked * 20, 1, 5, 5),)  # at another place each time

    networks, film = Inspector(), Film(60, noise=120)
    for exact, least, most in ((False, 2, 5), (False, 0, 0), (True, 40, 58), (True, 0, 0)):
        before = networks.looked
        inspection = FrameInspection(tmp_path / "journal.sqlite3", film, wandering, None)  # type: ignore[arg-type]
        assert all(found for _, found in inspection.look(range(60), exact=exact))
        inspection.save()
        assert least <= networks.looked - before <= most


class Endoscopy(Film):
    """A colonoscopy after which the scope is pulled out."""

    def __init__(self, out_at: int) -> None:
        super().__init__(60)
        self._out_at = out_at

    def read(self, frame: int, window: Window | None = None) -> np.ndarray:
        rng = np.random.default_rng(frame)
        if frame < self._out_at:
            return endoscopy(rng, 120, 160)
        return rng.integers(60, 200, (6, 8, 3)).repeat(20, 0).repeat(20, 1).astype(np.uint8)


def test_a_scope_that_is_pulled_out_shows_the_room_but_a_film_of_rooms_is_no_endoscopy() -> None:
    for out_at, shown in ((40, range(40, 60)), (10, ()), (60, ())):
        inspection = FrameInspection(None, Endoscopy(out_at), lambda image: (), None)  # type: ignore[arg-type]
        found = {frame: boxes for frame, boxes in inspection.look(range(60)) if boxes}
        assert list(found) == list(shown)
        assert all(boxes == (Finding(0, 0, 160, 120, "room"),) for boxes in found.values())
