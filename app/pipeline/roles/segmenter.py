"""The segmenter: prompts into masks. Runs in the worker process."""

from collections import OrderedDict
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Click, Mask
from app.domain.errors import UsageError
from app.domain.model_prompts import Prompt
from app.imaging import masks
from app.imaging.polygons import largest_component as largest
from app.imaging.polygons import tidy_mask
from app.models.engine import (
    BoolMask,
    ClickAnswer,
    ClickModel,
    CorrectingModel,
    Engine,
    LearningEngine,
    Recall,
    StoppableModel,
    WarmableModel,
)
from app.models.engine_loading import load_engine
from app.pipeline.requests.engine_requests import LoadEngineReply, LoadEngineRequest, LoadProgress
from app.pipeline.requests.segmenter_requests import (
    AnswerAheadRequest,
    EncodeRequest,
    ExpectClickRequest,
    ExpectCorrectionRequest,
    FeatureKey,
    SegmentReply,
    SegmentRequest,
)
from app.pipeline.roles.load_reporting import report_load
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.malloc_trim import keep_free
from app.pipeline.workers.protocol import ArrayRef
from app.pipeline.workers.role import Role, handles

# Frames whose features are kept. Chosen by hand: more cost memory, fewer make going back to a frame slow.
FRAMES_KEPT = 8
SEQUENCES_AHEAD = 2  # as many as Prefetcher prepares
# Bytes: four answers of 1080p. Pages that the system clears anew took 9 of 44 ms of a click.
KEPT_FREE = 32 * 2**20

Subject = tuple[FeatureKey, Mask | None, tuple[tuple[int, Mask], ...]]
"""A frame, the mask to correct, and what the reference frames tell."""


