"""The 3D picture follows the masks, through a real renderer and its death."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.domain.annotation import Label
from app.domain.camera import OrbitCamera
from app.domain.object_colors import object_colors
from app.imaging.masks import encode
from app.messages import events as e
from app.messages.picture import View3DPicture
from app.messages.snapshot import Snapshot
from app.pipeline.host import PipelineHost
from app.pipeline.options import Options
from app.pipeline.services import view3d_rendering

SIZE = (240, 180)
RED, BLUE = (230, 30, 30), (40, 60, 240)
PATIENCE = 120.0


class Watcher:
    """The newest of everything that a window would show."""

    def __init__(self, host: PipelineHost) -> None:
        self.host = host
        self.snapshot = Snapshot()
        self.solid: View3DPicture | None = None
        self.drawn = 0

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, self.snapshot.toasts
            news = self.host.poll()
            self.snapshot = news.snapshot or self.snapshot
            if news.view3d is not None:
                self.solid = news.view3d
                self.drawn += 1
            time.sleep(0.005)

    def post(self, *events: e.Event) -> None:
        for event in events:
            self.host.post(event)

    def amount(self, color: tuple[int, int, int]) -> int:
        """How many pixels of the picture have the hue of a label, -1 without a picture."""
        if self.solid is None or self.solid.image is None:
            return -1
        return int(self.where(color).sum())

    def nearer(self, color: tuple[int, int, int], other: tuple[int, int, int]) -> int:
        """How many coloured pixels have the hue of one colour rather than that of another."""
        pixels = self.pixels().astype(float)
        hues = pixels / np.maximum(pixels.sum(axis=-1, keepdims=True), 1)
        off = [np.abs(hues - np.array(hue) / sum(hue)).sum(axis=-1) for hue in (color, other)]
        return int(((np.ptp(pixels, axis=-1) > 40) & (off[0] < off[1])).sum())

    def where(self, color: tuple[int, int, int]) -> np.ndarray:
        """The pixels that have the hue of a label."""
        pixels = self.pixels().astype(float)
        shade = pixels.sum(axis=-1) / sum(color)
        off = np.abs(pixels - shade[..., None] * np.array(color)).sum(axis=-1)
        result: np.ndarray = (off < 0.4 * pixels.sum(axis=-1)) & (shade > 0.2)
        return result

    def pixels(self) -> np.ndarray:
        """The picture, RGB."""
        assert self.solid is not None
        assert self.solid.image is not None
        return self.solid.image[..., :3]

    def pid(self) -> int | None:
        async def ask(pipeline: object) -> int | None:
            result: int | None = pipeline.services.worker_pid("renderer")  # type: ignore[attr-defined]
            return result

        return self.host.run_coroutine(ask)


def disc(x: int) -> np.ndarray:
    mask = np.zeros((60, 80), np.uint8)
    cv2.circle(mask, (x, 30), 14, 1, -1)
    return mask > 0


def film(path: Path, frames: int) -> Path:
    """A bright disc on dark ground, where disc(30) says."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, (80, 60))
    frame = np.full((60, 80, 3), 40, np.uint8)
    frame[disc(30)] = (60, 160, 230)
    for _ in range(frames):
        writer.write(frame)
    writer.release()
    return path


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[Watcher]:
    """A film of a disc; its mask, of a red label, is on the first 12 of 24 frames, and the 3D view is open."""
    path = film(tmp_path / "film.avi", 24)
    with PipelineHost(Options(tmp_path / "work", engine="classic", prefetch=False, threads=1)) as host:
        watcher = Watcher(host)
        watcher.post(e.SequenceRequested(str(path)))
        watcher.until(lambda: watcher.snapshot.sequence.info)
        labels = Label(1, "tool", RED), Label(2, "polyp", BLUE)
        watcher.post(e.LabelsReplaced(labels), e.LabelChosen(1), e.ObjectAdded())
        watcher.until(lambda: watcher.snapshot.sequence.objects)
        watcher.post(*(e.MaskSet(frame, 1, encode(disc(30))) for frame in range(12)))
        watcher.post(e.View3DChanged(shown=True, size=SIZE, slice_shown=False))
        watcher.until(lambda: watcher.amount(RED) > 300)
        yield watcher


