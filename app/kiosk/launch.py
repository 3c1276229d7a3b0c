"""Starts the pipeline and the window, runs the loop, and takes both down again. Main thread only."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import platformdirs

from app.config.pin_misses import PinMisses, misses_of
from app.config.settings import APPLICATION, Settings
from app.config.settings_file import load_settings, save_copy, settings_path
from app.files.private import make_private_file, make_private_folder
from app.files.suffixes import ARCHIVES, IMAGES, PACKED_SCANS, SCANS, VIDEOS
from app.kiosk.file_rules import file_access
from app.kiosk.gc_pauses import GcScheduler
from app.kiosk.running_mark import RunningMark
from app.kiosk.settings_store import SettingsStore
from app.messages import events as e
from app.messages.events.night import NightHoursChosen
from app.messages.events.worklist import DropFolderChosen
from app.pipeline.dicom_network.network_options import NETWORK_FOLDER, NetworkOptions
from app.pipeline.host import PipelineHost
from app.pipeline.options import MEGABYTE, NightOptions, Options
from app.storage.demo.demo_sequence import demo_drawing, write_demo
from app.storage.exporters.export_job import translate_write_errors
from app.storage.logging.logs import Log, open_log
from app.storage.logging.redactor import Redactor
from app.views.dialogs.settings_editor import Value
from app.views.input.commands import AppServices
from app.views.loop import Loop, WindowOptions
from app.views.toolkit.display import Display

MEDIA = frozenset((*IMAGES, *SCANS, *VIDEOS, *PACKED_SCANS, *ARCHIVES))
# Frames until the window has its size and everything its place: text is measured a frame late, and the layout
# follows a frame later. Chosen by hand with room to spare; more only delay a screenshot.
STILL_FRAMES = 8
# The exit status by which tool/kiosk.sh and the service of tool/install_kiosk.sh tell leaving from a crash.
LEFT_BY_OPERATOR = 3
# Longest wait for a screenshot, in seconds: chosen by hand, several times what the first frame takes.
SCREENSHOT_SECONDS = 60.0


def run(arguments: argparse.Namespace) -> int:
    """Start the kiosk with the arguments of the command line and return the exit status."""
    path = arguments.settings or settings_path()
    settings, problems = load_settings(path)
    if path.exists() and not problems:
        save_copy(settings, path)
    store = SettingsStore(settings, path)
    with ExitStack() as stack:
        log = stack.enter_context(open_log(Path(platformdirs.user_log_dir(APPLICATION))))
        options = _pipeline_options(arguments, settings, log.redactor)
        host = stack.enter_context(PipelineHost(options))
        window = _window_options(arguments, store)
        display = stack.enter_context(
            Display("Framewise", window.size, fullscreen=window.fullscreen, decorated=not window.locked)
        )
        loop = Loop(display, host, window, _services(store, host, log, options.workspace))
        store.on_failure = lambda text: loop.post(e.Noticed("error", text))
        for problem in filter(None, (*problems, log.problem)):
            loop.post(e.Noticed("warning", problem))
        for event in store.view_events():
            loop.post(event)
        if settings.ask_operator:
            _draw_until_still(loop)
            loop.commands.require_operator()
        if arguments.screenshot is not None:
            _open_first(loop, arguments, None)
            return _save_screenshot(loop, arguments)
        mark = RunningMark(path)
        _open_first(loop, arguments, store.settings if mark.is_after_crash else None)
        with GcScheduler() as gc_scheduler:
            loop.on_idle = partial(_use_idle_time, gc_scheduler, mark)
            loop.run()
        store.save_view(loop.snapshot)
    mark.clear()
    return LEFT_BY_OPERATOR if settings.kiosk else 0


def _services(store: SettingsStore, host: PipelineHost, log: Log, workspace: Path) -> AppServices:
    change = partial(_change_setting, store, host)
    private = (Path(platformdirs.user_log_dir(APPLICATION)), store.settings.library_folder)
    return AppServices(
        lambda: make_demo(workspace / "demo"),
        MEDIA,
        store.rows,
        change,
        lambda: log.recent.lines,
        lambda: file_access(store.settings, store.path, private),
        PinMisses(misses_of(store.path)),
    )


def _workspace_folder(settings: Settings) -> Path:
    """Return the folder of workspaces. The default one is the program's own: it is closed to other users."""
    folder = settings.workspace_folder
    if not settings.workspace:
        with suppress(OSError):
            make_private_folder(folder)
    return folder


