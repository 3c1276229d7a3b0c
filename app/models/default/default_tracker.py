"""The default tracker: propagates masks by a memory of frames and by the mask of the frame before."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import UsageError
from app.models.default.appearance import GONE_SCORE, LEAST_LIKENESS, mean_embedding
from app.models.default.connectivity_filter import ABSENT_LOGIT, keep_connected
from app.models.default.encoding_store import EncodedFrame
from app.models.default.feature_cache import FeatureCache
from app.models.default.frame_memory import FrameMemory, MemoryReader, select_references
from app.models.default.lost_pieces import find_lost_pieces
from app.models.default.propagation_cues import (
    double_size,
    gather_others,
    match_masks,
    propagation_hints,
    propagation_likeness,
)
from app.models.default.score_calibration import Calibration
from app.models.default.target_model import TargetExample, TargetModel, make_example
from app.models.default.working_pixels import LOGIT_LIMIT, sigmoid
from app.models.engine import BoolMask, Direction, Image, Prediction, Probability
from app.models.runtime.network import Network

Array = NDArray[np.float32]
# Recent frames that a pass remembers; with the frame just before among them errors would reinforce themselves.
RECENT_FRAMES = 3
DOUBTFUL = 0.6
"""Score below which an answer is also looked for without the frame before and what the pass remembers, whose errors
reinforce themselves. On 24 clips of endoscopy J rose from .663 to .682, by over .002 on 13 of them, and fell by as much
on two, where every frame was looked at so; a bound of .6, .7 or .8 changes no figure, and .6 costs least.
On seven clips of part test it changes nothing."""
ENCODED_AHEAD = 4  # Frames: the one worked on and the next, of two passes that take turns.
REMEDY = "Draw one first."
KEEP_EVERY = 3  # Frames from one that a pass remembers to the next. Chosen by hand.


@dataclass(frozen=True, slots=True, eq=False)
class RememberedFrame:
    """Memory of a frame whose masks a person made, by object id."""

    memory: FrameMemory
    masks: Mapping[int, Array]  #: float32 at stride 4
    examples: Mapping[int, TargetExample]
    looks: Mapping[int, Array]  #: mean embeddings, see mean_embedding


@dataclass(frozen=True, slots=True, eq=False)
class EarlierFrame:
    """The frame before."""

    masks: Mapping[int, Array]  #: float32 at stride 4, by object id
    key: Array | None  #: float32 (1, k, h, w) or (1, k, places), None without masks


NOTHING = EarlierFrame({}, None)


class DefaultTracker:
    """See Tracker; holds all reference frames of one sequence and the graphs that read them."""

    def __init__(
        self,
        cache: FeatureCache,
        decoder: Network,
        value: Network,
        reader: MemoryReader,
        calibration: Calibration,
    ) -> None:
        self.cache = cache
        self.calibration = calibration
        self.decoder = decoder
        self.reader = reader
        self._value = value
        self._references: dict[int, RememberedFrame] = {}
        self._targets: dict[int, TargetModel] = {}
        self._ahead: deque[tuple[Image, EncodedFrame]] = deque(maxlen=ENCODED_AHEAD)

    def add_reference(self, index: int, image: Image, masks: Mapping[int, BoolMask]) -> None:
        """Keep the masks of a reference frame; the same frame again replaces what it held."""
        encoded = self.cache.encode_frame(image)
        small = {number: encoded.frame.shrink_mask(mask) for number, mask in masks.items()}
        fine, coarse = encoded.features[1][0], encoded.features[2][0]
        examples = {number: make_example(fine, coarse, mask) for number, mask in small.items()}
        looks = {number: mean_embedding(encoded.embedding[0], mask) for number, mask in small.items()}
        memory = self.encode_memory(index, encoded, small)
        self._references[index] = RememberedFrame(memory, small, examples, looks)
        self._targets.clear()

    def encode_ahead(self, image: Image) -> None:
        """See EncodingTracker."""
        self._ahead.append((image, self.cache.encode_frame(image)))

    def encode_frame(self, image: Image) -> EncodedFrame:
        """Return the encoding of a picture; of one that was encoded ahead without looking at its pixels."""
        known = (encoded for picture, encoded in tuple(self._ahead) if picture is image)
        return next(known, None) or self.cache.encode_frame(image)

    def start(self, index: int, direction: Direction) -> DefaultPass:
        """Begin a pass at a reference frame; raises UsageError if it was not remembered."""
        if index not in self._references:
            raise UsageError("No mask is remembered on this frame.", subject=index, remedy=REMEDY)
        reference = self._references[index]
        return DefaultPass(self, index, EarlierFrame(reference.masks, reference.memory.key))

    def fuse(
        self, index: int, image: Image, earlier: Probability, newer: Probability, weight: float
    ) -> Probability:
        """Fuse two results for one object, weighted by their distance to the references and their certainty."""
        sure = np.abs(newer - 0.5) * weight + 1e-4
        unsure = np.abs(earlier - 0.5) * (1 - weight) + 1e-4
        joined: Probability = (newer * sure + earlier * unsure) / (sure + unsure)
        return joined.astype(np.float32)

    def find(self, index: int, image: Image, number: int) -> Prediction:
        """Find an object on any frame from the reference frames alone; raises UsageError where none has it."""
        return DefaultPass(self, index, NOTHING).step(index, image, [number])[number]

    def without(self, index: int) -> DefaultTracker:
        """Return a tracker with all reference frames but one; the graphs are shared."""
        other = DefaultTracker(self.cache, self.decoder, self._value, self.reader, self.calibration)
        other._references = {known: frame for known, frame in self._references.items() if known != index}
        return other

    def encode_memory(self, index: int, encoded: EncodedFrame, masks: Mapping[int, Array]) -> FrameMemory:
        """Encode the masks of a frame, float32 at stride 4 by object id, as memory."""
        key = encoded.key.reshape(*encoded.key.shape[:2], -1)
        if not masks:
            return FrameMemory(index, key, {})
        stack = np.stack(list(masks.values()))
        (values,) = self._value(encoded.features[2], np.stack([stack, gather_others(stack)], 1))
        values = np.concatenate([values, _pool_to_stride_16(stack)[:, None]], 1)
        flat = values.reshape(len(stack), 1, values.shape[1], -1)
        return FrameMemory(index, key, dict(zip(masks, flat, strict=True)))

    def references(self) -> list[FrameMemory]:
        """Return all reference frames."""
        return [reference.memory for reference in self._references.values()]

    def likeness(self, number: int, look: Array) -> float:
        """Return the greatest cosine of a mean embedding to the object's on reference frames; 1 without any."""
        known = [float(look @ ref.looks[number]) for ref in self._references.values() if number in ref.looks]
        return max(known, default=1.0)

    def target(self, number: int) -> TargetModel | None:
        """Return the target model of an object, made anew after each reference; None if no reference has the object."""
        held = [ref.examples[number] for ref in self._references.values() if number in ref.examples]
        if held and number not in self._targets:
            self._targets[number] = TargetModel(held)
        return self._targets.get(number)