def test_the_picture_follows_edits_undo_colours_and_deletion(watcher: Watcher) -> None:
    few = watcher.amount(RED)
    watcher.post(*(e.MaskSet(frame, 1, encode(disc(30))) for frame in range(12, 24)))
    watcher.until(lambda: watcher.amount(RED) > 1.3 * few)
    many = watcher.amount(RED)
    watcher.post(*(e.Undone() for _ in range(12)))
    watcher.until(lambda: watcher.amount(RED) < (few + many) / 2)
    watcher.post(e.LabelChanged(1, color=BLUE))
    watcher.until(lambda: watcher.amount(BLUE) > 300 and watcher.amount(RED) == 0)
    watcher.post(e.ObjectDeleted(1))
    watcher.until(lambda: watcher.amount(BLUE) == 0)


def test_the_picture_grows_while_masks_travel(watcher: Watcher, tmp_path: Path) -> None:
    other = film(tmp_path / "long.avi", 200)
    watcher.post(e.SequenceRequested(str(other)))
    watcher.until(lambda: watcher.snapshot.sequence.info and watcher.snapshot.sequence.info.frames == 200)
    watcher.post(e.LabelChosen(1), e.ObjectAdded())
    watcher.until(lambda: watcher.snapshot.sequence.objects and watcher.snapshot.models.engine)
    watcher.post(e.MaskSet(0, watcher.snapshot.sequence.objects[0].object_id, encode(disc(30))))
    watcher.post(e.View3DChanged(camera=OrbitCamera(azimuth=90.0, elevation=0.0)))
    watcher.until(lambda: 0 < watcher.amount(RED) < 200)
    few, seen = watcher.amount(RED), set()
    watcher.post(e.PropagationRequested())
    watcher.until(lambda: watcher.snapshot.propagation)

    def is_over() -> bool:
        if watcher.snapshot.propagation is not None:
            seen.add(watcher.amount(RED))
        return watcher.snapshot.propagation is None

    watcher.until(is_over)
    watcher.until(lambda: settled(watcher) and watcher.amount(RED) > 5 * few)
    assert len(seen - {few}) > 1


