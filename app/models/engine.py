"""What every segmentation engine offers, be it classic image processing or a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Click

Image = NDArray[np.uint8]
BoolMask = NDArray[np.bool_]
Probability = NDArray[np.float32]
Direction = Literal[1, -1]


@dataclass(frozen=True, slots=True)
class ClickAnswer:
    """probability: float32 (h, w) at source resolution; state: opaque, for the next click."""

    probability: Probability
    state: Any


@dataclass(frozen=True, slots=True)
class Prediction:
    """One object on one frame. probability: float32 (h, w); score: confidence in [0, 1]."""

    probability: Probability
    score: float


class ClickModel(Protocol):
    """Turns clicks into a mask."""

    def encode(self, image: Image) -> Any:
        """Do all work that depends on the image alone. image: uint8 (h, w, 3) RGB."""

    def predict(
        self, features: Any, clicks: Sequence[Click], state: Any = None, initial: BoolMask | None = None
    ) -> ClickAnswer:
        """Answer a non-empty click list.

        features: from encode. state: from the answer to clicks[:-1], or None, in which case the model
        works clicks through from the beginning. initial: bool (h, w), the mask that the clicks correct.
        The same arguments give the same answer.
        """

    def prefetch(self, features: Any, clicks: Sequence[Click], state: Any) -> None:
        """Between clicks, do work that the next one will most likely want. state: from the answer to clicks."""


class TrackerPass(Protocol):
    """One walk of the tracker away from a reference frame."""

    def step(
        self, index: int, image: Image, objects: Sequence[int], kept: Mapping[int, BoolMask] | None = None
    ) -> Mapping[int, Prediction]:
        """Find the objects on the next frame of the walk.

        kept: masks of objects that are locked on this frame; the walk goes on from these instead of
        its own result, and they are not in the answer.
        """


class Tracker(Protocol):
    """Carries masks from reference frames to other frames; memory stays bounded however long the sequence."""

    def add_reference(self, index: int, image: Image, masks: Mapping[int, BoolMask]) -> None:
        """Keep the masks of a reference frame, by object id; the same frame again replaces what it held."""

    def start(self, index: int, direction: Direction) -> TrackerPass:
        """Begin a walk at a remembered frame; several walks may be under way at once."""

    def fuse(
        self, index: int, image: Image, earlier: Probability, newer: Probability, weight: float
    ) -> Probability:
        """Join two results for one object between two references.

        earlier: the result carried from the far reference; newer: from the reference of this walk.
        weight: share of newer in [0, 1], linear in the distance to the two references.
        """


class Engine(Protocol):
    """A named pair of click model and tracker."""

    name: str
    device: str

    def click_model(self) -> ClickModel:
        """Return a click model ready to use."""

    def tracker(self) -> Tracker:
        """Return an empty tracker."""


@runtime_checkable
class PreparingEngine(Engine, Protocol):
    """An engine that can work on frames before its trackers come by, and keeps what it finds."""

    def fit_size(self, image: Image) -> None:
        """Be ready for the size of a sequence's frames, which takes seconds the first time. image: any of them."""

    def prepare_frame(self, index: int, image: Image, center: int) -> bool:
        """Do the work on a frame; False when there is no room to keep it. center: where the annotator is."""

    def clear_frames(self) -> None:
        """Drop what is kept: the frames of another sequence come."""
