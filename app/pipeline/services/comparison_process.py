"""Process of `framewise compare`, run by the window. On the event loop's thread."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

from app.domain.errors import ExportError, WorkerError
from app.pipeline.services.command_process import start_command


async def run_comparison(
    first: Path,
    second: Path | None,
    folder: Path,
    fingerprints: Sequence[str],
    advance: Callable[[int, int], None],
) -> tuple[str, ...]:
    """Compare two works and return the paths of the report, in a new folder under the given one.

    second: None to compare readings and proposals within the first. advance: called with sequences (done, total).
    Being cancelled ends the process.
    Raises ExportError where they cannot be compared, WorkerError where the process ends before it is done.
    """
    target = await asyncio.to_thread(_free_folder, folder)
    only = [word for fingerprint in fingerprints for word in ("--only", fingerprint)]
    words = [
        "compare",
        "--json",
        "--end-with-input",
        "--into",
        str(target),
        *only,
        "--",
        str(first),
        *([] if second is None else [str(second)]),
    ]
    try:
        process = await start_command(words)
    except OSError as error:
        raise WorkerError(f"The comparison cannot be started ({error.strerror}).") from error
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            message = json.loads(line)
            if "error" in message:
                raise ExportError(message["error"])
            if "paths" in message:
                return tuple(message["paths"])
            advance(message["done"], message["total"])
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    raise WorkerError("The comparison ended before it was done.", remedy="Compare again.")


def _free_folder(folder: Path) -> Path:
    """Return a folder for a report, beside those of earlier ones."""
    names = ("comparison" if number == 1 else f"comparison_{number}" for number in count(1))
    return next(place for name in names if not (place := folder / name).exists())