class DefaultPass:
    """One pass away from a reference frame; see TrackerPass."""

    def __init__(self, tracker: DefaultTracker, index: int, before: EarlierFrame) -> None:
        self._tracker = tracker
        self._start = index
        self._steps = 0
        self._before = before
        self._recent: deque[FrameMemory] = deque(maxlen=RECENT_FRAMES)

    def step(
        self, index: int, image: Image, objects: Sequence[int], kept: Mapping[int, BoolMask] | None = None
    ) -> Mapping[int, Prediction]:
        """Find the objects on the next frame; raises UsageError for one without a reference."""
        encoded = self._tracker.encode_frame(image)
        held = {number: encoded.frame.shrink_mask(mask) for number, mask in (kept or {}).items()}
        wanted = [number for number in objects if number not in held]
        small, found = self._predict(index, encoded, wanted) if wanted else ({}, {})
        self._advance(index, encoded, small | held)
        return found

    def _predict(
        self, index: int, encoded: EncodedFrame, wanted: Sequence[int]
    ) -> tuple[dict[int, Array], dict[int, Prediction]]:
        logits, scores = self._choose_answers(index, encoded, wanted)
        parts = dict(zip(wanted, separate_objects(logits), strict=True))
        small: dict[int, Array] = {}
        trusts: dict[int, float] = {}
        for (number, part), score in zip(parts.items(), scores, strict=True):
            mask = _pool_to_stride_4(sigmoid(part.copy()))
            trusts[number] = self._trust(mask, score)
            if not self._is_alike(encoded, number, mask):
                part[:], mask[:], trusts[number] = ABSENT_LOGIT, 0, GONE_SCORE
            small[number] = mask
        self._return_pieces(encoded, parts, small)
        found = {n: Prediction(encoded.frame.to_probability(part), trusts[n]) for n, part in parts.items()}
        return small, found

    def _return_pieces(
        self, encoded: EncodedFrame, parts: Mapping[int, Array], small: Mapping[int, Array]
    ) -> None:
        """Give pieces of masks to the lost objects that they are; in place. The owner's score stays that of a loss.

        parts: logits at stride 2; small: masks at stride 4.
        """

        def likeness(number: int, piece: Array) -> float:
            return self._tracker.likeness(number, mean_embedding(encoded.embedding[0], piece))

        for holder, owner, piece in find_lost_pieces(small, likeness):
            fine = piece.repeat(2, 0).repeat(2, 1) > 0
            parts[owner][fine], parts[holder][fine] = parts[holder][fine], ABSENT_LOGIT
            small[owner][piece > 0], small[holder][piece > 0] = small[holder][piece > 0], 0

    def _choose_answers(
        self, index: int, encoded: EncodedFrame, wanted: Sequence[int]
    ) -> tuple[Array, list[float]]:
        """Return logits (n, h, w) at stride 2 and scores.

        Where the answer that follows the frame before is doubtful or on something else, one from the reference frames
        alone takes its place if that is surer.
        """
        looks = self._score_targets(encoded, wanted)
        logits, scores = self._decode(index, encoded, wanted, looks, self._before, self._recent)
        trusts = list(map(partial(self._trust_answer, encoded), wanted, logits, scores))
        doubted = [place for place, trust in enumerate(trusts) if trust < DOUBTFUL]
        follows = bool(self._before.masks or self._recent)  # else the second answer would be the first
        if doubted and follows:
            afresh = self._decode(index, encoded, wanted, looks, NOTHING, (), doubted)
            for place, part, score in zip(doubted, *afresh, strict=True):
                if self._trust_answer(encoded, wanted[place], part, score) > trusts[place]:
                    logits[place], scores[place] = part, score
        return logits, scores

    def _trust_answer(self, encoded: EncodedFrame, number: int, logits: Array, score: float) -> float:
        """Return the score of an answer; 0 for a mask on something else than the object."""
        mask = _pool_to_stride_4(sigmoid(np.clip(logits, -LOGIT_LIMIT, LOGIT_LIMIT)))
        is_else = (mask > 0.5).any() and not self._is_alike(encoded, number, mask)
        return 0.0 if is_else else self._trust(mask, score)

    def _is_alike(self, encoded: EncodedFrame, number: int, mask: Array) -> bool:
        look = mean_embedding(encoded.embedding[0], mask)
        return self._tracker.likeness(number, look) >= LEAST_LIKENESS

    def _trust(self, mask: Array, score: float) -> float:
        expected = estimate_overlap(mask, score)
        return self._tracker.calibration.expected_overlap(expected, self._steps + 1)

    def _decode(
        self,
        index: int,
        encoded: EncodedFrame,
        wanted: Sequence[int],
        looks: Sequence[Array | None],
        earlier: EarlierFrame,
        recent: Iterable[FrameMemory],
        places: Sequence[int] | None = None,
    ) -> tuple[Array, list[float]]:
        """Return logits (n, h, w) at stride 2, without what is out of reach of the frame before, and scores.

        looks: what the target models say, see _score_targets; recent: memories beside those of the reference frames;
        places: in wanted, of those to answer, None for all; the rest are rivals only.
        """
        memories = {number: self._memories(number, index, recent) for number in wanted}
        read = self._tracker.reader.read(encoded.key, memories)
        memory = np.stack([read[number] for number in wanted])
        recalled = double_size(memory[:, -1])
        told = np.stack([a if b is None else b for a, b in zip(recalled, looks, strict=True)])
        before, matched = self._follow(encoded, wanted, earlier)
        chosen = list(range(len(wanted)) if places is None else places)
        logits, scores = self._tracker.decoder(
            *encoded.features,
            propagation_hints(before, matched, recalled, told)[chosen],
            propagation_likeness(recalled[chosen], told[chosen]),
            memory[chosen, :-1],
        )
        linked = [keep_connected(part, mask) for part, mask in zip(logits[:, 0], before[chosen], strict=True)]
        return np.stack(linked), [float(score) for score in scores[:, 0]]

    def _follow(
        self, encoded: EncodedFrame, wanted: Sequence[int], earlier: EarlierFrame
    ) -> tuple[Array, Array]:
        """Return the masks of the frame before at stride 4, (n, h, w), as they were and moved along."""
        nothing = np.zeros(encoded.features[0].shape[2:], np.float32)
        before = np.stack([earlier.masks.get(number, nothing) for number in wanted])
        if earlier.key is None or not before.any():
            return before, before
        return before, match_masks(encoded.key[0], earlier.key.reshape(encoded.key[0].shape), before)

    def _score_targets(self, encoded: EncodedFrame, wanted: Sequence[int]) -> list[Array | None]:
        """Return what the target models say, (h, w) at stride 8; None for an object without one, which memory tells."""
        fine, coarse = encoded.features[1][0], encoded.features[2][0]
        models = [self._tracker.target(number) for number in wanted]
        return [None if model is None else model.score_frame(fine, coarse) for model in models]

    def _memories(self, number: int, index: int, recent: Iterable[FrameMemory]) -> list[FrameMemory]:
        seen = select_references(self._tracker.references(), number, index, self._start)
        seen += [memory for memory in (recent if seen else self._recent) if number in memory.values]
        if not seen:
            raise UsageError("This object has no mask to start from.", subject=number, remedy=REMEDY)
        return seen

    def _advance(self, index: int, encoded: EncodedFrame, masks: Mapping[int, Array]) -> None:
        self._steps += 1
        if self._steps % KEEP_EVERY == 0:
            firm = {number: (mask > 0.5).astype(np.float32) for number, mask in masks.items()}
            self._recent.append(self._tracker.encode_memory(index, encoded, firm))
        self._before = EarlierFrame(dict(masks), encoded.key)


