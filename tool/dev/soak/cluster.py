"""Batches on a scheduler of Dask, in which scheduler and workers are killed at random while a person edits."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from app.domain.annotation import Status
from app.domain.errors import WorkspaceBusy
from app.headless import Annotator, Workspace
from app.storage.workspace.batch_list import NAME, BatchList
from tool.dev.soak.cluster_processes import Cluster, batch, cluster, descendants
from tool.dev.soak.films import make_films
from tool.dev.soak.kills import CampaignFailure
from tool.dev.soak.processes import send_signal

FRAMES: Final = 12  # of each film
WORKERS: Final = 2
LONGEST: Final = 1800.0  # seconds of a round; beyond it the batch counts as never done


@dataclass(slots=True)
class ClusterCounts:
    """What rounds of kills have shown."""

    kills: Counter[str] = field(default_factory=Counter)  #: by target
    rounds: int = 0
    done: int = 0  #: sequences, each complete and propagated in one edit or more
    edited: int = 0  #: masks that a person made meanwhile, all of them there


class ClusterCampaign:
    """Kills what does a batch. pause: longest time between two kills, in seconds."""

    def __init__(self, folder: Path, count: int, pause: float, chance: random.Random) -> None:
        self._folder, self._pause, self._chance = folder, pause, chance
        self._films = make_films(folder, folder / "made", count, FRAMES)
        self.counts = ClusterCounts()

    def round(self, most: int) -> None:
        """Do all films once, with at most so many kills in between. Raises CampaignFailure."""
        work = self._folder / f"work {self.counts.rounds}"
        shutil.copytree(self._folder / "made", work, ignore=shutil.ignore_patterns("lock"))
        with cluster(self._folder / "cluster.log", WORKERS) as machines:
            head = batch(work, machines.address, self._films)
            began, edited = time.monotonic(), dict[Path, int]()
            due = began + self._chance.uniform(0.0, self._pause)
            while head.poll() is None:
                if time.monotonic() - began > LONGEST:
                    raise CampaignFailure(f"The batch is not done after {LONGEST:g} s.")
                if time.monotonic() > due:
                    due = time.monotonic() + self._chance.uniform(0.0, self._pause)
                    self._edit(work, edited)
                    if self.counts.kills.total() < most:
                        self._kill_one(machines)
                time.sleep(0.1)
            said = head.communicate()[0]
        if head.returncode:
            raise CampaignFailure(f"The batch ended with {head.returncode}: {said[-2000:]}")
        self._check(work, edited)
        self.counts.rounds += 1

    def _kill_one(self, machines: Cluster) -> None:
        """Kill the scheduler, a worker, what a worker has started, or a whole machine; start again what was killed."""
        target = self._chance.choice(("worker", "worker", "propagator", "machine", "scheduler"))
        if target == "scheduler":
            send_signal(machines.scheduler.pid)
            machines.scheduler.wait()
            machines.start_scheduler()
        elif target == "machine":
            lost = machines.workers.pop(self._chance.randrange(len(machines.workers)))
            with suppress(ProcessLookupError):
                os.killpg(lost.pid, signal.SIGKILL)
            lost.wait()
            machines.start_worker()
        else:
            word = "--multiprocessing-fork" if target == "worker" else "propagator"
            found = [pid for machine in machines.workers for pid in descendants(machine.pid, word)]
            if not found:
                return
            send_signal(self._chance.choice(found))
        self.counts.kills[target] += 1

    def _edit(self, work: Path, edited: dict[Path, int]) -> None:
        """Draw a mask as a person does meanwhile, on a film that nobody has drawn on yet."""
        film, frame = self._chance.choice(self._films), self._chance.randrange(1, FRAMES)
        if film in edited:
            return
        with suppress(WorkspaceBusy), Annotator(work, device="cpu", engine="classic", threads=1) as annotator:
            info = annotator.open(film)
            annotator.set_mask(frame, annotator.objects[0], np.ones((info.height, info.width), np.bool_))
            edited[film] = frame

    def _check(self, work: Path, edited: dict[Path, int]) -> None:
        """Nothing is lost, and no mask of a person was overwritten."""
        for entry in BatchList(work / NAME).read():
            if entry.status != "done":
                raise CampaignFailure(f"{entry.job.source} is not done: {entry}")
        for film in self._films:
            sequence = Workspace(work)[film.stem]
            drawn = edited.get(film)
            for frame in sequence:
                expected = Status.EDITED if frame.index in (0, drawn) else Status.PROPAGATED
                if frame.status(1) is not expected:
                    raise CampaignFailure(
                        f"{film.name}, frame {frame.index}: {frame.status(1)}, not {expected}."
                    )
            if drawn is not None and not sequence[drawn].masks[1].all():
                raise CampaignFailure(f"{film.name}: what was drawn on frame {drawn} is not there any more.")
            self._check_once(film, [edit.title for edit in sequence.history()], drawn)
        self.counts.done += len(self._films)
        self.counts.edited += len(edited)

    @staticmethod
    def _check_once(film: Path, titles: list[str], drawn: int | None) -> None:
        """A film was propagated once, or again after a person had changed what that came from."""
        most = 1 if drawn is None else 2
        if titles.count("Propagate") > most:
            raise CampaignFailure(f"{film.name} was propagated {titles.count('Propagate')} times: {titles}")
