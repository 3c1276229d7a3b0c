"""The command `framewise worker`: lends this machine to a scheduler of Dask, by day or in given hours."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from app.domain.batch_jobs import TimeWindow
from app.domain.errors import FramewiseError
from app.headless.cluster.scheduler_address import check_address, make_security

if TYPE_CHECKING:
    from distributed import Security

NICE: Final = 10  # below everything that a person does on this machine
# Between two looks at the clock, and two tries to reach the scheduler; chosen by hand
_CHECK_SECONDS: Final = 5.0


def main(words: Sequence[str]) -> int:
    """Work for a scheduler until this is stopped; return the exit status."""
    arguments = _parse(words)
    try:
        check_address(arguments.address, insecure=arguments.insecure)
        security = make_security(arguments.address)
    except FramewiseError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the shell's way to say it
        return 1
    os.nice(NICE)
    while True:
        if _is_time(arguments.between):
            # The scheduler may be started again: the worker comes back to it.
            try:
                asyncio.run(_serve(arguments.address, security, arguments.between))
            except (OSError, TimeoutError, RuntimeError) as error:
                # Dask calls all that kept its worker from starting a RuntimeError, and its cause says what it was.
                print(error.__cause__ or error, file=sys.stderr)  # noqa: T201
        time.sleep(_CHECK_SECONDS)


async def _serve(address: str, security: Security, window: TimeWindow | None) -> None:
    """Serve until the scheduler is gone or the hours are over.

    Raises OSError, TimeoutError or RuntimeError without a scheduler.
    """
    from distributed import Nanny, Status

    # One job at a time: each runs worker processes of its own on all cores, with memory limits of their own.
    async with Nanny(address, nthreads=1, memory_limit=0, security=security) as nanny:
        while nanny.status == Status.running and _is_time(window):
            await asyncio.sleep(_CHECK_SECONDS)


def _is_time(window: TimeWindow | None) -> bool:
    return window is None or window.holds(datetime.now().time())


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="framewise worker", description="Do jobs of `framewise batch --scheduler` on this machine."
    )
    add = parser.add_argument
    add("address", help="of the scheduler, such as tls://head:8786")
    add("--between", type=TimeWindow.parse, help="hours in which to work, such as 20:00-06:30")
    add("--insecure", action="store_true", help="allow a scheduler on another machine without TLS")
    return parser.parse_args(words)
