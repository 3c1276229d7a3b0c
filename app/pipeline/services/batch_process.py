"""Process of `framewise batch`, run by the window: its messages, and its end at once. On the event loop's thread."""

import asyncio
import json
import logging
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, Self

from app.domain.batch_jobs import BatchEntry
from app.pipeline.services.command_process import start_command

_LEAVE_SECONDS: Final = 0.7  # to leave by itself; a person who comes back has the machine within a second
_log = logging.getLogger(__name__)


class BatchProcess:
    """One run over a list of jobs. It ends with the program: its standard input is a pipe from here."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, words: Sequence[str]) -> Self:
        """Start it with words of the command line. Raises OSError."""
        return cls(await start_command(["batch", "--json", "--end-with-input", *words]))

    async def follow(
        self, tell: Callable[[BatchEntry], None], warn: Callable[[str], None], note: Callable[[str], None]
    ) -> None:
        """Call a function with each job as it begins, goes on and ends, until the process has ended.

        warn: called with what keeps all of them from being done. note: with what came of learning from the site.
        """
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            try:
                message = json.loads(line)
                if "error" in message:
                    warn(str(message["error"]))
                elif "told" in message:
                    note(str(message["told"]))
                else:
                    tell(BatchEntry.from_wire(message))
            except (ValueError, TypeError, KeyError):
                _log.warning("a message of the batch is none: %r", line[:200])
        await self._process.wait()
        self._signal(signal.SIGKILL)

    async def end(self) -> None:
        """End the process with all its workers; what they did is durable, and the next run goes on."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEAVE_SECONDS):
                await self._process.wait()
        self._signal(signal.SIGKILL)
        await self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to its group, workers too."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
