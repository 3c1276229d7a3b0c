"""The command `framewise compare`: how well two works on the same sequences agree."""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.domain.errors import FramewiseError
from app.files.parent_process import end_with_input
from app.headless.comparison import SequenceComparison, compare_sequences, pair_sequences
from app.headless.comparison_report import write_report
from app.headless.readable_workspace import ReadableWorkspace

_NICE: Final = 10  # of a run that the window began: a person goes on with their work beside it


def main(words: Sequence[str]) -> int:
    """Compare two workspaces, print the mean of each object and the paths written; return the exit status."""
    arguments = _parse(words)
    if arguments.end_with_input:
        os.nice(_NICE)
        threading.Thread(target=end_with_input, daemon=True).start()
    try:
        compared = _compare(arguments)
        paths = write_report(compared, arguments.into, with_names=arguments.names) if arguments.into else []
    except FramewiseError as error:
        if arguments.json:
            _print_wire({"error": str(error)})
        else:
            print(error, file=sys.stderr)  # noqa: T201 - the shell's way to say it
        return 1
    if arguments.json:
        _print_wire({"paths": [str(path) for path in paths]})
        return 0
    for one in compared:
        for item in one.objects:
            name = one.name if arguments.names else one.key
            print(f"{name}\t{item.label}\t{len(item.frames)} frames\tDice {item.mean_dice:.4f}")  # noqa: T201
    for path in paths:
        print(path)  # noqa: T201 - this is what was asked for
    return 0


def _compare(arguments: argparse.Namespace) -> list[SequenceComparison]:
    first, second = ReadableWorkspace(arguments.first), ReadableWorkspace(arguments.second)
    pairs = pair_sequences(first, second, arguments.only)
    compared: list[SequenceComparison] = []
    for one, other in pairs:
        if arguments.json:
            _print_wire({"done": len(compared), "total": len(pairs)})
        compared.append(compare_sequences(one, other, arguments.tolerance))
    return compared


def _print_wire(message: dict[str, object]) -> None:
    print(json.dumps(message), flush=True)  # noqa: T201 - this is what was asked for


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="framewise compare", description="Compare two annotators, one twice, or one with a truth."
    )
    add = parser.add_argument
    add("first", type=Path, help="a workspace, or a folder of workspaces")
    add("second", type=Path, help="likewise; sequences are paired by their content")
    add("--into", type=Path, help="folder for report.html and agreement.csv")
    add("--tolerance", type=float, default=1.0, help="of surfaces, in mm or pixels; 1 by default")
    add("--only", action="append", default=[], help="fingerprint of a sequence to compare; all by default")
    add("--names", action="store_true", help="names of sequences, which may name patients")
    add("--json", action="store_true", help="print progress, paths or an error, each as a line of JSON")
    add("--end-with-input", action="store_true", help="end when the standard input is closed")
    return parser.parse_args(words)
