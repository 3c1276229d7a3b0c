"""Models in EISeg's layout: clicks and propagation beside the figures of EISeg's own pipeline.

Weights follow from parity/weights.py, as those of the peer did. Each measurement runs in a process of its own.
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from app.annotation import Click
from tool.benches.report import heading, row

FOLDER = Path("out/bench-models")
CLICKS: Final = {"hrnet18s": "HRNet18s_OCR48", "hrnet18": "HRNet18_OCR64"}
SIZES: Final = ((854, 480), (1920, 1080))
ROUNDS, WARM = 7, 2
WHOSE: Final = ("ours", "peer")
Works = tuple[Callable[[], Any], ...]
Rounds = Iterator[Any]
PEER_CLICKS: Final = {
    ("hrnet18s", 854): "255 / 280 (network 208)",
    ("hrnet18s", 1920): "263 / 289 (network 205)",
    ("hrnet18", 854): "390 / 430 (network 335)",
    ("hrnet18", 1920): "402 / 437 (network 338)",
}
"""Milliseconds of click 1 / click 3 in parity/README.md, fp32, on two cores with AVX-512."""
PEER_PROPAGATION: Final = {1: "3.16 s/frame, 4.6 GB", 2: "5.03 s/frame, 7.3 GB"}


@dataclass(frozen=True, slots=True)
class Found:
    """seconds: the median of each thing timed; gigabytes: the process's highest memory; device: in words."""

    seconds: Sequence[float]
    gigabytes: float
    device: str


def models(parity: Path, lengths: Sequence[int]) -> None:
    """Print every measurement. lengths: of the propagations, in frames; the peer walks the first of them."""
    _make(parity)
    heading("clicks on models of EISeg's layout, ms of click 1 / click 3 (network alone)")
    for name, title in CLICKS.items():
        for width, height in SIZES:
            ours, peer = _side_by_side(WARM + ROUNDS, *(("click", name, width, height, w) for w in WHOSE))
            row(f"{title}, {width}x{height}", _clicks(ours))
            row("  EISeg's pipeline, here and now", f"{_clicks(peer)}; {_factors(ours, peer)}")
            row("  EISeg, on another machine", PEER_CLICKS[name, width])
    heading("propagation 854x480 on models of EISeg's layout")
    for objects in (1, 2):
        for length in lengths:
            whose = WHOSE if length == lengths[0] else WHOSE[:1]
            found = _side_by_side(length - 1, *(("propagation", objects, length, w) for w in whose))
            row(f"{objects} objects, {length} frames", _walk(found[0]))
            if len(found) > 1:
                row("  EISeg's pipeline, here and now", f"{_walk(found[1])}; {_factors(*found)}")
        row("  EISeg, 20 frames on another machine", PEER_PROPAGATION[objects])


def _clicks(found: Found) -> str:
    one, third, alone = (1000 * seconds for seconds in found.seconds)
    return f"{one:.0f} / {third:.0f} (network {alone:.0f}), {found.device}"


def _walk(found: Found) -> str:
    return f"{found.seconds[0]:.2f} s/frame, {found.gigabytes:.1f} GB, {found.device}"


def _factors(ours: Found, peer: Found) -> str:
    """How many times as long the peer takes."""
    factors = (theirs / own for theirs, own in zip(peer.seconds, ours.seconds, strict=True))
    return "times " + " / ".join(f"{factor:.2f}" for factor in factors)


def _side_by_side(rounds: int, *measurements: tuple[object, ...]) -> list[Found]:
    """Take measurements in turns, each in a process of its own, so that a busy moment hits all of them."""
    with ExitStack() as stack:
        processes = [stack.enter_context(_process(words)) for words in measurements]
        times: list[list[list[float]]] = [[] for _ in processes]
        for _ in range(rounds):
            for process, taken in zip(processes, times, strict=True):
                taken.append(_ask(process, "next"))
        ends = [_ask(process, "end") for process in processes]
    return [
        Found([statistics.median(column) for column in zip(*taken[WARM:], strict=True)], *end)
        for taken, end in zip(times, ends, strict=True)
    ]


