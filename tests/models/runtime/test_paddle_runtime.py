"""Paddle leaves crashes to whoever asked to hear of them."""

from __future__ import annotations

import subprocess
import sys

CRASH = """
import faulthandler
faulthandler.enable()
import app.models.runtime.paddle_runtime
faulthandler._sigsegv()
"""


def test_a_crash_after_paddle_was_loaded_names_the_python_lines_it_fell_in() -> None:
    done = subprocess.run([sys.executable, "-c", CRASH], capture_output=True, text=True, timeout=120)
    assert done.returncode < 0
    assert "Fatal Python error" in done.stderr and "<string>" in done.stderr
