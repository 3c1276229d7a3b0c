"""Nights of many short sequences, some of them broken, in which the program is killed again and again."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from app.domain.annotation import Status
from app.headless import Workspace
from app.storage.workspace.batch_list import NAME, BatchList, Entries
from tool.dev.soak.films import break_film, make_films
from tool.dev.soak.kills import ROOT, CampaignFailure

FRAMES: Final = 6  # of each film


@dataclass(frozen=True, slots=True)
class NightCounts:
    """What a night has shown."""

    done: int
    named: int  #: failed, each with a reason
    kills: int
    masks: int  #: propagated, all of them there
    seconds: float


def run_night(folder: Path, count: int, broken: int, kills: int, chance: random.Random) -> NightCounts:
    """Run a batch of films to its end, with kills at random moments.

    Raises CampaignFailure when the result is not complete.
    """
    work, began = folder / "work", time.monotonic()
    films = make_films(folder, work, count, FRAMES)
    bad = set(chance.sample(films, broken))
    for film in bad:
        break_film(film, chance)
    jobs, left = BatchList(work / NAME), films
    at = sorted(chance.sample(range(1, count), kills))  # each kill comes when so many jobs are over
    for due in at:
        _run(work, left, folder / "out", partial(_is_due, jobs, due), chance)
        left = []
    _run(work, left, folder / "out", lambda: False, chance)
    entries = jobs.read()
    _check(entries, bad, count)
    masks = sum(_check_film(work, folder / "out", film) for film in films if film not in bad)
    ends = [entry.status for entry in entries]
    return NightCounts(
        ends.count("done"), ends.count("failed"), kills, masks, round(time.monotonic() - began, 1)
    )


def _run(work: Path, films: list[Path], out: Path, is_due: Callable[[], bool], chance: random.Random) -> None:
    """Run the batch until it ends, or is killed a moment after a condition holds."""
    words = ["--workspace", str(work), "--engine", "classic", "--threads", "1", "--into", str(out)]
    command = [sys.executable, "-m", "framewise", "batch", *map(str, films), *words, "--export", "png"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        while process.poll() is None:
            if is_due():
                time.sleep(chance.uniform(0.0, 1.0))
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.02)


def _is_due(jobs: BatchList, over: int) -> bool:
    """Whether so many jobs are over."""
    return sum(entry.is_over for entry in jobs.read()) >= over


def _check(entries: Entries, bad: set[Path], count: int) -> None:
    if len(entries) != count:
        raise CampaignFailure(f"{count} jobs were queued, {len(entries)} are listed.")
    for entry in entries:
        expected = "failed" if Path(entry.job.source) in bad else "done"
        if entry.status != expected or (expected == "failed") != bool(entry.problem):
            raise CampaignFailure(f"{entry.job.source} should be {expected}: {entry}")


def _check_film(work: Path, out: Path, film: Path) -> int:
    """Check that every mask of a film is there, was made once, and is exported; return how many were propagated."""
    sequence = Workspace(work)[film.stem]
    found = [frame.status(1) for frame in sequence]
    if found != [Status.EDITED] + [Status.PROPAGATED] * (FRAMES - 1):
        raise CampaignFailure(f"{film.name} has {found}.")
    if len(list((out / film.stem / "mask").glob("*.png"))) != FRAMES:
        raise CampaignFailure(f"{film.name} is not exported whole.")
    return FRAMES - 1
