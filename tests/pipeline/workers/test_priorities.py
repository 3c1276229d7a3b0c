"""Priorities of helper threads."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.pipeline.workers.priorities import HELPER_THREADS

ROOT = Path(__file__).parents[3]
CODE = """
import os, threading
from app.pipeline.workers.priorities import lower_thread_priority
lower_thread_priority()
print(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
"""


@pytest.mark.parametrize("more", [0, 7])
def test_a_helper_thread_of_a_nice_program_does_not_ask_for_more_than_it_may(more: int) -> None:
    """A program started by `nice` may not raise its priority again; asking for that once stopped the pipeline."""
    before = int(subprocess.run(["nice"], capture_output=True, text=True, check=True).stdout)
    command = ["nice", "-n", str(more), sys.executable, "-c", CODE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) == max(min(before + more, 19), HELPER_THREADS)
