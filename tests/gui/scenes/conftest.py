"""A window with the real pipeline behind it, open for all tests of a scene."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from app.config.settings import Settings
from app.kiosk.settings_store import SettingsStore
from app.messages.events import Event, SequenceRequested
from app.messages.log_line import LogLine
from app.messages.view_update import ViewUpdate
from app.pipeline.host import PipelineHost
from app.pipeline.options import Options
from app.views.input.commands import AppServices
from app.views.loop import Loop, WindowOptions
from app.views.toolkit.display import Display
from tests.gui.scenes.pilot import Pilot, film

SIZE = (1280, 800)
SHOTS = Path(__file__).parents[3] / "out" / "gui"


class Recorded:
    """A host that also keeps what was posted."""

    def __init__(self, host: PipelineHost) -> None:
        self._host = host
        self.posted: list[Event] = []

    def post(self, event: Event) -> None:
        self.posted.append(event)
        self._host.post(event)

    def poll(self) -> ViewUpdate:
        return self._host.poll()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bright disc that moves over dark noise."""
    return film(tmp_path_factory.mktemp("media") / "disc.avi", 1)


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> SettingsStore:
    """Settings in a file of their own."""
    return SettingsStore(Settings(), tmp_path_factory.mktemp("settings") / "settings.toml")


@pytest.fixture(scope="session")
def look(book: SettingsStore) -> WindowOptions:
    """How the window begins; a scene may have another one."""
    return WindowOptions(size=SIZE, preferences=book.preferences(), save=book.keep)


@pytest.fixture(scope="session")
def drop() -> Path | None:
    """The drop folder; a scene may have one."""
    return None


@pytest.fixture(scope="session")
def messages() -> Callable[[], Sequence[LogLine]]:
    """The warnings and errors of the run; a scene may have some."""
    return tuple


@pytest.fixture(scope="session")
def models_source() -> str:
    """A web server for models; a scene may have one."""
    return "http://127.0.0.1:9/"


@pytest.fixture(scope="session")
def pilot(
    tmp_path_factory: pytest.TempPathFactory,
    book: SettingsStore,
    look: WindowOptions,
    models_source: str,
    drop: Path | None,
    messages: Callable[[], Sequence[LogLine]],
) -> Iterator[Pilot]:
    """The window, with nothing open."""
    options = Options(
        tmp_path_factory.mktemp("workspace"),
        engine="classic",
        prefetch=False,
        threads=1,
        drop_folder=drop,
        models_folder=tmp_path_factory.mktemp("models"),
        models_source=models_source,
    )
    outside = AppServices(Path, frozenset({".avi", ".mp4"}), book.options, book.change, messages)
    with (
        Display("Framewise", SIZE, decorated=not look.locked) as display,
        PipelineHost(options) as host,
    ):
        recorded = Recorded(host)
        loop = Loop(display, recorded, look, outside)
        made = Pilot(loop, recorded.posted, SHOTS)
        made.until(lambda: made.snapshot.engine, "for the engine")
        yield made


@pytest.fixture(scope="session")
def opened(pilot: Pilot, clip: Path) -> Pilot:
    """The window with the clip open."""
    pilot.loop.post(SequenceRequested(str(clip)))
    pilot.until(lambda: pilot.bench.canvas.frame == 0, "for the first frame")
    pilot.frames(6)
    return pilot
