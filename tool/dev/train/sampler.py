# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""Batches for the trainer, drawn at once or some steps ahead in processes of their own."""

from __future__ import annotations

import functools
import multiprocessing
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from tool.dev.train.archive import Archive
from tool.dev.train.tasks import Sample, Task


@dataclass(frozen=True, slots=True)
class Course:
    """What decides every sample of a course of training."""

    archive: Path
    tasks: tuple[Task, ...]  #: of one step
    seed: int
    size: int  #: side of the pictures
    pictures: int  #: of one task in one step
    simulated: float = 0.0  #: share of pictures and clips that are drawn by rules, besides their cards

    def draw(self, archive: Archive, step: int, index: int) -> Sample:
        """Return the batch of task index at a step."""
        task = self.tasks[index]
        alike = [i for i, other in enumerate(self.tasks) if other is task]
        count = max(1, round(task.share * self.pictures))
        first = (step * len(alike) + alike.index(index)) * count
        rng = np.random.default_rng((self.seed, step, index))
        options = {"size": self.size, "first": first, "seed": self.seed, "simulated": self.simulated}
        return task.draw(count, task.things, archive=archive, rng=rng, **options)


class Sampler:
    """Hands out the batches of a course step by step; ahead of time where there are workers."""

    def __init__(self, course: Course, step: int, workers: int) -> None:
        self._course = course
        self._step = self._asked = step
        self._ahead: deque[list[Future[Sample]]] = deque()
        self._archive = None if workers else Archive(course.archive)
        self._depth = 1 + 2 * workers // len(course.tasks)
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(workers, context) if workers else None

    def next(self) -> list[Callable[[], Sample]]:
        """Return what gives the batches of the next step, one a task; without workers each is drawn when asked for.

        Each may be asked for in a thread of its own.
        """
        step, self._step = self._step, self._step + 1
        if self._archive is not None:
            count = len(self._course.tasks)
            return [functools.partial(self._course.draw, self._archive, step, i) for i in range(count)]
        assert self._pool is not None
        while len(self._ahead) < self._depth:
            indices = range(len(self._course.tasks))
            self._ahead.append([self._pool.submit(_draw, self._course, self._asked, i) for i in indices])
            self._asked += 1
        return [future.result for future in self._ahead.popleft()]

    def close(self) -> None:
        """End the processes; what was drawn ahead is lost."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _draw(course: Course, step: int, index: int) -> Sample:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    return course.draw(_opened(course.archive), step, index)


@functools.lru_cache(maxsize=1)
def _opened(archive: Path) -> Archive:
    return Archive(archive)
