"""The command `framewise export`: writes what was annotated in any registered format, without a window."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from app.domain.errors import FramewiseError
from app.domain.finding import PictureAction
from app.headless.annotator import Annotator
from app.headless.command_output import print_error
from app.storage.exporters.export_registry import export_formats


def main(words: Sequence[str]) -> int:
    """Export a sequence and print the paths that were written; return the exit status."""
    arguments = _parse(words)
    if arguments.list:
        for row in export_formats().values():
            print(f"{row.kind:16} {row.title}")  # noqa: T201 - this is what was asked for
        return 0
    try:
        with Annotator(arguments.workspace, engine="classic", operator=arguments.operator) as annotator:
            annotator.open(arguments.source)
            for kind in arguments.format:
                for path in annotator.export(kind, arguments.into, pictures=arguments.pictures):
                    print(path)  # noqa: T201 - this is what was asked for
    except FramewiseError as error:
        print_error(error, as_json=False)
        return 1
    return 0


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="framewise export", description="Export the masks of one sequence, as they were annotated."
    )
    parser.add_argument("source", nargs="?", type=Path, help="the source, or its workspace folder")
    parser.add_argument(
        "--format", action="append", default=[], help="may be given several times; see --list"
    )
    parser.add_argument(
        "--into", type=Path, default=Path(), help="folder to write to; the current one by default"
    )
    parser.add_argument("--workspace", type=Path, help="folder with the workspaces of all sequences")
    parser.add_argument(
        "--pictures",
        choices=get_args(PictureAction),
        default="refuse",
        help="what becomes of frames that show text or faces: the export fails, they are painted over, those frames "
        "are left out, or they are written as they are",
    )
    parser.add_argument("--operator", default="", help="name under which that is noted; allow needs one")
    parser.add_argument("--list", action="store_true", help="list all formats")
    arguments = parser.parse_args(words)
    if not arguments.list and not (arguments.source and arguments.format and arguments.workspace):
        parser.error("a source, --workspace and --format are needed")
    return arguments
