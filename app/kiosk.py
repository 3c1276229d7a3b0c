"""The kiosk: views on one side, the pipeline on the other."""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from pathlib import Path

import platformdirs

from app.pipeline.host import PipelineHost
from app.pipeline.options import Options
from app.storage.demo import write_demo
from app.storage.suffixes import IMAGES, SCANS, VIDEOS
from app.views.display import Display
from app.views.loop import Look, Loop

MEDIA = frozenset(IMAGES | SCANS | VIDEOS | {".nii.gz"})
STILL_FRAMES = 8
SCREENSHOT_SECONDS = 60.0


def run(arguments: argparse.Namespace) -> int:
    """Start the kiosk with the arguments of main.py and return the exit status."""
    workspace = arguments.workspace or Path(platformdirs.user_data_dir("framewise"))
    options = Options(workspace, engine=arguments.engine or "best")
    look = Look(size=_size(arguments.size), fullscreen=arguments.fullscreen, media=MEDIA)
    with ExitStack() as stack:
        host = stack.enter_context(PipelineHost(options))
        display = stack.enter_context(Display("Framewise", look.size, fullscreen=look.fullscreen))
        loop = Loop(display, host, look, demo=lambda: demo(workspace / "demo"))
        if arguments.path is not None:
            loop.commands.files.open(arguments.path.resolve())
        elif arguments.demo:
            loop.commands.files.open_demo()
        if arguments.screenshot is not None:
            return _screenshot(loop, arguments)
        loop.run()
    return 0


def demo(folder: Path) -> Path:
    """Return the demo sequence, made on the first call."""
    film = folder / "demo.mp4"
    return film if film.exists() else write_demo(folder).video


def _screenshot(loop: Loop, arguments: argparse.Namespace) -> int:
    """Wait for the first frame that can be worked on, save it, and end."""
    until = time.monotonic() + SCREENSHOT_SECONDS
    wanted = arguments.path is not None or arguments.demo
    loop.run(lambda: time.monotonic() > until or _is_settled(loop, wanted))
    for _ in range(STILL_FRAMES):
        _draw(loop)
    loop.display.save(arguments.screenshot.resolve())
    for _ in range(STILL_FRAMES):
        _draw(loop)
    return 0 if arguments.screenshot.exists() else 1


def _draw(loop: Loop) -> None:
    loop.pace.note_news()
    while not loop.step():
        pass


def _is_settled(loop: Loop, wanted: bool) -> bool:
    snapshot = loop.snapshot
    if not wanted or any(toast.level == "error" for toast in snapshot.toasts):
        return snapshot.revision > 0 and not snapshot.opening
    return snapshot.sequence is not None and loop.bench.canvas.frame == snapshot.frame


def _size(text: str) -> tuple[int, int]:
    """Read a size such as 1920x1080."""
    width, _, height = text.partition("x")
    return (int(width), int(height)) if width.isdigit() and height.isdigit() else Look().size
