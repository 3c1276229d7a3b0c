"""Process of `framewise learn`, run by the window. On the event loop's thread."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.domain.errors import ModelError, WorkerError
from app.pipeline.options import Options
from app.pipeline.services.command_process import start_command


async def run_site_learning(
    options: Options, advance: Callable[[str, int, int], None]
) -> tuple[Path | None, str]:
    """Tune the model that ships; return the folder of the tuned model, None where it is not better, and its figures.

    advance: called with the step under way and (done, total). Being cancelled ends the process.
    Raises ModelError where there is too little to learn from, WorkerError where the process ends before it is done.
    """
    words = ["learn", "--json", "--end-with-input", "--models", str(options.models_folder)]
    words += ["--threads", str(options.threads), "--", str(options.workspace)]
    try:
        process = await start_command(words)
    except OSError as error:
        raise WorkerError(f"Learning cannot be started ({error.strerror}).") from error
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            message = json.loads(line)
            if "error" in message:
                raise ModelError(message["error"])
            if "ended" in message:
                return (Path(message["model"]) if message["model"] else None), message["ended"]
            advance(message["words"], message["done"], message["total"])
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    raise WorkerError("Learning ended before it was done.", remedy="Learn again.")
