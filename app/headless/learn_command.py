"""The command `framewise learn`: tunes the model that ships on the verified masks of a folder of workspaces."""

import argparse
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.domain.errors import FramewiseError
from app.files.parent_process import end_with_input
from app.headless.command_output import print_error, print_message
from app.headless.readable_workspace import ReadableWorkspace
from app.headless.site_learning import SiteLearning, learn_site
from app.models.library.site_model import tuning_base
from app.pipeline.options import default_models_folder

NICE: Final = 15  # below propagation in the background, 10: a person goes on with their work beside it


def main(words: Sequence[str]) -> int:
    """Learn, print the figures of the trial, and return the exit status."""
    arguments = _parse(words)
    os.nice(NICE)
    if arguments.end_with_input:
        threading.Thread(target=end_with_input, daemon=True).start()
    tell = _print_progress if arguments.json else lambda _words, _done, _total: None
    try:
        base = tuning_base([arguments.engine])
        workspace = ReadableWorkspace(arguments.workspace)
        found = learn_site(workspace, arguments.models, tell, "cpu", arguments.threads, base)
    except FramewiseError as error:
        print_error(error, as_json=arguments.json)
        return 1
    if arguments.json:
        print_message({"ended": describe_learning(found), "model": str(found.model or "")})
    else:
        print(describe_learning(found))  # noqa: T201 - this is what was asked for
    return 0


def describe_learning(found: SiteLearning) -> str:
    """Return what came of a trial, with its figures, in one paragraph."""
    record = found.record
    figures = ", ".join(f"{name} {old:.3f} → {new:.3f}" for name, (old, new) in record.figures.items())
    kept = f"Kept as {found.model.name}." if found.model is not None else f"Not kept: {found.problem}"
    skipped = f" Without source: {', '.join(found.skipped)}." if found.skipped else ""
    return (
        f"{kept} Learned from {record.frames} frames of {record.sequences} sequences, judged on {record.held_out}"
        f" others: {figures}.{skipped}"
    )


def _print_progress(words: str, done: int, total: int) -> None:
    print_message({"words": words, "done": done, "total": total})


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="framewise learn",
        description="Tune the model that ships on verified masks; nothing leaves the machine.",
    )
    add = parser.add_argument
    add("workspace", type=Path, help="a folder of workspaces")
    add(
        "--models", type=Path, default=default_models_folder(), help="folder of models; the user's by default"
    )
    add(
        "--engine",
        default="default",
        help='begin with the weights of this one: "default", "free" or a tuned model',
    )
    add("--threads", type=int, default=0, help="of the networks; all cores by default")
    add("--json", action="store_true", help="print progress, outcome or an error, each as a line of JSON")
    add("--end-with-input", action="store_true", help="end when the standard input is closed")
    return parser.parse_args(words)