def test_an_edit_of_the_frame_that_is_seen_waits_for_no_rest(
    watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher.until(lambda: settled(watcher))
    monkeypatch.setattr(view3d_rendering, "_REST", 1e6)
    for size in (25, 10, 25):
        before = watcher.solid
        mask = np.zeros((60, 80), bool)
        mask[30 - size : 30 + size, 30 - size : 30 + size] = True
        watcher.post(e.MaskSet(0, 1, encode(mask)))
        watcher.until(lambda seen=before: not same(watcher.solid, seen))  # type: ignore[misc]


def test_the_newest_pose_is_the_one_that_stays(watcher: Watcher) -> None:
    before = watcher.drawn
    poses = [OrbitCamera().turned(3 * step, 0).zoomed(1.01**step) for step in range(60)]
    watcher.post(*(e.View3DChanged(camera=pose) for pose in poses))
    watcher.until(lambda: watcher.snapshot.view3d.camera == poses[-1] and watcher.drawn > before)
    turned = watcher.solid
    watcher.post(e.View3DChanged(camera=OrbitCamera()), e.View3DChanged(camera=poses[-1]))
    watcher.until(lambda: watcher.solid is not turned and settled(watcher))
    assert turned is not None
    assert watcher.solid is not None
    assert watcher.drawn - before < len(poses)
    again = watcher.solid
    watcher.post(e.View3DChanged(camera=OrbitCamera()))
    watcher.until(lambda: watcher.solid is not again and not same(watcher.solid, again))


def test_a_label_can_be_left_out_and_everything_made_fainter(watcher: Watcher) -> None:
    masks, strong = watcher.where(RED), watcher.pixels()
    watcher.post(e.View3DChanged(hidden=frozenset({1})))
    watcher.until(lambda: watcher.amount(RED) == 0)
    bare = watcher.pixels()[masks, 0].mean()
    watcher.post(e.View3DChanged(hidden=frozenset(), opacity=0.3))
    watcher.until(lambda: bare + 5 < watcher.pixels()[masks, 0].mean() < 0.7 * strong[masks, 0].mean())


def test_one_of_two_objects_of_a_label_can_be_left_out(watcher: Watcher) -> None:
    one = watcher.amount(RED)
    watcher.post(e.ObjectAdded())
    watcher.until(lambda: len(watcher.snapshot.sequence.objects) == 2)
    other = object_colors(watcher.snapshot.labels, watcher.snapshot.sequence.objects)[2]
    assert other != RED
    watcher.post(*(e.MaskSet(frame, 2, encode(disc(60))) for frame in range(12)))
    watcher.until(lambda: watcher.nearer(other, RED) > 0.5 * one and watcher.nearer(RED, other) > 0.5 * one)
    watcher.post(e.View3DChanged(left_out=frozenset({2})))
    watcher.until(lambda: watcher.nearer(other, RED) < 0.1 * one)
    watcher.post(e.View3DChanged(left_out=frozenset()))
    watcher.until(lambda: watcher.nearer(other, RED) > 0.5 * one)


def test_a_renderer_that_is_killed_comes_back_with_the_same_picture(watcher: Watcher) -> None:
    watcher.until(lambda: settled(watcher))
    before, drawn = watcher.solid, watcher.drawn
    pid = watcher.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    watcher.post(
        e.View3DChanged(camera=replace(OrbitCamera(), right=0.5)), e.View3DChanged(camera=OrbitCamera())
    )
    watcher.until(lambda: watcher.drawn > drawn and same(watcher.solid, before))
    assert watcher.pid() not in (None, pid)


def test_a_hidden_view_draws_nothing_and_shows_everything_again(watcher: Watcher) -> None:
    watcher.post(e.View3DChanged(shown=False))
    watcher.until(lambda: not watcher.snapshot.view3d.shown)
    drawn = watcher.drawn
    watcher.post(e.ObjectDeleted(1))
    watcher.until(lambda: not watcher.snapshot.sequence.objects)
    assert watcher.drawn <= drawn + 1
    watcher.post(e.View3DChanged(shown=True))
    watcher.until(lambda: watcher.amount(RED) == 0)


def test_a_renderer_that_nobody_looks_at_is_let_go_of_and_comes_back(
    watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view3d_rendering, "KEPT_SECONDS", 0.1)
    watcher.post(e.View3DChanged(shown=False))
    watcher.until(lambda: watcher.pid() is None)
    drawn = watcher.drawn
    watcher.post(e.View3DChanged(shown=True))
    watcher.until(lambda: watcher.drawn > drawn and watcher.amount(RED) > 300)


def test_the_view_follows_to_another_sequence(watcher: Watcher, tmp_path: Path) -> None:
    other = film(tmp_path / "other.avi", 9)
    watcher.post(e.SequenceRequested(str(other)))
    watcher.until(lambda: watcher.solid is not None and watcher.solid.sequence == str(other))
    watcher.until(lambda: watcher.amount(RED) == 0)


def settled(watcher: Watcher) -> bool:
    return watcher.solid is not None and watcher.solid.is_fine


def same(one: View3DPicture | None, other: View3DPicture | None) -> bool:
    assert one is not None
    assert other is not None
    assert one.image is not None
    assert other.image is not None
    return np.array_equal(one.image, other.image)
