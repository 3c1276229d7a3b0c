"""The command `framewise batch`: propagates and exports many sequences, at night if wanted."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, get_args

from app.domain.batch_jobs import BatchEntry, BatchJob, TimeWindow
from app.domain.errors import FramewiseError, UsageError
from app.domain.finding import PictureAction
from app.files.parent_process import end_with_input
from app.headless.annotator import Annotator
from app.headless.batch import BatchRunner
from app.headless.cluster.cluster_runner import ClusterOptions, ClusterRunner
from app.headless.command_output import print_error, print_message
from app.headless.readable_workspace import ReadableWorkspace
from app.headless.validation import as_picture_action
from app.pipeline.options import default_models_folder
from app.storage.exporters.export_registry import export_format
from app.storage.workspace.batch_list import NAME, BatchList

STOPPED: Final = 128 + signal.SIGTERM  # exit status, as shells say it
PICTURES_WAIT: Final = 3  # exit status where all is done but for pictures that wait for a person's word


def main(words: Sequence[str]) -> int:
    """Add sequences to a list of jobs, do what waits in it, and print what became of each; return the exit status."""
    arguments = _parse(words)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(STOPPED))
    if arguments.end_with_input:
        threading.Thread(target=end_with_input, daemon=True).start()
    try:
        jobs = BatchList(arguments.list or arguments.workspace / NAME)
        pictures = as_picture_action(arguments.pictures, arguments.operator)
        if pictures != "refuse":
            jobs.decide_pictures(pictures, arguments.operator)
        jobs.add(_jobs(arguments))
        _run(arguments, jobs)
        if arguments.learn:
            _learn(arguments)
        entries = jobs.read()
        is_failed, waits = any(one.status == "failed" for one in entries), any(one.refused for one in entries)
        return 1 if is_failed else PICTURES_WAIT if waits else 0
    except FramewiseError as error:
        print_error(error, as_json=arguments.json)
        return 1


def _jobs(arguments: argparse.Namespace) -> Iterator[BatchJob]:
    """Yield the jobs that the command line adds. Raises UsageError for an unknown kind of export."""
    for kind in arguments.export:
        export_format(kind)
    exports, (start, stop) = tuple(arguments.export), arguments.frames
    into = str(arguments.into.absolute()) if exports else ""
    for path in arguments.sources:
        yield BatchJob(
            str(path.absolute()),
            arguments.series,
            tuple(arguments.object),
            start,
            stop,
            exports,
            into=into,
            over_cuts=arguments.over_cuts,
            pictures=arguments.pictures,
            operator=arguments.operator,
        )


def _learn(arguments: argparse.Namespace) -> None:
    """Tune a model that ships on what is verified by now, and tell what came of it."""
    from app.headless.learn_command import describe_learning
    from app.headless.site_learning import learn_site
    from app.models.library.site_model import tuning_base

    workspace = ReadableWorkspace(arguments.workspace)
    base = tuning_base([arguments.engine, arguments.propagation or ""])
    try:
        found = learn_site(workspace, arguments.models, threads=arguments.threads, base=base)
        told = describe_learning(found)
    except UsageError as error:  # too little to learn from is no failure of the night
        told = str(error)
    if arguments.json:
        print_message({"told": told})
    else:
        print(told, flush=True)  # noqa: T201 - this is what was asked for


def describe_entry(entry: BatchEntry) -> str:
    """Return what became of a job, in one line."""
    if entry.status == "done":
        stopped = f", {entry.stop_words}" if entry.stopped_at else ""
        flagged = f", {entry.problem}" if entry.refused else ""
        doubt = (
            f", needs a look: lowest score {entry.lowest_score:.2f}{stopped}{flagged}"
            if entry.needs_look
            else ""
        )
        return f"done{doubt}\t{entry.frames} frames\t{entry.job.source}"
    return f"{entry.status}\t{entry.problem or 'outside the hours'}\t{entry.job.source}"


def _run(arguments: argparse.Namespace, jobs: BatchList) -> None:
    tell = _print_wire if arguments.json else _print_entry
    make, window = _maker(arguments), arguments.between
    if window is not None and not window.holds(datetime.now().time()):
        print(f"It is outside {window}: jobs wait until then.", file=sys.stderr)  # noqa: T201 - or it would look hung
    if not arguments.scheduler:
        BatchRunner(jobs, make, window, tell).run()
        return
    options = ClusterOptions(
        arguments.scheduler, arguments.insecure, arguments.share, arguments.engine, arguments.propagation
    )
    ClusterRunner(jobs, arguments.workspace, options, make, window, tell).run()


def _maker(arguments: argparse.Namespace) -> Callable[[str], Annotator]:
    def make(engine: str) -> Annotator:
        return Annotator(
            arguments.workspace,
            arguments.device,
            engine or arguments.engine,
            propagation="" if engine else arguments.propagation,
            threads=arguments.threads,
            identify=arguments.identify,
            check_pictures=not arguments.unchecked_pictures,
        )

    return make


def _print_entry(entry: BatchEntry) -> None:
    if entry.status != "running":
        print(describe_entry(entry), flush=True)  # noqa: T201 - this is what was asked for


def _print_wire(entry: BatchEntry) -> None:
    print_message(entry.to_wire())


def _frames(text: str) -> tuple[int | None, int | None]:
    """Read a range of frames such as 0:100, in which an end may be missing. Raises ValueError."""
    start, _, stop = text.partition(":")
    return int(start) if start else None, int(stop) if stop else None


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="framewise batch", description="Propagate and export sequences, one after the other."
    )
    add = parser.add_argument
    add("sources", nargs="*", type=Path, help="sources or workspace folders; none goes on with the list")
    add("--workspace", type=Path, required=True, help="folder with the workspaces of all sequences")
    add("--list", type=Path, help=f"file of the jobs; {NAME} in the workspace, the window's own, by default")
    add("--series", help="which DICOM series of the sources")
    add("--object", action="append", type=int, default=[], help="id of one to propagate; all by default")
    add("--frames", type=_frames, default=(None, None), help="propagate to these frames only, such as 0:100")
    add("--over-cuts", action="store_true", help="go on over cuts where an object is not found again")
    add("--export", action="append", default=[], help="format to write when done; may be given several times")
    add("--into", type=Path, default=Path(), help="folder of exports; the current one by default")
    add("--engine", default="best", help="model that propagates, for jobs that do not say which")
    add("--propagation", default="", help="propagation model beside that engine")
    add("--device", default="auto", help="auto, cpu or gpu")
    add("--threads", type=int, default=0, help="of each worker process; all cores by default")
    add("--identify", action="store_true", help="exports of a scan may name the patient and the time")
    add(
        "--unchecked-pictures",
        action="store_true",
        help="do not look for text and faces in exported pictures",
    )
    add(
        "--pictures",
        choices=get_args(PictureAction),
        default="refuse",
        help="what becomes of pictures with text or faces, also of those that wait for a word in the list",
    )
    add("--operator", default="", help="who says so; allow needs one")
    add("--between", type=TimeWindow.parse, help="hours in which to work, such as 20:00-06:30")
    add("--scheduler", help="have the workers of this scheduler of Dask do the jobs, such as tls://head:8786")
    add("--insecure", action="store_true", help="allow a scheduler on another machine without TLS")
    add("--learn", action="store_true", help="tune the model that ships on verified masks in the end")
    add("--models", type=Path, default=default_models_folder(), help="folder of models, for that")
    add("--share", action="store_true", help="the workers see the sources under the same paths")
    add(
        "--json",
        action="store_true",
        help="print each job, and what keeps all from being done, as a line of JSON",
    )
    add("--end-with-input", action="store_true", help="end when the standard input is closed")
    return parser.parse_args(words)
