"""Protocols of segmentation engines: click model, tracker, and the engine that owns both."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Click
from app.domain.model_prompts import Prompt

Image = NDArray[np.uint8]
BoolMask = NDArray[np.bool_]
Probability = NDArray[np.float32]
Direction = Literal[1, -1]


@dataclass(frozen=True, slots=True)
class ClickAnswer:
    """Answer of a click model."""

    probability: Probability  #: float32 (h, w) at source resolution
    state: Any  #: opaque, for the next prompt


@dataclass(frozen=True, slots=True)
class Prediction:
    """One object on one frame."""

    probability: Probability  #: float32 (h, w) at source resolution
    score: float  #: expected overlap with the truth, in [0, 1]


class ClickModel(Protocol):
    """Segments an object from clicks and other prompts."""

    def encode(self, image: Image) -> Any:
        """Compute the features of an image, uint8 (h, w, 3) RGB."""

    def predict(
        self, features: Any, prompts: Sequence[Prompt], state: Any = None, initial: BoolMask | None = None
    ) -> ClickAnswer:
        """Answer a non-empty list of prompts.

        features: from encode. state: from the answer to prompts[:-1], or None to process all of them from the
        beginning. initial: bool (h, w), the mask that the prompts correct. The same arguments give the same answer.
        """

    def prefetch(self, features: Any, prompts: Sequence[Prompt], state: Any) -> None:
        """Compute between prompts what the next one will most likely need. state: from the answer to prompts."""


class ClicksOnlyModel(Protocol):
    """Segments an object from clicks alone; app.models.prompted_click_model makes a ClickModel of it."""

    def encode(self, image: Image) -> Any:
        """See ClickModel."""

    def predict(
        self, features: Any, clicks: Sequence[Click], state: Any = None, initial: BoolMask | None = None
    ) -> ClickAnswer:
        """See ClickModel."""

    def prefetch(self, features: Any, clicks: Sequence[Click], state: Any) -> None:
        """See ClickModel."""


@runtime_checkable
class CorrectingModel(Protocol):
    """A click model that looks at a mask that is there in a way of its own."""

    def expect_correction(self, features: Any, initial: BoolMask) -> None:
        """Compute what the first prompt on a mask, bool (h, w), will most likely need. features: from encode."""


@runtime_checkable
class WarmableModel(Protocol):
    """A click model whose networks are slow at the first picture of a size."""

    def warm_up(self, features: Any) -> bool:
        """Run at one more size that a first prompt may need; return whether there was one. features: from encode."""


@runtime_checkable
class StoppableModel(Protocol):
    """A click model that can be stopped within an answer, so that one that may never be wanted delays no other."""

    def stop_by(self, check: Callable[[], None]) -> bool:
        """Call check before each network from now on, whatever it raises; return whether this model can."""


class TrackerPass(Protocol):
    """One pass of a tracker away from a reference frame, frame by frame in one direction."""

    def step(
        self, index: int, image: Image, objects: Sequence[int], kept: Mapping[int, BoolMask] | None = None
    ) -> Mapping[int, Prediction]:
        """Find the objects on the next frame of the pass.

        kept: masks of objects that are locked on this frame; the pass continues from these instead of its own
        result, and they are not in the answer.
        """


class Tracker(Protocol):
    """Propagates masks from reference frames to other frames; memory is bounded for any length of sequence."""

    def add_reference(self, index: int, image: Image, masks: Mapping[int, BoolMask]) -> None:
        """Keep the masks of a reference frame, by object id; the same frame again replaces what it held."""

    def start(self, index: int, direction: Direction) -> TrackerPass:
        """Begin a pass at a reference frame; several passes may run at once."""

    def fuse(
        self, index: int, image: Image, earlier: Probability, newer: Probability, weight: float
    ) -> Probability:
        """Fuse two results for one object between two references.

        earlier: the result from the far reference; newer: from the reference of this pass.
        weight: share of newer in [0, 1], linear in the distance to the two references.
        """


@runtime_checkable
class EncodingTracker(Tracker, Protocol):
    """A tracker that can encode a frame ahead on one thread while another thread steps."""

    def encode_ahead(self, image: Image) -> None:
        """Encode a frame that comes soon, as the same array; it is not changed until then."""


class Engine(Protocol):
    """A named click model and tracker."""

    name: str
    device: str

    def click_model(self) -> ClickModel:
        """Return a click model ready to use."""

    def tracker(self) -> Tracker:
        """Return an empty tracker."""


class Recall(Protocol):
    """What an engine learnt of one object from its reference frames."""

    def find(self, index: int, image: Image) -> BoolMask | None:
        """Return the object's mask on another frame; None where the references do not agree on it."""


@runtime_checkable
class LearningEngine(Engine, Protocol):
    """An engine that learns an object from reference frames, so that clicks on other frames need not begin anew."""

    def learn(self, references: Sequence[tuple[int, Image, BoolMask]]) -> Recall:
        """Learn an object from at least one frame: its index, its image, uint8 (h, w, 3) RGB, and the mask."""


@runtime_checkable
class PreparingEngine(Engine, Protocol):
    """An engine that can encode frames ahead of its trackers and caches the results."""

    def fit_size(self, image: Image) -> None:
        """Compile for the size of a sequence's frames, which takes seconds the first time. image: any of them."""

    def prepare_frame(self, index: int, image: Image, center: int) -> bool:
        """Encode a frame ahead; return False if there is no room to cache it. center: the annotator's frame."""

    def clear_frames(self) -> None:
        """Drop what is of no use to another sequence, which comes now."""
