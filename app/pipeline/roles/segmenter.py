"""The segmenter: clicks into masks."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Click, Mask
from app.domain.errors import UsageError
from app.imaging import masks
from app.imaging.polygons import largest_component as largest
from app.models.engine import ClickAnswer, ClickModel
from app.models.engine_loading import load_engine
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.message_fields import clicks_from_wire, mask_from_wire, mask_to_wire
from app.pipeline.workers.protocol import ArrayRef
from app.pipeline.workers.role import Role

FRAMES_KEPT = 8
SEQUENCES_AHEAD = 2


class SegmenterRole(Role):
    """Keeps the features of recent frames and the answers to every prefix of the click list.

    Verbs: engine, encode, segment, expect. Undoing a click therefore gives the earlier answer bit for bit, and another
    threshold costs no inference.
    """

    name = "segmenter"

    def __init__(self) -> None:
        self._model: ClickModel | None = None
        self._features: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._ahead: OrderedDict[tuple[Any, ...], Any] = OrderedDict()
        self._subject: tuple[Any, ...] = ()
        self._answers: dict[tuple[Click, ...], ClickAnswer] = {}

    def handle(self, verb: str, body: dict[str, Any], context: JobContext) -> dict[str, Any] | None:
        if verb == "engine":
            return self._load(context, **body)
        if verb == "encode":
            self._encode_early(tuple(body["key"]), body["image"], context, body.get("is_ahead", False))
            return None
        if verb == "segment":
            return self._segment(context, **body)
        if verb == "expect":
            self._expect(tuple(body["key"]), clicks_from_wire(body["clicks"]))
            return None
        raise UsageError("The segmenter does not know this verb.", subject=verb)

    def _load(self, context: JobContext, name: str, device: str, threads: int) -> dict[str, Any]:
        engine = load_engine(name, device, threads, context.advance)
        self._model = engine.click_model()
        self._features.clear()
        self._ahead.clear()
        self._forget()
        return {"name": engine.name, "device": engine.device}

    def _segment(
        self,
        context: JobContext,
        key: list[Any],
        image: dict[str, Any],
        clicks: list[Any],
        initial: list[Any] | None,
        threshold: float,
        largest_component: bool,
    ) -> dict[str, Any]:
        base = None if initial is None else mask_from_wire(initial)
        subject = (tuple(key), base)
        if subject != self._subject:
            self._forget()
            self._subject = subject
        features = self._encode(tuple(key), image, context)
        mask = self._predict(features, clicks_from_wire(clicks), base, context) > threshold
        kept = largest(mask) if largest_component else mask
        return {"mask": mask_to_wire(masks.encode(kept))}

    def _expect(self, key: tuple[Any, ...], clicks: tuple[Click, ...]) -> None:
        """Prepare for the click after these, unless the annotator went elsewhere meanwhile."""
        is_here = bool(self._subject) and self._subject[0] == key and key in self._features
        if is_here and clicks in self._answers:
            self._loaded().expect(self._features[key], clicks, self._answers[clicks].state)

    def _encode_early(
        self, key: tuple[Any, ...], image: dict[str, Any], context: JobContext, is_ahead: bool
    ) -> None:
        """Encode a frame before it is clicked on; those of sequences to come outlive the frames of this one."""
        features = self._encode(key, image, context)
        if is_ahead:
            self._ahead[key] = features
            del self._features[key]
            while len(self._ahead) > SEQUENCES_AHEAD:
                self._ahead.popitem(last=False)

    def _encode(self, key: tuple[Any, ...], image: dict[str, Any], context: JobContext) -> Any:
        if key in self._ahead:
            self._features[key] = self._ahead.pop(key)
        if key in self._features:
            self._features.move_to_end(key)
            return self._features[key]
        pixels = np.array(context.pool.array(ArrayRef.from_wire(image)))
        features = self._features[key] = self._loaded().encode(pixels)
        while len(self._features) > FRAMES_KEPT:
            self._features.popitem(last=False)
        return features

    def _predict(
        self, features: Any, clicks: tuple[Click, ...], base: Mask | None, context: JobContext
    ) -> NDArray[np.float32]:
        """Answer the clicks from the longest prefix that was answered before."""
        initial = None if base is None else masks.decode(base)
        known = next((n for n in range(len(clicks), 0, -1) if clicks[:n] in self._answers), 0)
        for count in range(known + 1, len(clicks) + 1):
            context.check_cancelled()
            before = self._answers.get(clicks[: count - 1])
            state = before.state if before is not None else None
            answer = self._loaded().predict(features, clicks[:count], state, initial)
            self._answers[clicks[:count]] = answer
        return self._answers[clicks].probability

    def _loaded(self) -> ClickModel:
        if self._model is None:
            raise UsageError("No engine is loaded.", remedy="Choose a model first.")
        return self._model

    def _forget(self) -> None:
        self._answers.clear()
        self._subject = ()
