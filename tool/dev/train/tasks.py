# mypy: allow-subclassing-any, allow-untyped-decorators, disable-error-code="no-any-return"
"""The tasks of a step: how a batch is drawn, and what is learnt from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from numpy.random import Generator
from torch import Tensor

from tool.dev.train import batches
from tool.dev.train.batches import Pictures
from tool.dev.train.clicks import learn_clicks
from tool.dev.train.figures import Figures
from tool.dev.train.network import Network
from tool.dev.train.propagation import learn_propagation

Sample = list[Pictures]
"""The frames of a batch of clips; one for pictures."""


@dataclass(frozen=True, slots=True)
class Task:
    """How a batch is drawn and what is learnt from it."""

    draw: Callable[..., Sample]
    learn: Callable[[Network, Sample, Generator, Network | None], tuple[Tensor, Figures]]
    things: int  #: targets of a picture
    share: float  #: pictures, or clips, for each of the option --pictures

    def job(
        self, draw: Callable[[], Sample], rng: Generator, teacher: Network | None = None
    ) -> Callable[[Network], tuple[Tensor, Figures]]:
        """Return what a replica does: it draws its batch, side by side with the others, and learns from it."""
        return lambda network: self.learn(network, draw(), rng, teacher)


def draw_pictures(count: int, things: int, **options: Any) -> Sample:
    """Draw a batch of pictures; options as batches.draw_pictures has them."""
    return [batches.draw_pictures(count=count, things=things, **options)]


def draw_clips(count: int, things: int, length: int, **options: Any) -> Sample:
    """Draw a batch of clips of some frames; options as batches.draw_clips has them."""
    return batches.draw_clips(count=count, things=things, length=length, **options)


CLICKS = Task(draw_pictures, learn_clicks, things=2, share=1.0)
PROPAGATION = Task(partial(draw_clips, length=3), learn_propagation, things=2, share=0.67)
FAR_PROPAGATION = Task(partial(draw_clips, length=6), learn_propagation, things=2, share=0.67)
