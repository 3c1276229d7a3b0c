"""Process of `framewise learn`, run by the window. On the event loop's thread."""

from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from app.domain.errors import ModelError
from app.pipeline.options import Options
from app.pipeline.services.command_process import read_messages


async def run_site_learning(
    options: Options, engine: str, advance: Callable[[str, int, int], None]
) -> tuple[Path | None, str]:
    """Tune a model that ships; return the folder of the tuned model, None where it is not better, and its figures.

    engine: in use, tells which. advance: called with the step under way and (done, total).
    Being cancelled ends the process.
    Raises ModelError where there is too little to learn from, WorkerError where the process ends before it is done.
    """
    words = ["learn", "--models", str(options.models_folder), "--threads", str(options.threads)]
    words += ["--engine", engine, "--", str(options.workspace)]
    async with aclosing(read_messages(words, "Learning", ModelError)) as messages:
        async for message in messages:
            if "ended" in message:
                return (Path(message["model"]) if message["model"] else None), message["ended"]
            advance(message["words"], message["done"], message["total"])
    raise AssertionError