def _process(words: Sequence[object]) -> subprocess.Popen[str]:
    command = (sys.executable, "-m", "tool.benches.models", *map(str, words))
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _ask(process: subprocess.Popen[str], word: str) -> Any:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(word + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


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


def click_rounds(name: str, width: int, height: int, whose: str) -> Rounds:
    """Yield the device, then seconds of the first click, the third, and the network alone.

    A click is all of it: crop, network, and the mask at the picture's size.
    """
    path = FOLDER / f"{name}.pdiparams"
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    places = ((0.5, 0.5), (0.55, 0.45), (0.4, 0.6))
    clicks = [Click(width * x, height * y, n < 2) for n, (x, y) in enumerate(places)]
    works, device = (_peer_clicks if whose == "peer" else _our_clicks)(path, image, clicks)
    yield device
    while True:
        yield [_seconds(work) for work in works]


def _our_clicks(path: Path, image: Any, clicks: Sequence[Click]) -> tuple[Works, str]:
    from app.models.static_engine import StaticEngine

    engine = StaticEngine(click=path, device="cpu", cache=FOLDER / "cache")
    model = engine.click_model()
    features = model.encode(image)

    def first() -> Any:
        return model.predict(model.encode(image), clicks[:1])

    state = model.predict(features, clicks[:2], first().state).state
    seen = _seen(model.rules)
    return (
        first,
        lambda: model.predict(features, clicks, state),
        lambda: model.network(seen, seen),
    ), engine.device


def _peer_clicks(path: Path, image: Any, clicks: Sequence[Click]) -> tuple[Works, str]:
    from tool.benches.peer import PeerClicks

    peer = PeerClicks(path, image)
    earlier, box = peer.predict(clicks[:2], *peer.predict(clicks[:1]))
    seen = _seen(peer.rules)
    return (
        lambda: peer.predict(clicks[:1]),
        lambda: peer.predict(clicks, earlier, box),
        lambda: peer.network(seen, seen),
    ), "fp32"


def _seen(rules: Any) -> Any:
    return np.zeros((1, 3, rules.height, rules.width), np.float32)


def walk_rounds(objects: int, frames: int, whose: str) -> Rounds:
    """Yield the device, then the seconds of each frame of a walk from frame 0."""
    yield from (_peer_walk if whose == "peer" else _our_walk)(objects, frames)


def _our_walk(objects: int, frames: int) -> Rounds:
    from app.models.static_engine import StaticEngine

    engine = StaticEngine(propagation=FOLDER / "propagation", device="cpu", cache=FOLDER / "cache")
    tracker = engine.tracker()
    masks = dict(enumerate(_masks(objects), 1))
    images = _images(frames)
    tracker.remember(0, next(images), masks)
    walk = tracker.start(0, 1)
    yield engine.device
    for index, image in enumerate(images, 1):
        yield [_seconds(lambda index=index, image=image: walk.step(index, image, list(masks)))]


def _peer_walk(objects: int, frames: int) -> Rounds:
    """What EISeg does with the whole clip before is shared among its frames."""
    from tool.benches.peer import PeerPropagation

    peer = PeerPropagation(FOLDER / "propagation")
    began = time.perf_counter()
    steps = peer.walk(list(_images(frames)), np.stack(_masks(objects)))
    next(steps)
    share = (time.perf_counter() - began) / frames
    yield "fp32"
    for _ in range(1, frames):
        yield [share + _seconds(lambda: next(steps))]


def _masks(objects: int) -> list[Any]:
    rows, columns = np.mgrid[:480, :854]
    return [(rows - 240) ** 2 + (columns - 250 * number) ** 2 < 90**2 for number in range(1, objects + 1)]


def _images(frames: int) -> Iterator[Any]:
    random = np.random.default_rng(0)
    return (random.integers(0, 256, (480, 854, 3), np.uint8) for _ in range(frames))


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _peak_gigabytes() -> float:
    with open("/proc/self/status", encoding="utf-8") as lines:
        kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return kilobytes / 1e6


def main() -> None:
    """Take one measurement, a round for each line of the input, and say at the end what it ran on and in."""
    # Paddle prints to the standard output; the answers keep it to themselves.
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    what, *words, whose = sys.argv[1:]
    if what == "click":
        rounds = click_rounds(words[0], int(words[1]), int(words[2]), whose)
    else:
        rounds = walk_rounds(int(words[0]), int(words[1]), whose)
    device = next(rounds)
    for line in sys.stdin:
        answer = next(rounds) if line.strip() == "next" else (_peak_gigabytes(), device)
        print(json.dumps(answer), file=output, flush=True)


if __name__ == "__main__":
    main()
