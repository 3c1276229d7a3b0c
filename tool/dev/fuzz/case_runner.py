"""The process that reads mutated inputs: python -m tool.dev.fuzz.case_runner KIND SEED FIRST COUNT SAMPLES.

Prints a line of JSON before and after each case, so that the parent knows which one ended the process.
"""

from __future__ import annotations

import faulthandler
import json
import logging
import random
import resource
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path
from typing import Final

from app.domain.errors import FramewiseError
from tool.dev.fuzz.case import Case
from tool.dev.fuzz.readers import READERS

# A reader of files of a few kilobytes has no use for more; libraries alone map about 1.5 GB.
ADDRESS_SPACE: Final = 6 << 30
# Seconds of processor time after which a case counts as hung; good files take under one.
CASE_SECONDS: Final = 10


def run(kind: str, seed: int, number: int, samples: Path) -> tuple[str, str]:
    """Read one mutated input; return "read", "refused" or "fault", and the reason.

    The same kind, seed and number give the same input.
    """
    used = time.process_time()
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + CASE_SECONDS + 1, hard))
    with tempfile.TemporaryDirectory(prefix="framewise-fuzz-") as folder:
        case = Case(samples, Path(folder), random.Random(f"{seed}/{kind}/{number}"))
        try:
            READERS[kind](case)
        except FramewiseError as error:
            return "refused", f"{type(error).__name__}: {error.what}"
        except Exception as error:  # noqa: BLE001 - every other exception is what the campaign looks for
            spot = next(
                (f for f in reversed(traceback.extract_tb(error.__traceback__)) if "/app/" in f.filename),
                None,
            )
            where = f" at {Path(spot.filename).name}:{spot.lineno}" if spot else ""
            return "fault", f"{type(error).__name__}: {str(error)[:160]}{where}"
    return "read", ""


def main() -> None:
    """Run the cases that the arguments name."""
    kind, seed, first, count, samples = sys.argv[1:]
    faulthandler.enable()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in range(int(first), int(first) + int(count)):
        print(json.dumps({"begin": number}), flush=True)
        outcome, reason = run(kind, int(seed), number, Path(samples))
        print(json.dumps({"number": number, "outcome": outcome, "reason": reason}), flush=True)


if __name__ == "__main__":
    main()
