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
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

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
            row("  with EISeg's engine settings, here", _measured("click", name, width, height, "eiseg"))
            row("  EISeg, on another machine", PEER_CLICKS[name, width])
    heading("propagation 854x480 on models of EISeg's layout")
    for objects in (1, 2):
        for length in lengths:
            row(f"{objects} objects, {length} frames", _measured("propagation", objects, length, "ours"))
        row("  with EISeg's engine settings, here", _measured("propagation", objects, lengths[0], "eiseg"))
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


def eiseg_network(files: Any) -> Any:
    """Load a model with the settings of EISeg's engine, but for the threads, of which there are as many as cores."""
    from app.models.device import cores
    from app.models.paddle_network import PaddleNetwork
    from app.models.paddle_runtime import paddle

    config = paddle.inference.Config(str(files.program), str(files.parameters or ""))
    config.disable_glog_info()
    config.disable_gpu()
    config.enable_mkldnn()
    config.switch_ir_optim(True)
    config.set_cpu_math_library_num_threads(cores())
    return PaddleNetwork(config, files.program.name)


def click(name: str, width: int, height: int, whose: str) -> str:
    """Time the first and the third click, all of it: crop, network, and the mask at the picture's size."""
    from app.annotation import Click
    from app.models.click_model import StaticClickModel
    from app.models.static_engine import StaticEngine
    from app.models.static_model import click_files

    path = FOLDER / f"{name}.pdiparams"
    if whose == "eiseg":
        model, device = StaticClickModel(eiseg_network(click_files(path))), "fp32"
    else:
        engine = StaticEngine(click=path, device="cpu", cache=FOLDER / "cache")
        model, device = engine.click_model(), engine.device
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    places = ((0.5, 0.5), (0.55, 0.45), (0.4, 0.6))
    clicks = [Click(width * x, height * y, n < 2) for n, (x, y) in enumerate(places)]

    def first() -> Any:
        return model.predict(model.encode(image), clicks[:1])

    state = model.predict(model.encode(image), clicks[:2], first().state).state
    features = model.encode(image)
    seen = np.zeros((1, 3, model.rules.height, model.rules.width), np.float32)
    one, third, alone = (
        1000 * _median(work)
        for work in (
            first,
            lambda: model.predict(features, clicks, state),
            lambda: model.network(seen, seen),
        )
    )
    return f"{one:.0f} / {third:.0f} (network {alone:.0f}), {device}"


def propagation(objects: int, frames: int, whose: str) -> str:
    """Time a walk from frame 0, and read the highest memory of the process."""
    from app.models.propagation_networks import StaticPropagation
    from app.models.propagation_tracker import PropagationTracker
    from app.models.static_engine import StaticEngine
    from app.models.static_model import propagation_files

    folder = FOLDER / "propagation"
    if whose == "eiseg":
        parts = {part: eiseg_network(files) for part, files in propagation_files(folder).items()}
        tracker, device = PropagationTracker(StaticPropagation(parts)), "fp32"
    else:
        engine = StaticEngine(propagation=folder, device="cpu", cache=FOLDER / "cache")
        tracker, device = engine.tracker(), engine.device
    random = np.random.default_rng(0)
    rows, columns = np.mgrid[:480, :854]
    masks = {
        number: (rows - 240) ** 2 + (columns - 250 * number) ** 2 < 90**2 for number in range(1, objects + 1)
    }
    tracker.remember(0, random.integers(0, 256, (480, 854, 3), np.uint8), masks)
    walk = tracker.start(0, 1)
    times = []
    for index in range(1, frames):
        image = random.integers(0, 256, (480, 854, 3), np.uint8)
        began = time.perf_counter()
        walk.step(index, image, list(masks))
        times.append(time.perf_counter() - began)
    peak = _peak_gigabytes()
    return f"{statistics.median(times):.2f} s/frame, {peak:.1f} GB, {device}"


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
