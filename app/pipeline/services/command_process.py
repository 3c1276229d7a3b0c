"""Processes of the command `framewise` that the pipeline starts."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from app.domain.errors import FramewiseError, WorkerError

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


async def read_messages(
    words: Sequence[str], what: str, failure: type[FramewiseError]
) -> AsyncGenerator[dict[str, Any]]:
    """Start `framewise` with words and yield its messages; the process ends when no more of them are asked for.

    what: the work, for errors. Close the generator, as contextlib.aclosing does. Raises failure for what the command
    says to be wrong, WorkerError where the process cannot be started, or ends before its reader is done.
    """
    try:
        process = await start_command([*words[:1], "--json", "--end-with-input", *words[1:]])
    except OSError as error:
        raise WorkerError(f"{what} cannot be started ({error.strerror}).") from error
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            message = json.loads(line)
            if "error" in message:
                raise failure(message["error"])
            yield message
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    raise WorkerError(f"{what} ended before it was done.", remedy="Begin again.")
