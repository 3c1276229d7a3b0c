"""Measurements that take turns, each in a process of its own, so that a busy moment hits all of them."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

WARM: Final = 2
"""Rounds at the beginning that do not count."""
PAUSE: Final = 0.5
"""Seconds between two turns: OpenMP's threads stay on their processors for 0.2 after they have worked."""
Rounds = Iterator[Any]
"""First the device in words, then the seconds of each thing timed, again and again."""


@dataclass(frozen=True, slots=True)
class Found:
    """seconds: the median of each thing timed; device: in words.

    peaks: the highest memory that the process had taken by the end of each round, gigabytes.
    """

    seconds: Sequence[float]
    peaks: Sequence[float]
    device: str


def side_by_side(module: str, rounds: int, *measurements: Sequence[object]) -> list[Found]:
    """Take measurements in turns. measurements: arguments of a module that serves."""
    with ExitStack() as stack:
        processes = [stack.enter_context(_process(module, words)) for words in measurements]
        answers: list[list[tuple[list[float], float]]] = [[] for _ in processes]
        for _ in range(rounds):
            for process, taken in zip(processes, answers, strict=True):
                time.sleep(PAUSE)
                taken.append(_ask(process, "next"))
        devices = [_ask(process, "end") for process in processes]
    return [_found(taken, device) for taken, device in zip(answers, devices, strict=True)]


def serve(measure: Callable[[Sequence[str]], Rounds]) -> None:
    """Take one measurement, a round for each line of the input, and say at the end what it ran on and in."""
    # Paddle prints to the standard output; the answers keep it to themselves.
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    rounds = measure(sys.argv[1:])
    device = next(rounds)
    for line in sys.stdin:
        answer = (next(rounds), _peak_gigabytes()) if line.strip() == "next" else device
        print(json.dumps(answer), file=output, flush=True)


def seconds(work: Callable[[], Any]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _found(taken: Sequence[tuple[list[float], float]], device: str) -> Found:
    times, peaks = zip(*taken, strict=True)
    return Found([statistics.median(column) for column in zip(*times[WARM:], strict=True)], peaks, device)


def _process(module: str, words: Sequence[object]) -> subprocess.Popen[str]:
    command = (sys.executable, "-m", module, *map(str, words))
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _ask(process: subprocess.Popen[str], word: str) -> Any:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(word + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def _peak_gigabytes() -> float:
    with open("/proc/self/status", encoding="utf-8") as lines:
        kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    return kilobytes / 1e6
