"""Prints how an engine does: python -m tool.dev.evaluation held-out|clicks|propagation --engine default."""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from app.models.click_robot import annotate_image
from app.models.default.engine import DefaultEngine
from app.models.engine import ClickModel, Engine
from app.models.engine_loading import load_engine as load_named_engine
from tool.dev.evaluation import datasets, protocol
from tool.dev.evaluation.metrics import clicks_to_reach, rank_correlation
from tool.dev.evaluation.propagation import Measure, davis_mean, mean, propagate

DATA = Path(__file__).parents[3] / "../shared/data"
MEASURES = ("clicks", "prompts", "clips", "volumes", "parts")
SHOWN = (1, 3, 5, 10, 20)


def main() -> None:
    """Read the arguments and print the table they ask for."""
    arguments = _arguments()
    engine = load_engine(arguments.engine, arguments.folder)
    if arguments.what == "held-out":
        results = measure_held_out(engine, arguments)
        print_results(results, arguments.measures)
        if arguments.against:
            print_changes(protocol.load_results(arguments.against), results, arguments.measures)
        return
    clips = list(datasets.davis_clips(arguments.data, arguments.sequences))
    if arguments.what == "clicks":
        print_clicks(engine.click_model(), clips, arguments.frames, arguments.clicks)
    else:
        print_propagation(engine, clips, arguments.last)


def load_engine(name: str, folder: Path | None = None) -> Engine:
    """Return the engine of a known name, or of a "module:Class" path; folder: graphs other than those that ship."""
    if folder is not None:
        return DefaultEngine("cpu", folder=folder)
    module, _, kind = name.partition(":")
    if not kind:
        return load_named_engine(name, "cpu")
    engine: Engine = getattr(importlib.import_module(module), kind)(device="cpu")
    return engine


def measure_held_out(engine: Engine, arguments: argparse.Namespace) -> list[protocol.Result]:
    """Return the results of the protocol on held-out data; those so far are saved as they come."""
    extent = protocol.FAST if arguments.fast else protocol.FULL
    results = []
    for result in protocol.run_protocol(engine, arguments.data, arguments.parts, extent, arguments.measures):
        results.append(result)
        if arguments.save:
            protocol.save_results(results, arguments.save)
    return results


def print_results(results: Sequence[protocol.Result], measures: Iterable[str]) -> None:
    """Print the means by source, a table a measure."""
    for measure in measures:
        table = protocol.mean_by_source(results, measure)
        names = list(table.get("mean", {}))
        print(f"{measure:<24}" + "".join(f"{name:>14}" for name in names))
        for source, figures in table.items():
            print(f"{source:<24}" + "".join(f"{figures.get(n, float('nan')):14.3f}" for n in names))


def print_changes(
    before: Sequence[protocol.Result], after: Sequence[protocol.Result], measures: Iterable[str]
) -> None:
    """Print how the figures of the same cases changed, with the standard error of the mean change."""
    for measure in measures:
        changes = protocol.compare_results(before, after, measure)
        print(f"{measure:<24}" + "".join(f"{name:>14}" for name in changes))
        for words, place in (("change, all cases", 0), ("standard error", 1)):
            print(f"{words:<24}" + "".join(f"{change[place]:+14.3f}" for change in changes.values()))


def print_clicks(model: ClickModel, clips: Iterable[datasets.FolderClip], frames: int, clicks: int) -> None:
    """Print mean IoU after some clicks and NoC, per sequence and overall."""
    shown = [n for n in SHOWN if n <= clicks]
    print(f"{'sequence':<18}" + "".join(f"{f'IoU@{n}':>8}" for n in shown) + "  NoC85  NoC90  s/click")
    total: list[list[float]] = []
    for clip in clips:
        began = time.perf_counter()
        runs = [_padded(run, clicks) for run in _annotated(model, clip, frames, clicks)]
        seconds = (time.perf_counter() - began) / max(sum(map(len, runs)), 1)
        print(_clicks_row(clip.name, runs, shown, clicks) + f"{seconds:9.3f}", flush=True)
        total += runs
    print(_clicks_row("mean", total, shown, clicks))


def print_propagation(engine: Engine, clips: Iterable[datasets.FolderClip], last: int | None) -> None:
    """Print mean J and F from the truth of the first frame, speed, and how the score ranks frames."""
    print(f"{'sequence':<18}{'J':>8}{'F':>8}{'J&F':>8}{'score':>8}{'rank':>8}{'fps':>8}")
    rows: list[tuple[float, float]] = []
    everything: list[Measure] = []
    for clip in clips:
        measures = list(propagate(engine.tracker(), clip, last=last))
        rows.append(davis_mean(measures, clip))
        everything += measures
        print(_propagation_row(clip.name, *rows[-1], measures), flush=True)
    print(_propagation_row("mean", mean([j for j, _ in rows]), mean([f for _, f in rows]), everything))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tool.dev.evaluation", description=__doc__)
    parser.add_argument("what", choices=("held-out", "clicks", "propagation"))
    parser.add_argument("--engine", default="classic", help="a known name, or module:Class")
    parser.add_argument("--data", type=Path, default=DATA, help="the shared data folder")
    parser.add_argument("--sequences", nargs="*", default=(), help="DAVIS sequences, all by default")
    parser.add_argument("--folder", type=Path, help="graphs of the default engine other than those that ship")
    parser.add_argument("--fast", action="store_true", help="held-out: a small part of everything")
    parser.add_argument(
        "--parts", nargs="+", choices=("validate", "test"), default=("test",), help="held-out"
    )
    parser.add_argument("--measures", nargs="+", choices=MEASURES, default=MEASURES, help="held-out")
    parser.add_argument("--save", type=Path, help="held-out: write results here")
    parser.add_argument("--against", type=Path, help="held-out: results to compare with")
    parser.add_argument("--frames", type=int, default=5, help="frames of each sequence to click on")
    parser.add_argument("--clicks", type=int, default=10, help="clicks at most on a frame")
    parser.add_argument("--last", type=int, default=None, help="frame at which propagation ends")
    return parser.parse_args()


def _annotated(
    model: ClickModel, clip: datasets.FolderClip, frames: int, clicks: int
) -> Iterable[list[float]]:
    for index in datasets.spread_frames(clip.frames, frames):
        truth = (clip.truth(index) or {}).get(1)
        if truth is not None and truth.any():
            yield annotate_image(model, clip.image(index), truth, clicks)


def _padded(scores: list[float], clicks: int) -> list[float]:
    """Repeat the last score: a mask that is perfect early stays so."""
    return scores + scores[-1:] * (clicks - len(scores))


def _clicks_row(name: str, runs: list[list[float]], shown: list[int], clicks: int) -> str:
    means = "".join(f"{mean([run[n - 1] for run in runs]):8.3f}" for n in shown)
    counts = (mean([clicks_to_reach(run, bar, clicks) for run in runs]) for bar in (0.85, 0.90))
    return f"{name:<18}{means}" + "".join(f"{count:7.2f}" for count in counts)


def _propagation_row(name: str, j: float, f: float, measures: list[Measure]) -> str:
    rank = rank_correlation([m.score for m in measures], [m.j for m in measures])
    score, fps = mean([m.score for m in measures]), 1 / max(mean([m.seconds for m in measures]), 1e-9)
    return f"{name:<18}{j:8.3f}{f:8.3f}{(j + f) / 2:8.3f}{score:8.3f}{rank:8.3f}{fps:8.1f}"


if __name__ == "__main__":
    main()
