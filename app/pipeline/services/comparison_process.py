"""Process of `framewise compare`, run by the window. On the event loop's thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from itertools import count
from pathlib import Path

from app.domain.errors import ExportError
from app.pipeline.services.command_process import read_messages


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
    works = [str(work) for work in (first, second) if work is not None]
    words = ["compare", "--into", str(target), *only, "--", *works]
    async with aclosing(read_messages(words, "The comparison")) as messages:
        async for message in messages:
            if "error" in message:
                raise ExportError(message["error"])
            if "paths" in message:
                return tuple(message["paths"])
            advance(message["done"], message["total"])
    raise AssertionError


def _free_folder(folder: Path) -> Path:
    """Return a folder for a report, beside those of earlier ones."""
    names = ("comparison" if number == 1 else f"comparison_{number}" for number in count(1))
    return next(place for name in names if not (place := folder / name).exists())
