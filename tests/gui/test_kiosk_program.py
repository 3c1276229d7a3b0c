"""The whole program in kiosk mode: it asks who works, and tells the service that an operator left it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from app.config.settings import DROP
from app.config.settings_file import load_settings
from app.kiosk.launch import LEFT_BY_OPERATOR

ROOT = Path(__file__).parents[2]
NAMES = ("Ada Byron", "Grace Hopper")
SETTINGS = (
    'kiosk = true\nask_operator = true\noperators = ["Ada Byron", "Grace Hopper"]\nengine = "classic"\n'
)
TRIES, HOLDS, HELD_SECONDS = 90, 15, 4.0  # the first window on a busy machine takes up to a minute
KEYS = ("ctrl", "alt", "q")


def keys(how: str, names: tuple[str, ...]) -> None:
    subprocess.run(("xdotool", *(word for name in names for word in (how, name))), check=True)


def test_an_operator_who_leaves_ends_it_with_the_status_that_is_no_crash(
    screen: None, tmp_path: Path
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(SETTINGS, encoding="utf-8")
    folders = ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")
    home = {"HOME": str(tmp_path), **{name: str(tmp_path / name) for name in folders}}
    work = tmp_path / "XDG_DATA_HOME" / "framewise"
    work.mkdir(parents=True, mode=0o755)
    command = (sys.executable, ROOT / "main.py", "--settings", settings)
    with subprocess.Popen(command, env={**os.environ, **home}, cwd=ROOT) as program:
        for _ in range(TRIES):
            keys("key", ("Down", "Return"))
            with suppress(subprocess.TimeoutExpired):
                program.wait(1.0)
            if load_settings(settings)[0].operators[0] == NAMES[1]:
                break
        for _ in range(HOLDS):
            keys("keydown", KEYS)
            with suppress(subprocess.TimeoutExpired):
                program.wait(HELD_SECONDS)
            keys("keyup", KEYS[::-1])
            if program.poll() is not None:
                break
        else:
            program.kill()
    assert program.returncode == LEFT_BY_OPERATOR
    assert load_settings(settings)[0].operator in NAMES
    assert (tmp_path / DROP).is_dir()
    assert (settings.stat().st_mode & 0o777, work.stat().st_mode & 0o777) == (0o600, 0o700)