def _drop_folder(settings: Settings) -> Path | None:
    """Return the folder to watch. Only the default one is made: a chosen one may be on a drive that is unplugged."""
    folder = settings.watched_folder
    if folder is not None and not settings.drop_folder:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
    return folder


def _change_setting(store: SettingsStore, host: PipelineHost, name: str, value: Value) -> str:
    """Save a setting and return what is wrong with it, if anything; drop folder and hours count at once."""
    wrong = store.change_setting(name, value)
    if name == "drop_folder" and not wrong:
        host.post(DropFolderChosen(str(_drop_folder(store.settings) or "")))
    if name.startswith("night_") and not wrong:
        known = store.settings
        host.post(NightHoursChosen(known.queue_hours, known.night_idle_minutes))
    return wrong


def _add_names(redactor: Redactor, paths: Iterable[str], below: str) -> None:
    for path in paths:
        redactor.add_name(path, below)


def make_demo(folder: Path) -> Path:
    """Return the path of the demo sequence, drawn on the first call, and again where the drawing has changed."""
    film, drawn_by = folder / "demo.mp4", folder / "demo.drawing"
    with suppress(OSError):
        if film.exists() and drawn_by.read_text(encoding="ascii") == demo_drawing():
            return film
    film = write_demo(folder).video
    with translate_write_errors(drawn_by):
        drawn_by.write_text(demo_drawing(), encoding="ascii")
    return film


def _pipeline_options(arguments: argparse.Namespace, settings: Settings, redactor: Redactor) -> Options:
    choices = () if arguments.engine else settings.choices
    first = dict(choices).get(settings.model_kind)
    return Options(
        arguments.workspace or _workspace_folder(settings),
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
        labels_file=settings.labels_path,
        autosave=settings.autosave_kinds if settings.autosave else (),
        autosave_folder=settings.exports_folder,
        operator="" if settings.ask_operator else settings.operator,
        identify=settings.identify,
        check_pictures=settings.check_pictures,
        orientation=settings.scan_orientation,
        drop_folder=_drop_folder(settings),
        network=_network_options(arguments, settings),
        night=NightOptions(
            settings.queue_hours,
            settings.night_idle_minutes,
            settings.night_scheduler,
            settings.night_insecure,
            settings.night_share,
            settings.night_learns,
        ),
        learn=partial(_add_names, redactor),
    )


def _network_options(arguments: argparse.Namespace, settings: Settings) -> NetworkOptions | None:
    """Return what the DICOM network does, None where it is off."""
    node, archive = settings.receiver_node, settings.archive_node
    if node is None and archive is None:
        return None
    return NetworkOptions(
        (arguments.workspace or settings.workspace_folder) / NETWORK_FOLDER,
        node,
        settings.receiver_callers,
        settings.watched_folder,
        settings.receiver_gigabytes << 30,
        archive,
    )


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


def _save_screenshot(loop: Loop, arguments: argparse.Namespace) -> int:
    """Wait for the first frame that can be worked on, save it, and end."""
    until = time.monotonic() + SCREENSHOT_SECONDS
    wanted = arguments.path is not None or arguments.demo
    loop.run(lambda: time.monotonic() > until or _is_complete(loop, wanted))
    _draw_until_still(loop)
    path = arguments.screenshot.resolve()
    with suppress(OSError):
        make_private_file(path)
    loop.display.save_screenshot(path)
    _draw_until_still(loop)
    return 0 if arguments.screenshot.exists() else 1


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
