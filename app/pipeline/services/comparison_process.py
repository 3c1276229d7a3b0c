"""Process of `framewise compare`, run by the window. On the event loop's thread."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path

from app.domain.errors import ExportError
from app.pipeline.services.command_process import read_messages
from app.storage.exporters.export_names import free_folder_name


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
    target = folder / await asyncio.to_thread(free_folder_name, folder, "comparison")
    only = [word for fingerprint in fingerprints for word in ("--only", fingerprint)]
    works = [str(work) for work in (first, second) if work is not None]
    words = ["compare", "--into", str(target), *only, "--", *works]
    async with aclosing(read_messages(words, "The comparison", ExportError)) as messages:
        async for message in messages:
            if "paths" in message:
                return tuple(message["paths"])
            advance(message["done"], message["total"])
    raise AssertionError
