"""Real windows on a virtual screen, driven by real mouse and key events, one process a scene.

The scenes are in tests/gui/scenes; they keep screenshots in out/gui.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SCENES = Path(__file__).parent / "scenes"
ROOT = Path(__file__).parents[2]
SECONDS = 170

pytestmark = pytest.mark.gui


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    """A virtual screen of 1920x1080 on a free display number."""
    missing = [tool for tool in ("Xvfb", "xdotool") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    reading, writing = os.pipe()
    command = ("Xvfb", "-displayfd", str(writing), "-screen", "0", "1920x1080x24", "-nolisten", "tcp")
    with subprocess.Popen(
        command, pass_fds=(writing,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        os.close(writing)
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        try:
            if not number:
                pytest.skip("Xvfb does not start here")
            yield f":{number}"
        finally:
            server.terminate()


@pytest.mark.parametrize("scene", sorted(path.stem for path in SCENES.glob("scene_*.py")))
def test_scene(scene: str, screen: str) -> None:
    command = (sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", SCENES / f"{scene}.py")
    environment = {**os.environ, "DISPLAY": screen}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
