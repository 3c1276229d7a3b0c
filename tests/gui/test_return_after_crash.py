"""The whole program, killed: the next start shows the frame where it was."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgpack

from app.storage.workspace.workspace import JOURNAL
from tests.gui.pilot import film

ROOT = Path(__file__).parents[2]
WAIT_SECONDS = 120.0  # the first window on a busy machine takes up to a minute


@contextmanager
def program(home: Path, *words: object) -> Iterator[None]:
    """Run the program and kill it, as a power cut does."""
    folders = ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")
    env = {**os.environ, "HOME": str(home), **{name: str(home / name) for name in folders}}
    command = [sys.executable, str(ROOT / "main.py"), *map(str, words)]
    with subprocess.Popen(command, env=env, cwd=ROOT) as running:
        try:
            yield
        finally:
            running.kill()


def frame_of(home: Path) -> int:
    """Return the frame that is stored as the one in view, -1 before there is one."""
    for path in home.rglob(JOURNAL):
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as journal:
            if journal.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is None:
                continue  # the program has made the file, but not its tables yet
            found = journal.execute("SELECT value FROM meta WHERE key = 'frame'").fetchone()
        if found is not None:
            return int(msgpack.unpackb(found[0]))
    return -1


def press_until(key: str, condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < ends
        subprocess.run(["xdotool", "key", key], check=True)
        time.sleep(0.5)


def test_the_frame_in_view_comes_back_after_a_kill(screen: None, tmp_path: Path) -> None:
    clip = film(tmp_path / "disc.avi", 1)
    settings = tmp_path / "settings.toml"
    settings.write_text('engine = "classic"\ndrop_folder = "none"\n', encoding="utf-8")
    with program(tmp_path, "--settings", settings, clip):
        press_until("Right", lambda: frame_of(tmp_path) >= 3)
    before = frame_of(tmp_path)
    with program(tmp_path, "--settings", settings):
        press_until("Right", lambda: frame_of(tmp_path) > before)
    assert before < frame_of(tmp_path) <= before + 2  # a key may be on its way when the frame is read
