"""Processes of the command `framewise` that the pipeline starts."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).parents[3]
_LINE_LIMIT: Final = 2**20  # bytes of a message; the longest names one sequence


async def start_command(words: Sequence[str]) -> Process:
    """Start `framewise` with words, in a session of its own; its messages come line by line. Raises OSError.

    Its standard input is a pipe from here, by whose end it learns that this program has died.
    """
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "framewise", *words),
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        limit=_LINE_LIMIT,
        start_new_session=True,
    )
