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
        assert [inspection.find(frame) for frame in range(4)] == [(), TEXT, TEXT, ()]
        assert inspector.looked == 3, "the third frame is the same as the one before"
        inspection.save()
        again = FrameInspection(journal, source, inspector, None)
        assert again.is_known(3) and again.find(1) == TEXT
        assert inspector.looked == 3


@pytest.mark.parametrize(
    "content", ["", "[]", '{"version": 0, "frames": {"0": []}}', '{"version": 1, "frames": 3}']
)
def test_a_damaged_file_or_one_of_other_networks_is_not_believed(folder: Path, content: str) -> None:
    journal = folder / "journal.sqlite3"
    findings_path(journal).write_text(content)
    with open_source(folder / "images") as source:
        assert not FrameInspection(journal, source, Inspector(), None).is_known(0)


class Film:
    """A film of a still scene into which a text is burned from a frame on."""

    info = SequenceInfo("a.mp4", "/a.mp4", "video", 60, 160, 120, 25.0)

    def __init__(self, first: int) -> None:
        self._first = first

    def read(self, frame: int, window: Window | None = None) -> np.ndarray:
        noise = np.random.default_rng(frame).integers(0, 30, (120, 160, 3)).astype(np.uint8)
        if frame >= self._first:
            cv2.putText(noise, "DOE", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (220, 220, 220), 1)
        return noise


@pytest.mark.parametrize("first", [0, 1, 13, 59])
def test_a_film_is_looked_at_where_something_appears_and_once_a_second(first: int) -> None:
    inspector = Inspector()

    def inspect(image: np.ndarray) -> tuple[Finding, ...]:
        inspector(image)
        return TEXT if image.max() > 150 else ()

    inspection = FrameInspection(None, Film(first), inspect, None)  # type: ignore[arg-type]
    assert [bool(inspection.find(frame)) for frame in range(60)] == [frame >= first for frame in range(60)]
    assert inspector.looked <= 4
