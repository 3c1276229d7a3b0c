"""Real windows on a virtual screen, driven by real mouse and key events.

Each module has one window, with a pipeline of its own behind it; its tests follow one another in that window.
Screenshots are kept in out/gui.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.config.settings import Settings
from app.kiosk.known_truth import KnownTruth
from app.kiosk.settings_store import SettingsStore
from app.messages.events import Event, SequenceRequested
from app.messages.log_line import LogLine
from app.messages.view_update import ViewUpdate
from app.pipeline.host import PipelineHost
from app.pipeline.options import NightOptions, Options
from app.views.dialogs.file_access import FileAccess
from app.views.input.commands import AppServices
from app.views.loop import Loop, WindowOptions
from app.views.toolkit.display import Display
from tests.gui.monitor import virtual_screen
from tests.gui.pilot import Pilot, film
from tests.gui.window_process import WindowProcesses, is_window_process

HERE = Path(__file__).parent
SIZE = (1280, 800)
SHOTS = HERE.parents[1] / "out" / "gui"
WINDOWS = pytest.StashKey[WindowProcesses]()


class RecordingHost:
    """A host that also keeps what was posted."""

    def __init__(self, host: PipelineHost) -> None:
        self._host = host
        self.posted: list[Event] = []

    def post(self, event: Event) -> None:
        self.posted.append(event)
        self._host.post(event)

    def poll(self) -> ViewUpdate:
        return self._host.poll()

    def on_news(self, call: Callable[[], None]) -> None:
        self._host.on_news(call)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = [item for item in items if item.path.parent == HERE]
    for item in here:
        item.add_marker(pytest.mark.gui)
    if len({item.path for item in here}) > 1:
        config.stash[WINDOWS] = WindowProcesses()
        for item in here:
            item.add_marker(pytest.mark.timeout(0))  # The window's process watches the time.


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run the test in its module's process, unless there is one module only, whose window may be here."""
    windows = item.config.stash.get(WINDOWS, None)
    # Where tests run in parallel, this is called for those of other folders too.
    if windows is None or item.path.parent != HERE:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in windows.serving(item).run(item, nextitem):
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_sessionfinish(session: pytest.Session) -> None:
    if WINDOWS in session.config.stash:
        session.config.stash[WINDOWS].close()


@pytest.fixture(scope="session")
def screen() -> Iterator[None]:
    """A virtual screen of 1920x1080; the one of the pytest that was called, if this is its window process."""
    if is_window_process() and os.environ["DISPLAY"]:
        yield
        return
    with ExitStack() as stack:
        try:
            number = stack.enter_context(virtual_screen())
        except RuntimeError as reason:
            pytest.skip(str(reason))
        stack.enter_context(pytest.MonkeyPatch.context()).setenv("DISPLAY", number)
        yield


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bright disc that moves over dark noise."""
    return film(tmp_path_factory.mktemp("media") / "disc.avi", 1)


@pytest.fixture(scope="module")
def settings_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the settings."""
    return tmp_path_factory.mktemp("settings") / "settings.toml"


@pytest.fixture(scope="module")
def settings_store(settings_path: Path) -> SettingsStore:
    """Settings in a file of their own."""
    return SettingsStore(Settings(), settings_path)


@pytest.fixture(scope="module")
def window_options(settings_store: SettingsStore) -> WindowOptions:
    """The window at the start; a module may have another one."""
    return WindowOptions(
        size=SIZE, preferences=settings_store.preferences(), save=settings_store.save_preferences
    )


@pytest.fixture(scope="module")
def drop_folder() -> Path | None:
    """The drop folder; a module may have one."""
    return None


@pytest.fixture(scope="module")
def night() -> NightOptions | None:
    """When queued sequences are propagated; a module may keep a queue."""
    return None


@pytest.fixture(scope="module")
def messages() -> Callable[[], Sequence[LogLine]]:
    """The warnings and errors of the run; a module may have some."""
    return tuple


@pytest.fixture(scope="module")
def access() -> Callable[[], FileAccess]:
    """The rules of file dialogs; a module may have others."""
    return FileAccess


@pytest.fixture(scope="module")
def models_source() -> str:
    """A web server for models; a module may have one."""
    return "http://127.0.0.1:9/"


@pytest.fixture(scope="module")
def pilot(
    screen: None,
    tmp_path_factory: pytest.TempPathFactory,
    settings_store: SettingsStore,
    window_options: WindowOptions,
    models_source: str,
    drop_folder: Path | None,
    night: NightOptions | None,
    messages: Callable[[], Sequence[LogLine]],
    access: Callable[[], FileAccess],
) -> Iterator[Pilot]:
    """The window, with nothing open."""
    options = Options(
        tmp_path_factory.mktemp("workspace"),
        engine="classic",
        prefetch=False,
        threads=1,
        drop_folder=drop_folder,
        night=night,
        models_folder=tmp_path_factory.mktemp("models"),
        models_source=models_source,
    )
    outside = AppServices(
        Path,
        frozenset({".avi", ".mp4"}),
        settings_store.rows,
        settings_store.change_setting,
        messages,
        access,
        truth=KnownTruth(settings_store, options.workspace),
    )
    with (
        Display("Framewise", SIZE, decorated=not window_options.locked) as display,
        PipelineHost(options) as host,
    ):
        recorded = RecordingHost(host)
        loop = Loop(display, recorded, window_options, outside)
        made = Pilot(loop, recorded.posted, SHOTS, host)
        made.until(lambda: made.snapshot.models.engine, "for the engine")
        yield made


@pytest.fixture(scope="module")
def opened(pilot: Pilot, clip: Path) -> Pilot:
    """The window with the clip open."""
    pilot.loop.post(SequenceRequested(str(clip)))
    pilot.until(lambda: pilot.bench.canvas.frame == 0, "for the first frame")
    pilot.frames(6)
    return pilot
