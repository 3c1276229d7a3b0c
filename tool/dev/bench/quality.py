"""How good the masks are: clicks by a robot, propagation from the first frame, organs from one slice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.models.engine import Engine
from app.models.engine_loading import load_engine
from tool.dev.bench.report import heading, row
from tool.dev.evaluation import datasets, protocol
from tool.dev.evaluation.__main__ import MEASURES, print_clicks, print_propagation, print_results
from tool.dev.evaluation.propagation import mean, propagate, volume_dice

MAX_CLICKS = 20  # as in the papers on interactive segmentation (NoC is counted up to 20)
ORGANS = {"liver": 5, "spleen": 1, "right kidney": 2, "left kidney": 3, "aorta": 52, "vertebra L1": 31}


def clicks(data: Path, engines: Sequence[str], samples: int, sequences: Sequence[str] = ()) -> None:
    """IoU after some clicks and NoC on frames of DAVIS sequences, of all where none is named."""
    clips = list(datasets.davis_clips(data, sequences))
    for name in engines:
        heading(f"clicks by a robot, {samples} frames a sequence, engine {name}")
        print_clicks(load_engine(name).click_model(), clips, samples, MAX_CLICKS)


def propagation(data: Path, engines: Sequence[str], sequences: Sequence[str] = ()) -> None:
    """J and F on DAVIS sequences, on all where none is named."""
    clips = list(datasets.davis_clips(data, sequences))
    for name in engines:
        heading(f"propagation of frame 0's truth, engine {name}")
        print_propagation(load_engine(name), clips, None)


def held_out(data: Path, engines: Sequence[str], extent: protocol.Extent) -> None:
    """Clicks, boxes, scribbles, propagation and volumes on what no training read and no setting was chosen on."""
    for name in engines:
        heading(f"held-out data, engine {name}")
        results = list(protocol.run_protocol(load_engine(name, "cpu"), data, ("test",), extent, MEASURES))
        print_results(results, MEASURES)


def organs(data: Path, engines: Sequence[str]) -> None:
    """Dice of the organs of a CT, each carried from its middle slice to both ends of the scan.

    Slice by slice as far as the organ goes, and of the whole volume, where a mask that goes on past the organ
    counts as well. The slice it began with counts in neither.
    """
    for name in engines:
        heading(f"CT organs from their middle slice, engine {name}")
        _organs(load_engine(name), data)


def _organs(engine: Engine, data: Path) -> None:
    clip = datasets.abdominal_ct(data)
    found, whole = [], []
    for organ, value in ORGANS.items():
        extent = clip.extent(value)
        if not extent:
            continue
        middle = extent[len(extent) // 2]
        measures = list(propagate(engine.tracker(), clip, middle, [value]))
        inside = [measure.dice for measure in measures if measure.frame in extent]
        found.append(mean(inside))
        whole.append(volume_dice(measures))
        row(organ, f"Dice {found[-1]:.3f} over {len(extent)} slices, {whole[-1]:.3f} of the volume")
    row("mean", f"Dice {mean(found):.3f}, {mean(whole):.3f} of the volume")
