"""The segmenter begins clicks on another frame with what the object's reference frames tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from app.domain.annotation import Click
from app.imaging import masks
from app.models.engine import ClickAnswer
from app.pipeline.requests.engine_requests import LoadEngineRequest
from app.pipeline.requests.segmenter_requests import (
    AnswerAheadRequest,
    EncodeRequest,
    ExpectCorrectionRequest,
    FeatureKey,
    SegmentRequest,
    ShownReference,
)
from app.pipeline.roles.segmenter import SegmenterRole
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.protocol import ArrayRef, Cancelled

LEFT = np.arange(12) < 5
PLACE = FeatureKey("clip", None, 7, None)


class Model:
    """Answers with the mask that it is to correct."""

    def encode(self, image: NDArray[np.uint8]) -> None:
        return None

    def predict(self, features: None, prompts: Any, state: Any = None, initial: Any = None) -> ClickAnswer:
        mask = np.zeros((6, 12), np.float32) if initial is None else initial.astype(np.float32)
        return ClickAnswer(mask, None)

    def prefetch(self, features: None, prompts: Any, state: Any) -> None:
        return None


class Engine:
    """Tells of every frame what its first reference has; counts how often it learns."""

    name = device = "telling"

    def __init__(self) -> None:
        self.learnt: list[list[int]] = []
        self.told: list[int] = []

    def click_model(self) -> Model:
        return Model()

    def tracker(self) -> None:
        raise NotImplementedError

    def learn(self, references: Any) -> SimpleNamespace:
        self.learnt.append([index for index, _, _ in references])

        def find(index: int, image: NDArray[np.uint8]) -> NDArray[np.bool_]:
            self.told.append(index)
            return references[0][2]  # type: ignore[no-any-return]

        return SimpleNamespace(find=find)


@pytest.fixture
def segmenter(monkeypatch: pytest.MonkeyPatch) -> tuple[SegmenterRole, Engine]:
    engine = Engine()
    monkeypatch.setattr("app.pipeline.roles.segmenter.load_engine", lambda *words: engine)
    role = SegmenterRole()
    role.load_engine(LoadEngineRequest("telling", "cpu", 1), context())
    return role, engine


def context() -> JobContext[Any]:
    pool = SimpleNamespace(array=lambda ref: np.zeros((6, 12, 3), np.uint8))
    return JobContext(1, lambda message: None, lambda: cast(Any, pool))


def request(frame: int, *references: tuple[int, NDArray[np.bool_]], clicks: int = 1) -> SegmentRequest:
    image = cast(ArrayRef, None)
    prompts = tuple(Click(float(n), 2.0, True) for n in range(clicks))
    told = tuple(ShownReference(index, image, masks.encode(mask)) for index, mask in references)
    return SegmentRequest(
        FeatureKey("clip", None, frame, None), image, prompts, None, 0.5, False, references=told
    )


def test_the_answer_begins_with_what_the_references_tell_and_without_them_with_nothing(
    segmenter: tuple[SegmenterRole, Engine],
) -> None:
    role, _ = segmenter
    left = np.tile(LEFT, (6, 1))
    assert np.array_equal(masks.decode(role.segment_frame(request(7, (2, left)), context()).mask), left)
    assert not masks.decode(role.segment_frame(request(7), context()).mask).any()
    right = masks.decode(role.segment_frame(request(7, (2, ~left)), context()).mask)
    assert np.array_equal(right, ~left)


def test_an_object_is_learnt_once_for_all_clicks_and_frames(segmenter: tuple[SegmenterRole, Engine]) -> None:
    role, engine = segmenter
    left = np.tile(LEFT, (6, 1))
    for frame, clicks in ((7, 1), (7, 2), (9, 1)):
        role.segment_frame(request(frame, (2, left), (3, left), clicks=clicks), context())
    assert engine.learnt == [[2, 3]]


class StoppableModel(Model):
    """Answers every prompt with another mask; counts the answers."""

    def __init__(self) -> None:
        self.answered: list[int] = []
        self.corrected: list[int] = []  #: areas of masks that a click was expected on
        self.check: Callable[[], None] = lambda: None

    def stop_by(self, check: Callable[[], None]) -> bool:
        self.check = check
        return True

    def expect_correction(self, features: None, initial: NDArray[np.bool_]) -> None:
        self.corrected.append(int(initial.sum()))

    def predict(self, features: None, prompts: Any, state: Any = None, initial: Any = None) -> ClickAnswer:
        self.check()
        self.answered.append(len(prompts))
        mask = np.zeros((6, 12), np.float32)
        mask[:, : 1 + round(sum(prompt.x for prompt in prompts))] = 1
        return ClickAnswer(mask, None)


@pytest.fixture
def ahead(
    segmenter: tuple[SegmenterRole, Engine], monkeypatch: pytest.MonkeyPatch
) -> tuple[SegmenterRole, StoppableModel]:
    """A segmenter that has coded frame 7."""
    role, model = segmenter[0], StoppableModel()
    monkeypatch.setattr(Engine, "click_model", lambda engine: model)
    role.load_engine(LoadEngineRequest("telling", "cpu", 1), context())
    role.encode_frame(EncodeRequest(PLACE, cast(ArrayRef, None)), context())
    return role, model


def expected(asked: SegmentRequest) -> AnswerAheadRequest:
    return AnswerAheadRequest(asked.key, asked.prompts, asked.initial, ())


def test_a_click_that_was_expected_is_answered_by_the_same_mask_without_the_network(
    ahead: tuple[SegmenterRole, StoppableModel],
) -> None:
    role, model = ahead
    corrects = replace(request(7), initial=masks.encode(np.tile(LEFT, (6, 1))))
    for asked in (request(7), request(7, clicks=2), request(7, clicks=3), corrects):
        role.answer_ahead(expected(asked), context())
        counted = list(model.answered)
        found = role.segment_frame(asked, context())
        assert model.answered == counted
        role.load_engine(LoadEngineRequest("telling", "cpu", 1), context())
        assert role.segment_frame(asked, context()) == found, "asked without having been expected"


def test_an_expected_click_that_does_not_come_is_stopped_and_changes_nothing(
    ahead: tuple[SegmenterRole, StoppableModel],
) -> None:
    role, model = ahead
    first = role.segment_frame(request(7), context())
    stopped = context()
    stopped.cancel()
    with pytest.raises(Cancelled):
        role.answer_ahead(expected(request(7, clicks=2)), stopped)
    assert role.segment_frame(request(7), context()) == first and model.answered == [1]
    role.answer_ahead(expected(replace(request(7), prompts=(Click(8.0, 1.0, True),))), context())
    assert role.segment_frame(request(7), context()) == first


def test_nothing_is_answered_ahead_that_takes_long(ahead: tuple[SegmenterRole, StoppableModel]) -> None:
    role, model = ahead
    left = masks.encode(np.tile(LEFT, (6, 1)))
    role.answer_ahead(expected(request(8)), context())
    role.answer_ahead(replace(expected(request(7)), told=((2, left),)), context())
    assert model.answered == [], "a frame that is not coded, and an object that is not learnt"


def test_what_references_tell_is_found_before_the_click_and_only_once(
    segmenter: tuple[SegmenterRole, Engine], ahead: tuple[SegmenterRole, StoppableModel]
) -> None:
    (role, engine), (_, model) = segmenter, ahead
    left = np.tile(LEFT, (6, 1))
    asked, told = request(7, (2, left)), ((2, masks.encode(left)),)
    role.expect_correction(ExpectCorrectionRequest(PLACE, asked.image, None, asked.references), context())
    assert (engine.learnt, engine.told, model.corrected) == ([[2]], [7], [left.sum()])
    role.answer_ahead(replace(expected(asked), told=told), context())
    assert model.answered == [1]
    role.segment_frame(asked, context())
    role.segment_frame(replace(asked, prompts=(Click(9.0, 5.0, True),)), context())
    assert (engine.learnt, engine.told, model.answered) == ([[2]], [7], [1, 1])


def test_a_model_that_cannot_be_stopped_answers_no_click_ahead(
    segmenter: tuple[SegmenterRole, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    role, _ = segmenter
    role.encode_frame(EncodeRequest(PLACE, cast(ArrayRef, None)), context())
    monkeypatch.setattr(Model, "predict", None)
    role.answer_ahead(expected(request(7)), context())


def test_only_the_answers_that_undo_and_redo_come_back_to_are_kept(
    segmenter: tuple[SegmenterRole, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    role, _ = segmenter
    answered: list[int] = []
    predict = Model.predict

    def counted(model: Model, features: None, prompts: Any, *rest: Any) -> ClickAnswer:
        answered.append(len(prompts))
        return predict(model, features, prompts, *rest)

    monkeypatch.setattr(Model, "predict", counted)
    for clicks in (2, 1, 2):
        role.segment_frame(request(7, clicks=clicks), context())
    assert answered == [1, 2], "undone and redone without the network"
    elsewhere = replace(request(7), prompts=(Click(9.0, 5.0, True),))
    for asked in (elsewhere, request(7)):
        role.segment_frame(asked, context())
    assert answered == [1, 2, 1, 1], "another list took their place"
