"""The window of the kiosk: made on a pipeline that runs, drawn until it is left. Main thread only."""

import argparse
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import platformdirs

from app.config.pin_misses import PinMisses, misses_of
from app.config.settings import APPLICATION, Settings
from app.files.private import make_private_file
from app.files.suffixes import ARCHIVES, IMAGES, PACKED_SCANS, SCANS, VIDEOS
from app.kiosk.file_rules import file_access
from app.kiosk.gc_pauses import GcScheduler
from app.kiosk.known_truth import KnownTruth
from app.kiosk.pipeline_options import make_drop_folder
from app.kiosk.running_mark import RunningMark
from app.kiosk.settings_store import SettingsStore
from app.messages import events as e
from app.messages.events.night import NightHoursChosen
from app.messages.events.worklist import DropFolderChosen
from app.pipeline.host import PipelineHost
from app.storage.logging.logs import Log
from app.views.dialogs.settings_editor import Value
from app.views.input.commands import AppServices
from app.views.loop import Loop, WindowOptions
from app.views.toolkit.display import Display

MEDIA = frozenset((*IMAGES, *SCANS, *VIDEOS, *PACKED_SCANS, *ARCHIVES))
# Frames until the window has its size and everything its place: text is measured a frame late, and the layout
# follows a frame later. Chosen by hand with room to spare; more only delay a screenshot.
STILL_FRAMES = 8
# Longest wait for a screenshot, in seconds: chosen by hand, several times what the first frame takes.
SCREENSHOT_SECONDS = 60.0
# Line of the log with the first frame that can be worked on; the bench reads it
COMPLETE = "the window is complete"
_log = logging.getLogger(__name__)


@contextmanager
def open_window(
    arguments: argparse.Namespace, store: SettingsStore, host: PipelineHost, log: Log
) -> Iterator[Loop]:
    """Open the window and yield its loop; nothing is open in it, and who works may be asked for."""
    window = _window_options(arguments, store)
    with Display(
        "Framewise", window.size, fullscreen=window.fullscreen, decorated=not window.locked
    ) as display:
        loop = Loop(display, host, window, _services(arguments, store, host, log))
        store.on_failure = lambda text: loop.post(e.Noticed("error", text))
        for event in store.view_events():
            loop.post(event)
        if store.settings.ask_operator:
            _draw_until_still(loop)
            loop.commands.require_operator()
        yield loop


def run_until_left(
    loop: Loop, arguments: argparse.Namespace, store: SettingsStore, mark: RunningMark
) -> None:
    """Open what is wanted first and draw until the window is closed."""
    _open_first(loop, arguments, store.settings if mark.is_after_crash else None)
    with GcScheduler() as gc_scheduler:
        loop.on_idle = partial(_use_idle_time, gc_scheduler, mark)
        loop.run()
    store.save_view(loop.snapshot)


def save_screenshot(loop: Loop, arguments: argparse.Namespace) -> int:
    """Save the first frame that can be worked on and return the exit status."""
    _open_first(loop, arguments, None)
    until = time.monotonic() + SCREENSHOT_SECONDS
    wanted = arguments.path is not None or arguments.demo
    loop.run(lambda: time.monotonic() > until or _is_complete(loop, wanted))
    loop.draw_now()
    _log.info(COMPLETE)
    _draw_until_still(loop)
    path = arguments.screenshot.resolve()
    with suppress(OSError):
        make_private_file(path)
    loop.display.save_screenshot(path)
    _draw_until_still(loop)
    return 0 if arguments.screenshot.exists() else 1


def _services(
    arguments: argparse.Namespace, store: SettingsStore, host: PipelineHost, log: Log
) -> AppServices:
    workspace = arguments.workspace or store.settings.workspace_folder
    change = partial(_change_setting, store, host)
    truth = KnownTruth(store, workspace)
    private = (Path(platformdirs.user_log_dir(APPLICATION)), store.settings.library_folder)
    return AppServices(
        partial(_demo_film, workspace / "demo"),
        MEDIA,
        store.rows,
        change,
        lambda: log.recent.lines,
        lambda: file_access(store.settings, store.path, private, (truth.reports,)),
        PinMisses(misses_of(store.path)),
        truth,
    )


def _demo_film(folder: Path) -> Path:
    # What draws and codes films is loaded only for the one that asks.
    from app.kiosk.demo_film import make_demo

    return make_demo(folder)


def _change_setting(store: SettingsStore, host: PipelineHost, name: str, value: Value) -> str:
    """Save a setting and return what is wrong with it, if anything; drop folder and hours count at once."""
    wrong = store.change_setting(name, value)
    if name == "drop_folder" and not wrong:
        host.post(DropFolderChosen(str(make_drop_folder(store.settings) or "")))
    if name.startswith("night_") and not wrong:
        known = store.settings
        host.post(NightHoursChosen(known.queue_hours, known.night_idle_minutes))
    return wrong


def _window_options(arguments: argparse.Namespace, store: SettingsStore) -> WindowOptions:
    settings = store.settings
    return WindowOptions(
        size=_size(arguments.size),
        fullscreen=(arguments.fullscreen or settings.fullscreen) and not settings.kiosk,
        scale=settings.ui_scale,
        locked=settings.kiosk,
        preferences=store.preferences(),
        save=store.save_preferences,
    )


def _use_idle_time(gc_scheduler: GcScheduler, mark: RunningMark) -> None:
    gc_scheduler.collect_when_idle()
    mark.forgive()


def _open_first(loop: Loop, arguments: argparse.Namespace, after_crash: Settings | None) -> None:
    """Open what the command line names, or else, after a crash or power cut, what was open then.

    after_crash: the settings of that time, None where the program was left.
    """
    if arguments.path is not None:
        loop.commands.files.open_sequence(arguments.path.resolve())
    elif arguments.demo:
        loop.commands.files.open_demo()
    elif after_crash is not None and after_crash.recent:
        loop.commands.files.open_sequence(Path(after_crash.recent[0]))


def _draw_until_still(loop: Loop) -> None:
    """Draw until the window has its size and everything its place."""
    for _ in range(STILL_FRAMES):
        loop.draw_now()


def _is_complete(loop: Loop, wanted: bool) -> bool:
    snapshot = loop.snapshot
    if not wanted or any(toast.level == "error" for toast in snapshot.toasts):
        return snapshot.revision > 0 and not snapshot.tasks.opening
    is_shown = snapshot.sequence.info is not None and loop.bench.canvas.frame == snapshot.sequence.frame
    return is_shown and bool(snapshot.models.engine)


def _size(text: str) -> tuple[int, int]:
    """Read a size such as 1920x1080."""
    width, _, height = text.partition("x")
    return (int(width), int(height)) if width.isdigit() and height.isdigit() else WindowOptions().size
