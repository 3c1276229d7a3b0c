"""The command `framewise compare`: how well two works on the same sequences agree."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from app.domain.errors import FramewiseError
from app.headless.comparison import compare_workspaces
from app.headless.comparison_report import write_report
from app.headless.readable_workspace import ReadableWorkspace


def main(words: Sequence[str]) -> int:
    """Compare two workspaces, print the mean of each object and the paths written; return the exit status."""
    arguments = _parse(words)
    try:
        first, second = ReadableWorkspace(arguments.first), ReadableWorkspace(arguments.second)
        compared = list(compare_workspaces(first, second, arguments.tolerance))
        paths = write_report(compared, arguments.into, with_names=arguments.names) if arguments.into else []
    except FramewiseError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the shell's way to say it
        return 1
    for one in compared:
        for item in one.objects:
            name = one.name if arguments.names else one.key
            print(f"{name}\t{item.label}\t{len(item.frames)} frames\tDice {item.mean_dice:.4f}")  # noqa: T201
    for path in paths:
        print(path)  # noqa: T201 - this is what was asked for
    return 0


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="framewise compare", description="Compare two annotators, one twice, or one with a truth."
    )
    parser.add_argument("first", type=Path, help="a workspace, or a folder of workspaces")
    parser.add_argument("second", type=Path, help="likewise; sequences are paired by their content")
    parser.add_argument("--into", type=Path, help="folder for report.html and agreement.csv")
    parser.add_argument(
        "--tolerance", type=float, default=1.0, help="of surfaces, in mm or pixels; 1 by default"
    )
    parser.add_argument("--names", action="store_true", help="names of sequences, which may name patients")
    return parser.parse_args(words)
