"""What the click model and the tracker ask of the decoder, with the right answers."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Click
from app.models.click_robot import THRESHOLD, choose_click
from app.models.default.default_click_model import DefaultClickModel
from app.models.default.default_tracker import DefaultTracker
from app.models.default.encoding_store import EncodedFrame
from app.models.default.feature_cache import FeatureCache
from app.models.default.tuning.trainable_decoder import DecoderSample
from app.models.default.tuning.tuned_frame import TunedFrame
from app.models.default.working_pixels import FRAME_AREA, WorkingFrame, object_box, whole_box
from app.models.engine import BoolMask, Image, Probability
from app.models.runtime.network import Array, Network


class RecordingNetwork:
    """A network that keeps what it was asked; see Network."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.asked: list[tuple[Array, ...]] = []

    @property
    def outputs(self) -> int:
        """See Network."""
        return self._network.outputs

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        self.asked.append(arrays)
        return self._network(*arrays)


class RecordingClickModel(DefaultClickModel):
    """A click model that keeps what it asked the decoder, and of which views."""

    def __init__(self, cache: FeatureCache, decoder: Network) -> None:
        self._recorder = RecordingNetwork(decoder)
        self._views: list[WorkingFrame] = []
        super().__init__(cache, self._recorder)

    def take_samples(self, truth: BoolMask) -> list[DecoderSample]:
        """Return the questions since the last time with their answers; truth: bool (h, w), source pixels."""
        pairs = zip(self._recorder.asked, self._views, strict=True)
        samples = [DecoderSample(asked, view.shrink_truth(truth)[None, None]) for asked, view in pairs]
        self._recorder.asked.clear()
        self._views.clear()
        return samples

    def _decode_view(
        self, encoded: EncodedFrame, clicks: Sequence[Click], older: Probability | None
    ) -> tuple[Probability, float]:
        self._views.append(encoded.frame)
        return super()._decode_view(encoded, clicks, older)


def record_clicks(
    model: RecordingClickModel, image: Image, truth: BoolMask, most: int, begins_with_box: bool
) -> list[DecoderSample]:
    """Click as the robot does; return what the first and the last click asked, from each view.

    most: clicks at least 1. begins_with_box: whether a box around the thing comes before the first click.
    """
    features = model.encode(image)
    clicks: list[Click] = []
    state: Any = model.begin_within(_fill_box(truth)) if begins_with_box else None
    mask: BoolMask = np.zeros_like(truth)
    asked: list[list[DecoderSample]] = []
    while len(clicks) < most and (click := choose_click(mask, truth)) is not None:
        clicks.append(click)
        answer = model.predict(features, list(clicks), state)
        state, mask = answer.state, answer.probability > THRESHOLD
        asked.append(model.take_samples(truth))
    chosen = asked if len(asked) < 2 else [asked[0], asked[-1]]
    return [sample for group in chosen for sample in group]


def record_propagation(
    tracker: DefaultTracker, reference: TunedFrame, target: TunedFrame
) -> list[DecoderSample]:
    """Propagate from one frame to another, as if it came next, and return what that asked.

    tracker: an empty one.
    """
    numbers = sorted(reference.masks.keys() & target.masks.keys())
    recorder = RecordingNetwork(tracker.decoder)
    tracker.decoder = recorder
    tracker.add_reference(
        reference.index, reference.read(), {number: reference.masks[number] for number in numbers}
    )
    image = target.read()
    walk = tracker.start(reference.index, 1 if target.index > reference.index else -1)
    walk.step(target.index, image, numbers)
    view = WorkingFrame.of(whole_box(image), FRAME_AREA)
    truth = np.stack([view.shrink_truth(target.masks[number])[None] for number in numbers])
    # A doubtful object is asked for again alone; which one that was is not told.
    return [DecoderSample(asked, truth) for asked in recorder.asked if len(asked[4]) == len(numbers)]


def _fill_box(mask: BoolMask) -> BoolMask:
    box = object_box(mask)
    filled = np.zeros_like(mask)
    if box is not None:
        filled[box.y : box.y + box.height, box.x : box.x + box.width] = True
    return filled
