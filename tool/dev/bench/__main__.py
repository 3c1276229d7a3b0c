"""Prints the measurements: python -m tool.dev.bench [subjects]. Needs real data for most; see --help."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tool.dev.bench import main_job
from tool.dev.bench.report import heading, machine, row


def main() -> None:
    """Run the subjects asked for, all by default."""
    words = _arguments()
    subjects: dict[str, Callable[[], None]] = {
        "job": lambda: _job(words),
        "memory": lambda: main_job.memory(words.engine, words.frames),
        "clicks": lambda: _clicks(words),
        "propagation": lambda: _propagation(words),
        "window": lambda: _window(words),
        "felt": lambda: _felt(words),
        "marking": lambda: _marking(words),
        "strokes": lambda: _strokes(words),
        "worklist": lambda: _worklist(words),
        "speed": lambda: _speed(words),
        "models": lambda: _models(words),
        "held-out": lambda: _held_out(words),
        "organs": lambda: _organs(words),
        "volumes": lambda: _volumes(words),
        "solid": _solid,
        "scale": _scale,
        "data-set": _data_set,
        "checked-data-set": lambda: _checked_data_set(words),
        "data-set-window": lambda: _data_set_window(words),
        "cluster": lambda: _cluster(words),
        "operator": lambda: _operator(words),
        "corrections": lambda: _corrections(words),
    }
    names = words.subjects or list(subjects)
    if len(names) > 1:
        _run_each(names)
        return
    heading("machine")
    row("processor", machine())
    subjects[names[0]]()


def _run_each(names: Sequence[str]) -> None:
    """Run each subject in a process of its own: Dear PyGui cannot open a second window in one."""
    options = [word for word in sys.argv[1:] if word not in names]
    for name in names:
        subprocess.run((sys.executable, "-m", "tool.dev.bench", name, *options), check=True)


def _job(words: argparse.Namespace) -> None:
    for name in ("bedroom.mp4", "example.mp4"):
        main_job.video(words.data / "video" / name, words.engine)


def _clicks(words: argparse.Namespace) -> None:
    from tool.dev.bench import quality

    quality.clicks(words.data, words.engines, words.samples, words.sequences)


def _propagation(words: argparse.Namespace) -> None:
    from tool.dev.bench import quality

    quality.propagation(words.data, words.engines, words.sequences)


def _held_out(words: argparse.Namespace) -> None:
    from tool.dev.bench import quality
    from tool.dev.evaluation import protocol

    quality.held_out(words.data, words.engines, protocol.FULL if words.full else protocol.FAST)


def _organs(words: argparse.Namespace) -> None:
    from tool.dev.bench import quality

    quality.organs(words.data, words.engines)


def _marking(words: argparse.Namespace) -> None:
    from tool.dev.bench import marking

    marking.run(words.minutes)


def _solid() -> None:
    from tool.dev.bench import solid

    solid.run()


def _scale() -> None:
    from tool.dev.bench import scale

    scale.run()


def _data_set() -> None:
    from tool.dev.bench import data_sets

    data_sets.run()


def _checked_data_set(words: argparse.Namespace) -> None:
    from tool.dev.bench import checked_data_sets

    checked_data_sets.run(words.data)


def _operator(words: argparse.Namespace) -> None:
    from tool.dev.bench import operator
    from tool.dev.bench.operator_robot import OperatorTask

    task = OperatorTask(words.goal, words.limit, words.recipe)
    operator.run(words.engines, words.data, words.clips, task)


def _corrections(words: argparse.Namespace) -> None:
    from tool.dev.bench import corrections

    corrections.run(words.engines, words.data, words.clips, words.goal)


def _cluster(words: argparse.Namespace) -> None:
    from tool.dev.bench import cluster

    cluster.run(words.engine)


def _data_set_window(words: argparse.Namespace) -> None:
    from tool.dev.bench import data_set_window

    data_set_window.run(words.engine, words.films, checks_pictures=not words.unchecked_pictures)


def _window(words: argparse.Namespace) -> None:
    from tool.dev.bench import window

    window.run(words.engine)


def _felt(words: argparse.Namespace) -> None:
    from tool.dev.bench import felt

    felt.run(words.engine)


def _strokes(words: argparse.Namespace) -> None:
    from tool.dev.bench import strokes

    strokes.run(words.engine)


def _worklist(words: argparse.Namespace) -> None:
    from tool.dev.bench import worklist

    worklist.run(words.engine)


def _speed(words: argparse.Namespace) -> None:
    from tool.dev.bench import speed

    speed.run(words.threads)


def _models(words: argparse.Namespace) -> None:
    from tool.dev.bench import models

    models.models(words.data.parent / "parity", words.walks)


def _volumes(words: argparse.Namespace) -> None:
    from tool.dev.bench.volumes import main as volumes

    volumes(words.data)


def _arguments() -> argparse.Namespace:
    default = Path(os.environ.get("FRAMEWISE_DATA", "../shared/data"))
    parser = argparse.ArgumentParser(description="Measure the program.")
    parser.add_argument(
        "subjects",
        nargs="*",
        help="job memory clicks propagation speed window felt marking strokes worklist models held-out organs volumes "
        "solid scale data-set checked-data-set data-set-window cluster operator corrections",
    )
    parser.add_argument("--data", type=Path, default=default, help="folder of real data")
    parser.add_argument("--engine", default="best", help="engine of job, memory, window and cluster")
    parser.add_argument(
        "--clips",
        nargs="+",
        default=["camel", "cows"],
        help="of operator: names of davis10, or FILE:LABELS:VALUE of a volume; of corrections: names, or folders",
    )
    parser.add_argument(
        "--recipe",
        choices=("play", "keys", "eiseg"),
        default="play",
        help="of operator: unseen frames play, or the arrow key goes through all; as in EISeg, with clicks alone",
    )
    parser.add_argument(
        "--goal", type=float, default=0.85, help="IoU of every frame, of operator and corrections"
    )
    parser.add_argument(
        "--limit", type=float, default=1800.0, help="seconds by the clock a clip, of operator"
    )
    parser.add_argument(
        "--engines",
        nargs="+",
        default=["default", "free", "classic"],
        help="engines of clicks, propagation, held-out, organs, operator and corrections",
    )
    parser.add_argument("--full", action="store_true", help="held-out: all of it, not a small part")
    parser.add_argument(
        "--sequences",
        nargs="+",
        default=[],
        help="DAVIS sequences, all by default; the default model was not trained on goat and scooter-black",
    )
    parser.add_argument("--threads", type=int, default=0, help="of speed; 0 means all cores")
    parser.add_argument("--frames", type=int, default=main_job.LONG_FRAMES, help="length of the memory video")
    parser.add_argument(
        "--walks", nargs="+", type=int, default=[20, 200], help="frames of propagations in models"
    )
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the film of marking")
    parser.add_argument(
        "--films", type=int, default=50, help="of 600 frames each, that data-set-window exports"
    )
    parser.add_argument(
        "--unchecked-pictures",
        action="store_true",
        help="data-set-window does not look for text and faces before it exports",
    )
    parser.add_argument("--samples", type=int, default=5, help="frames a sequence that the robot annotates")
    return parser.parse_args()


if __name__ == "__main__":
    main()
