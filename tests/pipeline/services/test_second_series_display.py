"""The second series shows what lies at the frame's place in the patient, from real files and a real worker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Window
from app.imaging import masks
from app.messages import events as ev
from app.messages.picture import SecondPicture
from app.messages.snapshot import SecondSeries, Snapshot
from app.pipeline.host import PipelineHost
from app.pipeline.options import Options
from tests.helpers.cine import PLACES, TIMES, clip, colors, write, write_cine
from tests.helpers.scans import write_series

PATIENCE = 120.0
CT, CT_SPACING = (8, 20, 24), (4.0, 2.0, 2.0)
PET, PET_SPACING, PET_ORIGIN = (9, 12, 16), (5.0, 4.0, 4.0), (-10.0, -6.0, -3.0)


def intensity(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """What the PET has at a place in the patient: even slopes, which sampling between voxels keeps."""
    found: np.ndarray = 300 + 2 * x + 3 * y + 5 * z
    return found


def write_study(folder: Path, reference: str = "1.2.3.4.6") -> None:
    """A CT and a PET of other voxels, which lie otherwise in the patient."""
    places = [(0.0, 0.0, CT_SPACING[0] * k) for k in range(CT[0])]
    write_series(
        folder / "ct",
        np.zeros(CT, np.int16),
        positions=places,
        SeriesInstanceUID="1.1",
        SeriesNumber=1,
        PixelSpacing=[2.0, 2.0],
        SliceThickness=4.0,
    )
    k, j, i = np.indices(PET)
    x, y, z = (PET_ORIGIN[n] + PET_SPACING[2 - n] * at for n, at in enumerate((i, j, k)))
    write_series(
        folder / "pet",
        intensity(x, y, z).astype(np.int16),
        positions=[(*PET_ORIGIN[:2], PET_ORIGIN[2] + PET_SPACING[0] * n) for n in range(PET[0])],
        PixelSpacing=[4.0, 4.0],
        SliceThickness=5.0,
        SeriesInstanceUID="1.2",
        SeriesNumber=2,
        SeriesDescription="PET",
        Modality="PT",
        FrameOfReferenceUID=reference,
    )


class Watcher:
    """Sees what a window would see."""

    def __init__(self, host: PipelineHost) -> None:
        self.host = host
        self.snapshot = Snapshot()
        self.picture: SecondPicture | None = None

    def post(self, *events: ev.Event) -> None:
        for event in events:
            self.host.post(event)

    def until(self, condition: Callable[[], object]) -> None:
        end, pause = time.monotonic() + PATIENCE, threading.Event()
        while not condition():
            assert time.monotonic() < end, f"waited in vain: {self.snapshot.toasts} {self.second}"
            news = self.host.poll()
            self.snapshot = news.snapshot or self.snapshot
            self.picture = news.second or self.picture
            pause.wait(0.01)

    @property
    def second(self) -> SecondSeries | None:
        return self.snapshot.sequence.second

    def shows(self, wanted: np.ndarray) -> bool:
        """Whether the picture has these greys, up to rounding of intensities and greys."""
        picture = self.picture
        if picture is None or picture.image.shape[:2] != wanted.shape:
            return False
        return bool(np.abs(picture.image[..., 0].astype(float) - wanted).max() <= 1.5)

    def shows_colors(self, wanted: np.ndarray) -> bool:
        """Whether the picture has these colours."""
        return self.picture is not None and np.array_equal(self.picture.image[..., :3], wanted)


def opened(host: PipelineHost, folder: Path, series: str | None) -> Watcher:
    watcher = Watcher(host)
    watcher.post(ev.SequenceRequested(str(folder), series))
    watcher.until(lambda: (info := watcher.snapshot.sequence.info) and info.path == str(folder))
    return watcher


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PipelineHost]:
    options = Options(tmp_path_factory.mktemp("work"), engine="classic", prefetch=False, threads=1)
    with PipelineHost(options) as host:
        yield host


def test_the_other_series_follows_slices_directions_window_and_masks(
    host: PipelineHost, tmp_path: Path
) -> None:
    write_study(tmp_path)
    watcher = opened(host, tmp_path, "1.1")
    watcher.post(ev.SecondSeriesRequested())
    watcher.until(lambda: watcher.second and watcher.second.window)
    assert watcher.second is not None and watcher.second.place.title.startswith("PET")
    watcher.post(ev.SecondWindowChanged(Window(510.0, 400.0)), ev.FrameRequested(3))
    j, i = np.indices(CT[1:])
    grey = (intensity(2.0 * i, 2.0 * j, np.full(i.shape, 12.0)) - 145) / 2
    watcher.until(lambda: watcher.shows(np.clip(grey, 0, 255)))
    watcher.post(ev.LabelAdded("tumour"), ev.ObjectAdded())
    mask = np.zeros(CT[1:], bool)
    mask[4:9, 5:12] = True
    watcher.post(ev.MaskSet(3, 1, masks.encode(mask)))
    watcher.until(lambda: watcher.picture and watcher.picture.outlines)
    assert watcher.picture is not None
    ((_, (ring,)),) = watcher.picture.outlines
    assert {(min(x), max(x)) for x in zip(*ring, strict=True)} == {(5.0, 11.0), (4.0, 8.0)}
    watcher.post(ev.OrientationChosen("coronal"))
    watcher.until(lambda: (info := watcher.snapshot.sequence.info) and info.orientation == "coronal")
    watcher.post(ev.FrameRequested(7))
    k, i = np.indices((CT[0], CT[2]))
    grey = (intensity(2.0 * i, np.full(i.shape, 14.0), 4.0 * k) - 145) / 2
    watcher.until(lambda: watcher.shows(np.clip(grey, 0, 255)))
    watcher.post(ev.SecondSeriesClosed())
    watcher.until(lambda: watcher.second is None)


def test_a_series_in_another_frame_of_reference_is_refused_in_words(
    host: PipelineHost, tmp_path: Path
) -> None:
    write_study(tmp_path, reference="9.9.9")
    watcher = opened(host, tmp_path, "1.1")
    watcher.post(ev.SecondSeriesRequested())
    watcher.until(lambda: watcher.second and watcher.second.trouble)
    assert watcher.second is not None and "another frame of reference" in watcher.second.trouble
    assert watcher.picture is None


def test_series_in_folders_of_their_own_are_found_and_a_lonely_one_is_said(
    host: PipelineHost, tmp_path: Path
) -> None:
    write_study(tmp_path / "study")
    watcher = opened(host, tmp_path / "study" / "pet", None)
    watcher.post(ev.SecondSeriesRequested())
    watcher.until(lambda: watcher.picture)
    assert watcher.second is not None and watcher.second.place.title == "ct"
    write_series(tmp_path / "lonely" / "scan", np.zeros(CT, np.int16))
    alone = opened(host, tmp_path / "lonely" / "scan", None)
    alone.post(ev.SecondSeriesRequested())
    alone.until(lambda: any("no other series" in toast.text for toast in alone.snapshot.toasts))


def test_time_points_of_two_scans_over_time_go_together(host: PipelineHost, tmp_path: Path) -> None:
    for number, times in ((1, TIMES), (2, 2 * TIMES - 1)):
        folder = tmp_path / f"series {number}"
        voxels = write_cine(folder, times=times, SeriesInstanceUID=f"1.{number}", SeriesNumber=number)
    watcher = opened(host, tmp_path, "1.1")
    watcher.post(ev.SecondSeriesRequested())
    watcher.until(lambda: watcher.second and watcher.second.window)
    watcher.post(ev.SecondWindowChanged(Window(510.0, 400.0)))
    for time_point in (0, 2, TIMES - 1):
        watcher.post(ev.FrameRequested(time_point * PLACES + 1))
        grey = (voxels[2 * time_point, 1].astype(float) - 145) / 2
        watcher.until(partial(watcher.shows, np.clip(grey, 0, 255)))


@pytest.mark.parametrize("how", ["folder", "file"])
def test_frames_of_two_clips_go_together_by_time(host: PipelineHost, tmp_path: Path, how: str) -> None:
    fast, slow = colors(6), colors(3)
    for number, (pixels, milliseconds) in enumerate(((fast, 40.0), (slow, 80.0)), 1):
        made = clip(pixels, SeriesInstanceUID=f"1.{number}", SeriesNumber=number, FrameTime=milliseconds)
        write(made, tmp_path / f"clip {number}.dcm")
    path, series = (tmp_path, "1.1") if how == "folder" else (tmp_path / "clip 1.dcm", None)
    watcher = opened(host, path, series)
    watcher.post(ev.SecondSeriesRequested())
    for frame, other in ((0, 0), (3, 1), (5, 2)):
        watcher.post(ev.FrameRequested(frame))
        watcher.until(partial(watcher.shows_colors, slow[other]))
    assert watcher.second is not None and not watcher.second.opening and watcher.second.window is None


def test_a_clip_of_another_size_is_shown_whole_in_the_middle(host: PipelineHost, tmp_path: Path) -> None:
    write(clip(colors(4, 20, 24), SeriesInstanceUID="1.1", FrameTime=40.0), tmp_path / "clip 1.dcm")
    write(
        clip(np.full((4, 40, 20, 3), 200, np.uint8), SeriesInstanceUID="1.2", FrameTime=40.0),
        tmp_path / "clip 2.dcm",
    )
    watcher = opened(host, tmp_path, "1.1")
    watcher.post(ev.SecondSeriesRequested())
    watcher.until(lambda: watcher.picture)
    assert watcher.picture is not None
    lit = watcher.picture.image[..., 0] == 200
    rows, columns = np.nonzero(lit)
    height, width = lit.shape
    assert width * 20 == height * 24, "it lies over the same places as the frame"
    assert (rows.min(), rows.max()) == (0, height - 1)
    assert columns.min() + columns.max() == width - 1 and 2 * len(set(columns)) == height