class SegmenterRole(Role):
    """Keeps the features of recent frames and the answers to every prefix of the list of prompts.

    Undoing or redoing one therefore gives the earlier answer bit for bit, and another threshold costs no inference.
    """

    setup_request = LoadEngineRequest

    def __init__(self) -> None:
        keep_free(KEPT_FREE)
        self._engine: Engine | None = None
        self._model: ClickModel | None = None
        self._learnt: tuple[object, Recall] | None = None  #: the newest, with the references that it is from
        self._told: tuple[object, BoolMask | None] | None = None  #: of an object on a frame, the newest
        self._features: OrderedDict[FeatureKey, Any] = OrderedDict()
        self._ahead: OrderedDict[FeatureKey, Any] = OrderedDict()
        self._subject: Subject | None = None  #: what the answers belong to
        self._initial: BoolMask | None = None  #: what the prompts correct
        self._answers: dict[tuple[Prompt, ...], ClickAnswer] = {}

    @handles(LoadEngineRequest)
    def load_engine(self, request: LoadEngineRequest, context: JobContext[LoadProgress]) -> LoadEngineReply:
        engine = load_engine(request.name, request.device, request.threads, report_load(context))
        self._engine, self._model = engine, engine.click_model()
        self._learnt = self._told = None
        self._features.clear()
        self._ahead.clear()
        self._forget_answers()
        return LoadEngineReply(engine.name, engine.device)

    @handles(EncodeRequest)
    def encode_frame(self, request: EncodeRequest, context: JobContext[None]) -> None:
        features = self._encode(request.key, request.image, context)
        if request.is_ahead:
            self._ahead[request.key] = features
            del self._features[request.key]
            while len(self._ahead) > SEQUENCES_AHEAD:
                self._ahead.popitem(last=False)

    @handles(SegmentRequest)
    def segment_frame(self, request: SegmentRequest, context: JobContext[None]) -> SegmentReply:
        told = tuple((reference.frame, reference.mask) for reference in request.references)
        self._turn_to((request.key, request.initial, told), request.prompts)
        features = self._encode(request.key, request.image, context)
        if request.prompts[:1] not in self._answers:
            self._initial = self._begin(request, request.initial, context)
        mask = self._predict(features, request.prompts, context) > request.threshold
        if request.tidy:
            clicks = [prompt for prompt in request.prompts if isinstance(prompt, Click)]
            mask = tidy_mask(mask, [(click.x, click.y) for click in clicks])
        answer = largest(mask) if request.largest_component else mask
        # Codes go column by column; OpenCV turns a mask many times as fast as NumPy.
        columns = cv2.transpose(np.asarray(answer, np.uint8))
        return SegmentReply(masks.encode(np.asarray(columns, np.uint8).T))

    @handles(AnswerAheadRequest)
    def answer_ahead(self, request: AnswerAheadRequest, context: JobContext[None]) -> None:
        """Answer prompts that may come, where it is quickly done and can be stopped for those that do come."""
        subject, prompts, model = (request.key, request.initial, request.told), request.prompts, self._model
        is_begun = subject == self._subject and prompts[:1] in self._answers
        is_told = self._told is not None and self._told[0] == (request.key, request.told)
        is_quick = request.key in self._features and (is_begun or is_told or not request.told)
        if not is_quick or not isinstance(model, StoppableModel):
            return
        try:
            if model.stop_by(context.check_cancelled):
                self._turn_to(subject, prompts)
                if not is_begun:
                    told = self._told[1] if self._told is not None and request.told else None
                    self._initial = masks.decode(request.initial) if request.initial is not None else told
                self._predict(self._features[request.key], prompts, context)
        finally:
            model.stop_by(lambda: None)

    @handles(ExpectClickRequest)
    def expect_click(self, request: ExpectClickRequest, context: JobContext[None]) -> None:
        """Prepare for the next click, unless the annotator went elsewhere meanwhile."""
        key, prompts, model = request.key, request.prompts, self._model
        if not prompts and key in self._features and isinstance(model, WarmableModel):
            while model.warm_up(self._features[key]):
                context.check_cancelled()
        is_here = self._subject is not None and self._subject[0] == key and key in self._features
        if is_here and prompts in self._answers:
            self._loaded().prefetch(self._features[key], prompts, self._answers[prompts].state)

    @handles(ExpectCorrectionRequest)
    def expect_correction(self, request: ExpectCorrectionRequest, context: JobContext[None]) -> None:
        model = self._model
        if request.key in self._features and isinstance(model, CorrectingModel):
            initial = self._begin(request, request.mask, context)
            context.check_cancelled()
            if initial is not None:
                model.expect_correction(self._features[request.key], initial)

    def _encode(self, key: FeatureKey, image: ArrayRef, context: JobContext[None]) -> Any:
        if key in self._ahead:
            self._features[key] = self._ahead.pop(key)
        if key in self._features:
            self._features.move_to_end(key)
            return self._features[key]
        pixels = np.array(context.pool.array(image))
        features = self._features[key] = self._loaded().encode(pixels)
        while len(self._features) > FRAMES_KEPT:
            self._features.popitem(last=False)
        return features

    def _begin(
        self,
        request: SegmentRequest | ExpectCorrectionRequest,
        mask: Mask | None,
        context: JobContext[None],
    ) -> BoolMask | None:
        """Return the mask that the prompts correct: the given one, or what the reference frames tell."""
        engine = self._engine
        if mask is not None:
            return masks.decode(mask)
        if not request.references or not isinstance(engine, LearningEngine):
            return None
        told = tuple((reference.frame, reference.mask) for reference in request.references)
        if self._told is None or self._told[0] != (request.key, told):
            recall = self._learn(engine, request, context)
            context.check_cancelled()
            found = recall.find(request.key.frame, np.array(context.pool.array(request.image)))
            self._told = (request.key, told), found
        return self._told[1]

    def _learn(
        self,
        engine: LearningEngine,
        request: SegmentRequest | ExpectCorrectionRequest,
        context: JobContext[None],
    ) -> Recall:
        """Return what the references of a request teach, learnt once for all frames."""
        place = replace(request.key, frame=0)
        known = (place, tuple((reference.frame, reference.mask) for reference in request.references))
        if self._learnt is None or self._learnt[0] != known:
            shown = [
                (r.frame, np.array(context.pool.array(r.image)), masks.decode(r.mask))
                for r in request.references
            ]
            self._learnt = known, engine.learn(shown)
        return self._learnt[1]

    def _predict(
        self, features: Any, prompts: tuple[Prompt, ...], context: JobContext[None]
    ) -> NDArray[np.float32]:
        """Answer the prompts from the longest prefix that was answered before."""
        known = next((n for n in range(len(prompts), 0, -1) if prompts[:n] in self._answers), 0)
        for count in range(known + 1, len(prompts) + 1):
            context.check_cancelled()
            before = self._answers.get(prompts[: count - 1])
            state = before.state if before is not None else None
            answer = self._loaded().predict(features, prompts[:count], state, self._initial)
            self._answers[prompts[:count]] = answer
        return self._answers[prompts].probability

    def _turn_to(self, subject: Subject, prompts: tuple[Prompt, ...]) -> None:
        """Keep the answers that undo and redo of these prompts come back to: each takes 4 bytes for every pixel."""
        if subject != self._subject:
            self._forget_answers()
            self._subject = subject
        self._answers = {
            known: answer
            for known, answer in self._answers.items()
            if known[: len(prompts)] == prompts[: len(known)]
        }

    def _loaded(self) -> ClickModel:
        if self._model is None:
            raise UsageError("No engine is loaded.", remedy="Choose a model first.")
        return self._model

    def _forget_answers(self) -> None:
        self._answers.clear()
        self._subject = None
