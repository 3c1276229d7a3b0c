"""The kiosk: views on one side, the pipeline on the other."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import platformdirs

from app.config.settings import APPLICATION, Settings, load, settings_file
from app.files.suffixes import IMAGES, SCANS, VIDEOS
from app.kiosk.gc_pauses import GcScheduler
from app.kiosk.settings_store import SettingsStore
from app.messages import events as e
from app.messages.events.worklist import DropFolderChosen
from app.pipeline.host import PipelineHost
from app.pipeline.options import MEGABYTE, Options
from app.storage.demo.demo_sequence import write_demo
from app.storage.logging.logs import open_log
from app.storage.logging.redactor import Redactor
from app.views.dialogs.settings_editor import Value
from app.views.input.commands import AppServices
from app.views.loop import Loop, WindowOptions
from app.views.toolkit.display import Display

MEDIA = frozenset(IMAGES | SCANS | VIDEOS | {".nii.gz"})
STILL_FRAMES = 8
# By which tool/kiosk.sh and the service of tool/install_kiosk.sh tell leaving from a crash.
LEFT_BY_OPERATOR = 3
SCREENSHOT_SECONDS = 60.0


def run(arguments: argparse.Namespace) -> int:
    """Start the kiosk with the arguments of main.py and return the exit status."""
    path = arguments.settings or settings_file()
    settings, problems = load(path)
    store = SettingsStore(settings, path)
    workspace = arguments.workspace or settings.workspace_folder
    window = _window_options(arguments, store)
    with ExitStack() as stack:
        log = stack.enter_context(open_log(Path(platformdirs.user_log_dir(APPLICATION))))
        drop = _drop_folder(settings)
        learn = partial(_learn, log.redactor)
        options = replace(_options(arguments, settings, workspace), drop_folder=drop, learn=learn)
        host = stack.enter_context(PipelineHost(options))
        change = partial(_change, store, host)
        services = AppServices(
            lambda: demo(workspace / "demo"), MEDIA, store.options, change, lambda: log.recent.lines
        )
        display = stack.enter_context(
            Display("Framewise", window.size, fullscreen=window.fullscreen, decorated=not window.locked)
        )
        loop = Loop(display, host, window, services)
        store.complain = lambda text: loop.post(e.Noticed("error", text))
        for problem in (*problems, log.problem):
            if problem:
                loop.post(e.Noticed("warning", problem))
        loop.post(store.view())
        loop.post(store.solid())
        loop.post(store.sorting())
        if settings.ask_operator:
            _settle(loop)
            loop.commands.choose_operator()
        _open(loop, arguments)
        if arguments.screenshot is not None:
            return _screenshot(loop, arguments)
        with GcScheduler() as gc_scheduler:
            loop.on_idle = gc_scheduler.collect_when_idle
            loop.run()
        store.remember(loop.snapshot)
    return LEFT_BY_OPERATOR if settings.kiosk else 0


def _drop_folder(settings: Settings) -> Path | None:
    """The folder to watch; only the default one is made, for a chosen one may be on a drive that is unplugged."""
    folder = settings.watched_folder
    if folder is not None and not settings.drop_folder:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
    return folder


def _change(store: SettingsStore, host: PipelineHost, name: str, value: Value) -> str:
    """Save a setting; another drop folder counts at once."""
    wrong = store.change(name, value)
    if name == "drop_folder" and not wrong:
        host.post(DropFolderChosen(str(_drop_folder(store.settings) or "")))
    return wrong


def _learn(privacy: Redactor, paths: Iterable[str], below: str) -> None:
    for path in paths:
        privacy.add_name(path, below)


def demo(folder: Path) -> Path:
    """Return the demo sequence, made on the first call."""
    film = folder / "demo.mp4"
    return film if film.exists() else write_demo(folder).video


def _options(arguments: argparse.Namespace, settings: Settings, workspace: Path) -> Options:
    choices = () if arguments.engine else settings.choices
    first = dict(choices).get(settings.model_kind)
    return Options(
        workspace,
        cache_bytes=settings.cache_megabytes * MEGABYTE,
        engine=first.click if first is not None else arguments.engine,
        propagation=first.propagation if first is not None else "",
        choices=choices,
        recent_models=settings.models,
        models_folder=settings.library_folder,
        models_source=settings.models_source,
        device=settings.device,
        threads=settings.threads,
        prefetch=settings.prefetch,
        labels_file=Path(settings.labels_file).expanduser() if settings.labels_file else None,
        autosave=settings.autosave_kinds if settings.autosave else (),
        autosave_folder=Path(settings.export_folder) if settings.export_folder else None,
        operator="" if settings.ask_operator else settings.operator,
        identify=settings.identify,
        orientation=settings.scan_orientation,
    )


def _window_options(arguments: argparse.Namespace, store: SettingsStore) -> WindowOptions:
    settings = store.settings
    return WindowOptions(
        size=_size(arguments.size),
        fullscreen=(arguments.fullscreen or settings.fullscreen) and not settings.kiosk,
        scale=settings.ui_scale,
        locked=settings.kiosk,
        preferences=store.preferences(),
        save=store.keep,
    )


def _open(loop: Loop, arguments: argparse.Namespace) -> None:
    if arguments.path is not None:
        loop.commands.files.open(arguments.path.resolve())
    elif arguments.demo:
        loop.commands.files.open_demo()


def _screenshot(loop: Loop, arguments: argparse.Namespace) -> int:
    """Wait for the first frame that can be worked on, save it, and end."""
    until = time.monotonic() + SCREENSHOT_SECONDS
    wanted = arguments.path is not None or arguments.demo
    loop.run(lambda: time.monotonic() > until or _is_settled(loop, wanted))
    _settle(loop)
    loop.display.save(arguments.screenshot.resolve())
    _settle(loop)
    return 0 if arguments.screenshot.exists() else 1


def _settle(loop: Loop) -> None:
    """Draw until the window has its size and everything its place."""
    for _ in range(STILL_FRAMES):
        loop.draw_now()


def _is_settled(loop: Loop, wanted: bool) -> bool:
    snapshot = loop.snapshot
    if not wanted or any(toast.level == "error" for toast in snapshot.toasts):
        return snapshot.revision > 0 and not snapshot.tasks.opening
    is_shown = snapshot.sequence is not None and loop.bench.canvas.frame == snapshot.frame
    return is_shown and bool(snapshot.models.engine)


def _size(text: str) -> tuple[int, int]:
    """Read a size such as 1920x1080."""
    width, _, height = text.partition("x")
    return (int(width), int(height)) if width.isdigit() and height.isdigit() else WindowOptions().size
