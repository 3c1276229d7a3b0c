"""The two other directions of a scan follow cross-hairs, window and masks, while slices still load."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Window
from app.domain.object_colors import object_colors
from app.imaging import masks
from app.imaging.windowing import apply_window
from app.messages.events import (
    CrossMoved,
    Event,
    LabelAdded,
    MaskSet,
    ObjectAdded,
    ObjectsHidden,
    OrientationChosen,
    SequenceRequested,
    ViewChanged,
    WindowChanged,
)
from app.messages.picture import LinkedPictures
from app.messages.snapshot import Snapshot
from app.messages.view_update import ViewUpdate
from app.pipeline.host import PipelineHost
from app.pipeline.options import Options
from tests.helpers.scans import voxels, write_series

SHAPE = (9, 20, 24)
PATIENCE = 120.0


class Watcher:
    """Sees what a window would see."""

    def __init__(self, host: PipelineHost) -> None:
        self.host = host
        self.snapshot = Snapshot()
        self.linked: LinkedPictures | None = None

    def post(self, event: Event) -> None:
        self.host.post(event)

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        pause = threading.Event()
        while not condition():
            assert time.monotonic() < end, f"waited in vain: {self.snapshot.toasts} {self.linked}"
            news: ViewUpdate = self.host.poll()
            self.snapshot = news.snapshot or self.snapshot
            self.linked = news.linked or self.linked
            pause.wait(0.01)

    def picture(self, orientation: str) -> tuple[int, np.ndarray] | None:
        found = self.linked.pictures if self.linked is not None else ()
        return next(((item.index, item.image) for item in found if item.orientation == orientation), None)

    def shows(self, orientation: str, index: int, gray: np.ndarray) -> bool:
        found = self.picture(orientation)
        return found is not None and found[0] == index and np.array_equal(found[1][..., 0], gray)


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[Watcher]:
    write_series(tmp_path / "scan", voxels(SHAPE))
    options = Options(tmp_path / "work", engine="classic", prefetch=False, threads=1)
    with PipelineHost(options) as host:
        made = Watcher(host)
        made.post(SequenceRequested(str(tmp_path / "scan")))
        made.until(lambda: made.snapshot.sequence.info and made.linked and not made.linked.is_partial)
        yield made


def gray(plane: np.ndarray, window: Window) -> np.ndarray:
    return apply_window(plane, window)


def test_the_other_directions_show_the_scan_at_the_cross_hairs(watcher: Watcher) -> None:
    stack, window = voxels(SHAPE), Window(900, 300)
    watcher.post(WindowChanged(window.width, window.center))
    watcher.post(CrossMoved(4, 7.0, 12.0))
    watcher.until(lambda: watcher.shows("coronal", 12, gray(stack[:, 12], window)))
    watcher.until(lambda: watcher.shows("sagittal", 7, gray(stack[:, :, 7], window)))
    assert watcher.snapshot.sequence.frame == 4
    watcher.post(OrientationChosen("coronal"))
    watcher.until(lambda: watcher.linked and watcher.linked.orientation == "coronal")
    watcher.until(lambda: watcher.shows("axial", 4, gray(stack[4], window)))
    assert watcher.snapshot.sequence.frame == 12
    assert watcher.snapshot.sequence.cross == (7.0, 4.0)


def test_masks_show_in_the_other_directions_each_in_its_colour(watcher: Watcher) -> None:
    watcher.post(LabelAdded("lesion", 9, (250, 10, 10)))
    watcher.post(ObjectAdded(9))
    watcher.post(ViewChanged(opacity=1.0))
    watcher.post(CrossMoved(4, 7.0, 12.0))
    mask = np.zeros(SHAPE[1:], bool)
    mask[10:14, 5:9] = True
    watcher.post(MaskSet(4, 1, masks.encode(mask)))

    def places(orientation: str, color: tuple[int, int, int] = (250, 10, 10)) -> list[tuple[int, int]]:
        found = watcher.picture(orientation)
        if found is None:
            return []
        return [(int(y), int(x)) for y, x in np.argwhere((found[1][..., :3] == color).all(-1))]

    watcher.until(lambda: places("coronal") == [(4, x) for x in range(5, 9)])
    watcher.until(lambda: places("sagittal") == [(4, y) for y in range(10, 14)])
    watcher.post(ObjectAdded(9))
    watcher.post(MaskSet(5, 2, masks.encode(mask)))
    watcher.until(lambda: len(watcher.snapshot.sequence.objects) == 2)
    shade = object_colors(watcher.snapshot.labels, watcher.snapshot.sequence.objects)[2]
    watcher.until(lambda: places("coronal", shade) == [(5, x) for x in range(5, 9)])
    assert shade != (250, 10, 10)
    watcher.post(ObjectsHidden(frozenset({1})))
    watcher.until(lambda: not places("coronal") and places("coronal", shade))
    watcher.post(ViewChanged(overlay_visible=False))
    watcher.until(lambda: places("coronal", shade) == places("sagittal", shade) == [])


def test_hidden_views_are_not_made(watcher: Watcher) -> None:
    watcher.post(ViewChanged(linked=False))
    watcher.until(lambda: not watcher.snapshot.view.linked)
    watcher.linked = None
    watcher.post(CrossMoved(2, 3.0, 3.0))
    watcher.until(lambda: watcher.snapshot.sequence.frame == 2)
    watcher.post(ViewChanged(linked=True))
    watcher.until(lambda: watcher.picture("coronal"))
    assert watcher.picture("coronal")[0] == 3  # type: ignore[index]


def test_a_scan_that_is_new_opens_in_the_direction_that_was_chosen(tmp_path: Path) -> None:
    write_series(tmp_path / "scan", voxels(SHAPE))
    options = Options(tmp_path / "work", engine="classic", prefetch=False, threads=1, orientation="sagittal")
    with PipelineHost(options) as host:
        made = Watcher(host)
        made.post(SequenceRequested(str(tmp_path / "scan")))
        made.until(lambda: made.snapshot.sequence.info)
        assert made.snapshot.sequence.info.orientation == "sagittal"
        made.post(SequenceRequested(str(tmp_path / "scan"), orientation="axial"))
        made.until(lambda: made.snapshot.sequence.info and made.snapshot.sequence.info.orientation == "axial")
        made.post(SequenceRequested(str(tmp_path / "scan")))
        made.until(lambda: not made.snapshot.tasks.opening and made.snapshot.sequence.info)
        assert made.snapshot.sequence.info.orientation == "axial"
