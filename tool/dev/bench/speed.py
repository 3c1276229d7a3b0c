"""How long the default model takes, and how long EISeg takes with HRNet18s on the same machine in the same run."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from app.domain.annotation import Click
from app.models.default.engine import DefaultEngine
from app.models.engine import BoolMask, ClickModel, Image, Tracker
from tool.conversion.static_export import CLICK_NETWORKS, export_click
from tool.dev.bench.peer import PeerClicks
from tool.dev.bench.report import heading, milliseconds, row
from tool.export_model import random_state

SIZE: Final = (480, 854)
NETWORK: Final = "hrnet18s"
RADIUS: Final = 90  # pixels of the disc that is clicked
CENTER: Final = (140, 240)
CLICKS: Final = 20  # timed; enough for a median
FRAMES: Final = 30  # of a propagation
WARM: Final = 3  # runs before the timed ones, in which networks are compiled


def run(threads: int) -> None:
    """Print encode, click and propagation times at 854x480; threads: 0 means all cores."""
    heading(f"models at {SIZE[1]}x{SIZE[0]}, {threads or 'all'} threads")
    ours = DefaultEngine("cpu", threads)
    row("default: encode", milliseconds(_encodings(ours)))
    clicks = _clicks(ours.click_model())
    row("default: click on encoded features", milliseconds(clicks))
    for count in (1, 3):
        steps = _steps(ours.tracker(), count)
        rate = 1 / statistics.median(steps)
        row(f"default: propagation, {count} objects", f"{milliseconds(steps)}, {rate:.1f} frames/s")
    theirs = _theirs()
    row("EISeg's pipeline over HRNet18s: click", milliseconds(theirs))
    row("times faster a click", f"{statistics.median(theirs) / statistics.median(clicks):.1f}")


def _theirs() -> list[float]:
    """Times of EISeg's pipeline over HRNet18s; random weights take as long as trained ones."""
    image, masks = next(_film(1, 1))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / NETWORK
        export_click(NETWORK, random_state(CLICK_NETWORKS[NETWORK](), 0), path)
        peer = PeerClicks(path.with_suffix(".pdiparams"), image, "fp32")
        clicks: list[Click] = []
        times: list[float] = []
        earlier, looked_at = None, None
        for click in _places(masks[1]):
            clicks.append(click)
            began = time.perf_counter()
            earlier, looked_at = peer.predict(clicks, earlier, looked_at)
            times.append(time.perf_counter() - began)
    return times[1:]


def _encodings(engine: DefaultEngine) -> list[float]:
    model = engine.click_model()
    return [_timed(partial(model.encode, image)) for image, _ in _film(1, WARM + FRAMES)][WARM:]


def _clicks(model: ClickModel) -> list[float]:
    """Times of clicks one after another, each with the state of the one before and expected by the model."""
    image, masks = next(_film(1, 1))
    features = model.encode(image)
    clicks: list[Click] = []
    state, times = None, []
    for click in _places(masks[1]):
        clicks.append(click)
        began = time.perf_counter()
        state = model.predict(features, list(clicks), state).state
        times.append(time.perf_counter() - began)
        model.prefetch(features, clicks, state)
    return times[1:]


def _places(mask: BoolMask) -> Iterator[Click]:
    """Clicks in and around a thing."""
    random = np.random.default_rng(1)
    for _ in range(CLICKS):
        angle, away = random.uniform(0, 2 * np.pi), RADIUS * random.uniform(0.2, 1.4)
        x, y = int(CENTER[0] + away * np.cos(angle)), int(CENTER[1] + away * np.sin(angle))
        yield Click(float(x), float(y), bool(mask[y, x]))


def _steps(tracker: Tracker, count: int) -> list[float]:
    frames = _film(count, WARM + FRAMES)
    image, masks = next(frames)
    tracker.add_reference(0, image, masks)
    walk = tracker.start(0, 1)
    steps = enumerate((image for image, _ in frames), 1)
    return [_timed(partial(walk.step, i, image, sorted(masks))) for i, image in steps][WARM:]


def _film(count: int, length: int) -> Iterator[tuple[Image, dict[int, BoolMask]]]:
    """Discs that move over a textured ground, and their masks."""
    coarse = np.random.default_rng(0).integers(0, 200, (SIZE[0] // 8, SIZE[1] // 8, 3), np.uint8)
    ground = cv2.resize(coarse, SIZE[::-1])
    for index in range(length):
        image, masks = ground.copy(), {}
        for number in range(1, count + 1):
            mask = np.zeros(SIZE, np.uint8)
            center = (CENTER[0] + 3 * index + 200 * (number - 1), CENTER[1])
            cv2.circle(mask, center, RADIUS, 1, -1)
            image[mask > 0] = (250, 60 * number, 90)
            masks[number] = mask > 0
        yield np.asarray(image, np.uint8), masks


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