def estimate_overlap(probability: Array, score: float) -> float:
    """Return how good an answer is, in [0, 1]: the mean of the network's own score and of the expected overlap.

    probability: float32 (h, w). If it is calibrated, the expected overlap is the probability inside the mask over
    that of the union. The geometric mean ranks frames by their true overlap better than the score alone does (rank
    correlation over DAVIS 0.86 and 0.81).
    """
    mask = probability > 0.5
    if not mask.any():
        return score
    held = float(probability[mask].sum())
    overlap = held / (float(mask.sum()) + float(probability.sum()) - held)
    return math.sqrt(score * overlap)


def separate_objects(logits: Array) -> Array:
    """Return logits (n, h, w) of objects that compete for pixels, each against the strongest other.

    A pixel belongs to one object at most; without a likely rival nothing changes.
    """
    clipped: Array = np.clip(logits, -LOGIT_LIMIT, LOGIT_LIMIT)
    if len(logits) == 1:
        return clipped
    order = np.sort(clipped, 0)
    strongest: Array = np.where(clipped == order[-1], order[-2], order[-1])
    return clipped - np.maximum(strongest, 0)


def _pool_to_stride_4(probability: Array) -> Array:
    height, width = probability.shape
    pooled: Array = probability.reshape(height // 2, 2, width // 2, 2).mean((1, 3))
    return pooled


def _pool_to_stride_16(masks: Array) -> Array:
    count, height, width = masks.shape
    pooled: Array = masks.reshape(count, height // 4, 4, width // 4, 4).mean((2, 4))
    return pooled
