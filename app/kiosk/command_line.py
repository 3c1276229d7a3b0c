"""The command `framewise`. Called on the main thread by main.py and by the installed script."""

import argparse
from pathlib import Path
from typing import Final

from app import __version__
from app.kiosk.gc_pauses import without_collection

_EPILOG: Final = (
    "Without a window: framewise export, compare, batch, learn, receive, worker; each has its own --help."
)


def parse_arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command line, sys.argv where no words are given."""
    parser = argparse.ArgumentParser(
        prog="framewise", description="Annotate clinical videos and scans.", epilog=_EPILOG
    )
    parser.add_argument(
        "path", nargs="?", type=Path, help="a video, image folder, image, scan or workspace to open"
    )
    parser.add_argument("--version", action="version", version=f"framewise {__version__}")
    parser.add_argument("--workspace", type=Path, help="folder for the workspaces of all sequences")
    parser.add_argument("--settings", type=Path, help="settings file to use in place of the user's own")
    parser.add_argument("--engine", help='"classic", "default", "free" or the path of a model')
    parser.add_argument("--demo", action="store_true", help="open a sequence that the program makes itself")
    parser.add_argument("--fullscreen", action="store_true", help="fill the screen")
    parser.add_argument("--size", default="", metavar="WxH", help="size of the window, such as 1920x1080")
    parser.add_argument(
        "--screenshot", type=Path, metavar="FILE", help="save what the window shows as PNG, and end"
    )
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Start the kiosk and return the exit status."""
    arguments = parse_arguments(words)
    # Only now, so that --help and --version answer at once.
    with without_collection():
        from app.kiosk.launch import run

    return run(arguments)
