"""Click model over a static network in EISeg's layout."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Click
from app.domain.errors import UsageError
from app.models.eiseg.click_encoding import crop_array, crop_image, encode_clicks
from app.models.eiseg.corner_resize import resize_array
from app.models.eiseg.zoom_in import ZoomBox, ZoomRules, choose_box
from app.models.engine import BoolMask, ClickAnswer, Image, Probability
from app.models.runtime.network import Network, SpeculatingNetwork, as_split

Array = NDArray[np.float32]
_EDGE_OUTPUTS = 3  # outputs of a model that predicts an edge beside its mask


@dataclass(slots=True)
class StaticClickFeatures:
    """A picture, and what the network computed of its last box ahead of the next click."""

    image: Image
    box: ZoomBox
    prepared: list[NDArray[Any]]  #: from prepare or speculate of the network


@dataclass(frozen=True, slots=True)
class StaticClickState:
    """State from which the next click continues; unlike EISeg's undo, it restores the edge too."""

    probability: Probability | None = None  #: last result, float32 (h, w) at source resolution
    edge: Probability | None = None  #: the same of EdgeFlow's edge
    box: ZoomBox | None = None  #: that the network saw


@dataclass(frozen=True, slots=True)
class StaticClickModel:
    """A click network of RITM's or EdgeFlow's kind.

    A network of three outputs is EdgeFlow: it gives an edge map and takes the previous edge instead of the mask.
    """

    network: Network
    rules: ZoomRules = field(default_factory=ZoomRules)

    def encode(self, image: Image) -> StaticClickFeatures:
        """Prepare the whole picture, which the first click uses."""
        box = choose_box(self.rules, image.shape[:2], (), None, None)
        features = StaticClickFeatures(image, box, self._prepare_box(image, box))
        self._speculate(features, self._encode_clicks((), _initial_state(None), box))
        return features

    def predict(
        self,
        features: StaticClickFeatures,
        clicks: Sequence[Click],
        state: StaticClickState | None = None,
        initial: BoolMask | None = None,
    ) -> ClickAnswer:
        """Answer a non-empty click list; see ClickModel."""
        if not clicks:
            raise UsageError("There are no clicks to answer.")
        if state is not None:
            return self._answer(features, clicks, state)
        answer = ClickAnswer(np.zeros(features.image.shape[:2], np.float32), _initial_state(initial))
        for count in range(1, len(clicks) + 1):
            answer = self._answer(features, clicks[:count], answer.state)
        return answer

    def prefetch(
        self, features: StaticClickFeatures, clicks: Sequence[Click], state: StaticClickState
    ) -> None:
        """Prepare the box of the next click, unless it falls outside the object found so far."""
        box = self._update_box(features, clicks, state)
        self._speculate(features, self._encode_clicks(clicks, state, box))

    def warm_up(self) -> None:
        """Run once, so that the first click does not wait for compilation."""
        image = np.zeros((self.rules.height, self.rules.width, 3), np.uint8)
        self.predict(self.encode(image), [Click(self.rules.width / 2, self.rules.height / 2, True)])

    def _answer(
        self, features: StaticClickFeatures, clicks: Sequence[Click], state: StaticClickState
    ) -> ClickAnswer:
        shape, box = features.image.shape[:2], self._update_box(features, clicks, state)
        outputs = as_split(self.network).complete(features.prepared, self._encode_clicks(clicks, state, box))
        probability = self._paste_logits(outputs[0], box, shape)
        edge = self._paste_logits(outputs[2], box, shape) if self._has_edge else None
        return ClickAnswer(probability, StaticClickState(probability, edge, box))

    def _update_box(
        self, features: StaticClickFeatures, clicks: Sequence[Click], state: StaticClickState
    ) -> ZoomBox:
        box = choose_box(self.rules, features.image.shape[:2], clicks, state.probability, state.box)
        if box != features.box:
            features.box, features.prepared = box, self._prepare_box(features.image, box)
        return box

    def _speculate(self, features: StaticClickFeatures, coords: Array) -> None:
        if isinstance(self.network, SpeculatingNetwork):
            features.prepared = self.network.speculate(features.prepared, coords)

    def _encode_clicks(self, clicks: Sequence[Click], state: StaticClickState, box: ZoomBox) -> Array:
        earlier = state.edge if self._has_edge else state.probability
        return encode_clicks(self._crop_previous(earlier, box), clicks, box)

    @property
    def _has_edge(self) -> bool:
        return self.network.outputs == _EDGE_OUTPUTS

    def _prepare_box(self, image: Image, box: ZoomBox) -> list[NDArray[Any]]:
        pixels = crop_image(image, box, self.rules.height, self.rules.width)
        return as_split(self.network).prepare(pixels)

    def _crop_previous(self, earlier: Probability | None, box: ZoomBox) -> Array:
        if earlier is None:
            return np.zeros((self.rules.height, self.rules.width), np.float32)
        return resize_array(crop_array(earlier, box), self.rules.height, self.rules.width)

    def _paste_logits(self, logits: Array, box: ZoomBox, shape: tuple[int, ...]) -> Probability:
        """Return logits (1, 1, h, w) of a box as probability (h, w) of the picture, 0 outside the box."""
        seen = resize_array(logits[0, 0], self.rules.height, self.rules.width)
        inside = resize_array(_sigmoid(seen), box.height, box.width)
        if inside.shape == shape:
            return inside
        placed: Any = np.zeros(shape, np.float32)
        crop_array(placed, box)[...] = inside
        return np.asarray(placed, np.float32)


def _initial_state(initial: BoolMask | None) -> StaticClickState:
    """Return the state of an initial mask; EdgeFlow, which takes an edge instead, uses it only for the box."""
    return StaticClickState(None if initial is None else initial.astype(np.float32))


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -80, 80))), np.float32)
