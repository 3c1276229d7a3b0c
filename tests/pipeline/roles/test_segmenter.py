"""The segmenter begins clicks on another frame with what the object's reference frames tell."""

from __future__ import annotations

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
from app.pipeline.requests.segmenter_requests import FeatureKey, SegmentRequest, ShownReference
from app.pipeline.roles.segmenter import SegmenterRole
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.protocol import ArrayRef

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

    def click_model(self) -> Model:
        return Model()

    def tracker(self) -> None:
        raise NotImplementedError

    def learn(self, references: Any) -> SimpleNamespace:
        self.learnt.append([index for index, _, _ in references])
        return SimpleNamespace(find=lambda index, image: references[0][2])


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
