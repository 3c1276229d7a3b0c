"""Reads mutated inputs with every reader, each in a process under limits: python -m tool.dev.fuzz.

An input is read, or refused with a FramewiseError; a crash, a hang, a raw exception is a fault, and the exit status
says whether there was one. `--only KIND --case N` runs one input again. `bitflips` flips single bits of a journal.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tool.dev.bench.report import heading, row
from tool.dev.fuzz.bit_flips import flip_bits
from tool.dev.fuzz.readers import READERS
from tool.dev.fuzz.samples import write_samples

# Cases a process; starting one takes a second, and what a case leaves behind does not reach many others.
BATCH: Final = 50
# Wall seconds for a batch on a busy machine; processor time is limited case by case in the child.
BATCH_SECONDS: Final = 900


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one input."""

    number: int
    kind: str  #: "read", "refused" or "fault"
    reason: str


def main() -> int:
    """Run the campaign and print what it found; return 1 if there was a fault."""
    words = _arguments()
    with tempfile.TemporaryDirectory(prefix="framewise-samples-") as folder:
        samples = Path(folder)
        write_samples(samples)
        if words.subject == "bitflips":
            return flip_bits(samples, words.count, words.seed)
        kinds = [words.only] if words.only else list(READERS)
        first = 0 if words.case is None else words.case
        each = 1 if words.case is not None else max(1, words.count // len(kinds))
        heading(f"{each} inputs of each of {len(kinds)} kinds, seed {words.seed}")
        return 1 if sum(_campaign(kind, words.seed, first, each, samples) for kind in kinds) else 0


def _campaign(kind: str, seed: int, first: int, count: int, samples: Path) -> int:
    """Run the inputs of a kind, print a row, and return the number of faults."""
    outcomes = list(_outcomes(kind, seed, first, count, samples))
    counts = Counter(outcome.kind for outcome in outcomes)
    row(kind, ", ".join(f"{counts[name]} {name}" for name in ("read", "refused", "fault")))
    faults = Counter(outcome.reason for outcome in outcomes if outcome.kind == "fault")
    for reason, times in faults.most_common():
        number = next(outcome.number for outcome in outcomes if outcome.reason == reason)
        row(f"  --only {kind} --case {number} --seed {seed}, {times} times", reason)
    return counts["fault"]


def _outcomes(kind: str, seed: int, first: int, count: int, samples: Path) -> Iterator[Outcome]:
    number, end = first, first + count
    while number < end:
        lines, death = _run_batch(kind, seed, number, min(BATCH, end - number), samples)
        begun = number
        for line in lines:
            if "begin" in line:
                begun = line["begin"]
                continue
            yield Outcome(line["number"], line["outcome"], line["reason"])
            number = line["number"] + 1
        if death:
            yield Outcome(begun, "fault", death)
            number = begun + 1


def _run_batch(
    kind: str, seed: int, first: int, count: int, samples: Path
) -> tuple[list[dict[str, Any]], str]:
    """Run a batch in a process; return its lines, and how it died if it did."""
    words = [kind, str(seed), str(first), str(count), str(samples)]
    command = [sys.executable, "-m", "tool.dev.fuzz.case_runner", *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=BATCH_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        output = error.stdout or b""
        return _lines(
            output if isinstance(output, str) else output.decode()
        ), "hung without using the processor"
    lines = _lines(done.stdout)
    if done.returncode == -signal.SIGXCPU:
        return lines, "hung: over 10 s of processor time"
    if done.returncode:
        return lines, f"ended with {done.returncode}: {done.stderr.strip().splitlines()[:1]}"
    return lines, ""


def _lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tool.dev.fuzz", description=__doc__)
    parser.add_argument("subject", nargs="?", choices=("readers", "bitflips"), default="readers")
    parser.add_argument("--count", type=int, default=10_000, help="inputs in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=tuple(READERS), default="", help="one kind")
    parser.add_argument("--case", type=int, help="one input")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
