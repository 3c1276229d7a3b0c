"""The command `framewise batch`: propagates and exports many sequences, at night if wanted."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import time
from pathlib import Path
from typing import Final

from app.domain.batch_jobs import BatchEntry, BatchJob, TimeWindow
from app.domain.errors import FramewiseError
from app.headless.annotator import Annotator
from app.headless.batch import BatchList, BatchRunner

_NEEDS_A_LOOK: Final = 0.75  # score below which a propagated mask is called doubtful, as the window does


def main(words: Sequence[str]) -> int:
    """Add sequences to a list of jobs, do what waits in it, and print what became of each; return the exit status."""
    arguments = _parse(words)
    try:
        jobs = BatchList(arguments.list)
        exports = tuple(arguments.export)
        jobs.add(BatchJob(str(path), arguments.series, exports=exports) for path in arguments.sources)
        make = lambda: Annotator(arguments.workspace, engine=arguments.engine, operator="")  # noqa: E731
        BatchRunner(jobs, make, arguments.into, arguments.between, _print_entry).run()
    except FramewiseError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the shell's way to say it
        return 1
    return 1 if any(entry.status == "failed" for entry in jobs.entries) else 0


def describe_entry(entry: BatchEntry) -> str:
    """Return what became of a job, in one line."""
    if entry.status == "done":
        doubt = f", needs a look: lowest score {entry.lowest_score:.2f}"
        return f"done{doubt if entry.lowest_score < _NEEDS_A_LOOK else ''}\t{entry.frames} frames\t{entry.job.source}"
    return f"{entry.status}\t{entry.problem or 'outside the hours'}\t{entry.job.source}"


def _print_entry(entry: BatchEntry) -> None:
    print(describe_entry(entry), flush=True)  # noqa: T201 - this is what was asked for


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="framewise batch", description="Propagate and export sequences, one after the other."
    )
    add = parser.add_argument
    add("sources", nargs="*", type=Path, help="sources or workspace folders; none goes on with the list")
    add("--workspace", type=Path, required=True, help="folder with the workspaces of all sequences")
    add("--list", type=Path, required=True, help="file of the jobs, by which a run goes on that was cut off")
    add("--series", help="which DICOM series of the sources")
    add("--export", action="append", default=[], help="format to write when done; may be given several times")
    add("--into", type=Path, default=Path(), help="folder of exports; the current one by default")
    add("--engine", default="best", help="model that propagates")
    add("--between", type=_window, help="hours in which to work, such as 20:00-06:30")
    return parser.parse_args(words)


def _window(text: str) -> TimeWindow:
    begin, _, end = text.partition("-")
    return TimeWindow(time.fromisoformat(begin), time.fromisoformat(end))
