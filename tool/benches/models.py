"""Models in EISeg's layout: clicks and propagation beside the figures of EISeg's own pipeline.

Weights follow from parity/weights.py, as those of the peer did. Each measurement runs in a process of its own.
"""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.annotation import Click
from tool.benches.report import heading, row

FOLDER = Path("out/bench-models")
CLICKS: Final = {"hrnet18s": "HRNet18s_OCR48", "hrnet18": "HRNet18_OCR64"}
SIZES: Final = ((854, 480), (1920, 1080))
ROUNDS, WARM = 5, 2
PEER_CLICKS: Final = {
    ("hrnet18s", 854): "255 / 280 (network 208)",
    ("hrnet18s", 1920): "263 / 289 (network 205)",
    ("hrnet18", 854): "390 / 430 (network 335)",
    ("hrnet18", 1920): "402 / 437 (network 338)",
}
"""Milliseconds of click 1 / click 3 in parity/README.md, fp32, on two cores with AVX-512."""
PEER_PROPAGATION: Final = {1: "3.16 s/frame, 4.6 GB", 2: "5.03 s/frame, 7.3 GB"}


def models(parity: Path, lengths: Sequence[int]) -> None:
    """Print every measurement. lengths: of the propagations, in frames."""
    _make(parity)
    heading("clicks on models of EISeg's layout, ms of click 1 / click 3 (network alone)")
    for name, title in CLICKS.items():
        for width, height in SIZES:
            row(f"{title}, {width}x{height}", _measured("click", name, width, height, "ours"))
            row("  EISeg's pipeline, here", _measured("click", name, width, height, "eiseg"))
            row("  EISeg, on another machine", PEER_CLICKS[name, width])
    heading("propagation 854x480 on models of EISeg's layout")
    for objects in (1, 2):
        for length in lengths:
            row(f"{objects} objects, {length} frames", _measured("propagation", objects, length, "ours"))
        row("  EISeg's pipeline, here", _measured("propagation", objects, lengths[0], "eiseg"))
        row("  EISeg, 20 frames on another machine", PEER_PROPAGATION[objects])


def _make(parity: Path) -> None:
    if (FOLDER / "propagation").is_dir():
        return
    from app.models.static_export import export_click, export_propagation

    spec = importlib.util.spec_from_file_location("parity_weights", parity / "weights.py")
    assert spec is not None and spec.loader is not None
    weights = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(weights)

    def state(name: str) -> dict[str, Any]:
        entries = json.loads((parity / f"{name}.json").read_text())["state"]
        return {entry["name"]: weights.tensor(entry["name"], entry["shape"]) for entry in entries}

    export_click("hrnet18s", state("ritm_hrnet18s_ocr48"), FOLDER / "hrnet18s")
    export_click("hrnet18", state("ritm_hrnet18_ocr64"), FOLDER / "hrnet18")
    export_propagation(state("mivos_propagation"), state("mivos_fusion"), FOLDER / "propagation")


def _measured(*words: object) -> str:
    command = (sys.executable, "-m", "tool.benches.models", *map(str, words))
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return answer.splitlines()[-1]


def click(name: str, width: int, height: int, whose: str) -> str:
    """Time the first and the third click, all of it: crop, network, and the mask at the picture's size."""
    path = FOLDER / f"{name}.pdiparams"
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    places = ((0.5, 0.5), (0.55, 0.45), (0.4, 0.6))
    clicks = [Click(width * x, height * y, n < 2) for n, (x, y) in enumerate(places)]
    one, third, alone, device = (_peer_clicks if whose == "eiseg" else _our_clicks)(path, image, clicks)
    return f"{1000 * one:.0f} / {1000 * third:.0f} (network {1000 * alone:.0f}), {device}"


def _our_clicks(path: Path, image: Any, clicks: Sequence[Click]) -> tuple[float, float, float, str]:
    from app.models.static_engine import StaticEngine

    engine = StaticEngine(click=path, device="cpu", cache=FOLDER / "cache")
    model = engine.click_model()
    features = model.encode(image)

    def first() -> Any:
        return model.predict(model.encode(image), clicks[:1])

    state = model.predict(features, clicks[:2], first().state).state
    seen = _seen(model.rules)
    times = (first, lambda: model.predict(features, clicks, state), lambda: model.network(seen, seen))
    one, third, alone = map(_median, times)
    return one, third, alone, engine.device


def _peer_clicks(path: Path, image: Any, clicks: Sequence[Click]) -> tuple[float, float, float, str]:
    from tool.benches.peer import PeerClicks

    peer = PeerClicks(path, image)
    earlier, box = peer.predict(clicks[:2], *peer.predict(clicks[:1]))
    seen = _seen(peer.rules)
    times = (
        lambda: peer.predict(clicks[:1]),
        lambda: peer.predict(clicks, earlier, box),
        lambda: peer.network(seen, seen),
    )
    one, third, alone = map(_median, times)
    return one, third, alone, "fp32"


def _seen(rules: Any) -> Any:
    return np.zeros((1, 3, rules.height, rules.width), np.float32)


def propagation(objects: int, frames: int, whose: str) -> str:
    """Time a walk from frame 0, and read the highest memory of the process."""
    times, device = (_peer_walk if whose == "eiseg" else _our_walk)(objects, frames)
    return f"{statistics.median(times):.2f} s/frame, {_peak_gigabytes():.1f} GB, {device}"


def _our_walk(objects: int, frames: int) -> tuple[list[float], str]:
    from app.models.static_engine import StaticEngine

    engine = StaticEngine(propagation=FOLDER / "propagation", device="cpu", cache=FOLDER / "cache")
    tracker = engine.tracker()
    masks = dict(enumerate(_masks(objects), 1))
    images = _images(frames)
    tracker.remember(0, next(images), masks)
    walk = tracker.start(0, 1)
    times = []
    for index, image in enumerate(images, 1):
        began = time.perf_counter()
        walk.step(index, image, list(masks))
        times.append(time.perf_counter() - began)
    return times, engine.device


def _peer_walk(objects: int, frames: int) -> tuple[list[float], str]:
    """The time of what EISeg does to the whole clip before is shared among the frames."""
    from tool.benches.peer import PeerPropagation

    peer = PeerPropagation(FOLDER / "propagation")
    clip = list(_images(frames))
    began = time.perf_counter()
    marks = [time.perf_counter() for _ in peer.walk(clip, np.stack(_masks(objects)))]
    steps = [after - before for before, after in pairwise(marks)]
    before = marks[0] - began - statistics.median(steps)
    return [step + before / frames for step in steps], "fp32"


def _masks(objects: int) -> list[Any]:
    rows, columns = np.mgrid[:480, :854]
    return [(rows - 240) ** 2 + (columns - 250 * number) ** 2 < 90**2 for number in range(1, objects + 1)]


def _images(frames: int) -> Iterator[Any]:
    random = np.random.default_rng(0)
    return (random.integers(0, 256, (480, 854, 3), np.uint8) for _ in range(frames))


def _median(work: Callable[[], Any]) -> float:
    times = []
    for _ in range(WARM + ROUNDS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return statistics.median(times[WARM:])


def _peak_gigabytes() -> float:
    with open("/proc/self/status", encoding="utf-8") as lines:
        kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return kilobytes / 1e6


def main() -> None:
    """Carry out one measurement and print it."""
    what, *words = sys.argv[1:]
    if what == "click":
        name, width, height, whose = words
        print(click(name, int(width), int(height), whose))
    else:
        objects, frames, whose = words
        print(propagation(int(objects), int(frames), whose))


if __name__ == "__main__":
    main()
