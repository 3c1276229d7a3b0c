"""The frame on which the annotator stays is encoded in advance, and then the one that comes next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from app.domain.annotation import Click, Mask, SequenceInfo
from app.messages.click_orders import AnswerAhead
from app.messages.orders import Segment
from app.messages.snapshot import ModelsState, Pending, PlaybackState, SequenceState, Snapshot
from app.pipeline.requests.segmenter_requests import (
    AnswerAheadRequest,
    EncodeRequest,
    ExpectClickRequest,
    ExpectCorrectionRequest,
    SegmenterKind,
    SegmentReply,
    SegmentRequest,
)
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.frame_store import FrameStore
from app.pipeline.services.mask_reader import MaskReader
from app.pipeline.services.segmentation import Segmentation
from app.pipeline.workers.worker_handle import WorkerHandle

FILM = SequenceInfo("clip", "/clip", "video", 10, 4, 4, 25.0)
CALM = Snapshot(sequence=SequenceState(FILM, 3), models=ModelsState(engine="default"))


MASK = Mask(4, 4, b"")


class Segmenter:
    """Notes the frames that are encoded, and with a minus those on which a correction is expected."""

    def __init__(self) -> None:
        self.frames: list[int] = []

    async def call(self, request: EncodeRequest | ExpectCorrectionRequest | ExpectClickRequest) -> None:
        if not isinstance(request, ExpectClickRequest):
            self.frames.append(
                request.key.frame if isinstance(request, EncodeRequest) else -request.key.frame
            )


class Frames:
    @asynccontextmanager
    async def frame(self, index: int, window: object, is_visited: bool = True) -> AsyncIterator[int]:
        yield index


class Masks:
    """Object 1 has a mask everywhere, object 2 on reference frame 8 alone."""

    def mask(self, frame: int, object_id: int | None) -> Mask | None:
        return MASK if object_id == 1 else None

    def references(self, frame: int, object_id: int | None) -> tuple[tuple[int, Mask], ...]:
        return ((8, MASK),) if object_id == 2 else ()


def service_of(worker: Segmenter | Recorder) -> Segmentation:
    """The service with the film open."""
    handle, frames = cast("WorkerHandle[SegmenterKind]", worker), cast("FrameStore", Frames())
    service = Segmentation(handle, (), frames, cast("MaskReader", Masks()), lambda event: None)
    service.use_sequence(cast("ActiveSequence", SimpleNamespace(key="1", info=FILM)))
    return service


async def encoded(monkeypatch: pytest.MonkeyPatch, *snapshots: Snapshot) -> list[int]:
    """The frames encoded after each snapshot had its time."""
    monkeypatch.setattr("app.pipeline.services.segmentation.SETTLE_SECONDS", 0)
    worker = Segmenter()
    service = service_of(worker)
    for snapshot in snapshots:
        service.on_snapshot(snapshot)
        for _ in range(5):
            await asyncio.sleep(0)
    await service.stop_work()
    return worker.frames


def test_each_frame_that_is_stayed_on_and_the_next_one_are_encoded_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    again, moved = replace(CALM, revision=9), replace(CALM, sequence=SequenceState(FILM, 4))
    assert asyncio.run(encoded(monkeypatch, CALM, again, moved)) == [3, 4, 4, 5]


def test_the_next_frame_is_that_on_the_way_of_the_annotator_within_the_sequence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visits = [replace(CALM, sequence=SequenceState(FILM, frame)) for frame in (9, 1, 0)]
    assert asyncio.run(encoded(monkeypatch, *visits)) == [9, 1, 0, 0]


def test_a_correction_of_the_selected_object_is_expected_before_the_next_frame_is_encoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    selected = replace(CALM, sequence=SequenceState(FILM, 3, selected=1))
    assert asyncio.run(encoded(monkeypatch, selected)) == [3, -3, 4]


def test_what_references_tell_of_the_selected_object_is_found_before_the_next_frame_is_encoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    selected = replace(CALM, sequence=SequenceState(FILM, 3, selected=2))
    assert asyncio.run(encoded(monkeypatch, selected)) == [3, -3, 4]


def test_a_new_engine_encodes_the_frame_on_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    loading, other = replace(CALM, models=ModelsState()), replace(CALM, models=ModelsState(engine="liver"))
    assert asyncio.run(encoded(monkeypatch, loading, CALM, other)) == [3, 4, 3, 4]


def test_nothing_is_encoded_while_a_film_plays_clicks_wait_or_another_sequence_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    playing, elsewhere = (
        replace(CALM, playback=PlaybackState(playing=True)),
        replace(CALM, sequence=SequenceState(replace(FILM), 3)),
    )
    clicking = replace(CALM, pending=Pending(3, None, None, ()))
    assert asyncio.run(encoded(monkeypatch, playing, clicking, elsewhere)) == []


class Recorder:
    """Takes requests until it is told to go on; notes them, and those that were cancelled."""

    def __init__(self) -> None:
        self.asked: list[object] = []
        self.cancelled: list[object] = []
        self.free = asyncio.Event()

    async def call(self, request: object) -> SegmentReply:
        self.asked.append(request)
        try:
            await self.free.wait()
        except asyncio.CancelledError:
            self.cancelled.append(request)
            raise
        return SegmentReply(MASK)


def click(x: float) -> Segment:
    return Segment(1, 3, (Click(x, 2, True),), None, 0.5, False)


async def requests(*orders: AnswerAhead | Segment) -> tuple[list[object], list[object]]:
    """What the segmenter is asked for, and what of it is cancelled."""
    worker = Recorder()
    service = service_of(worker)
    for order in orders:
        if isinstance(order, Segment):
            service.segment(order)
        else:
            service.answer_ahead(order)
        for _ in range(5):
            await asyncio.sleep(0)
    found = list(worker.asked), list(worker.cancelled)
    await service.stop_work()
    return found


def prompts(requests: list[object]) -> list[tuple[str, float]]:
    """The kinds of requests for answers, and where their clicks are."""
    kinds = (AnswerAheadRequest, SegmentRequest)
    return [(type(r).__name__, cast(Click, r.prompts[0]).x) for r in requests if isinstance(r, kinds)]


def test_an_expected_click_that_comes_goes_on_and_another_one_stops_it() -> None:
    asked, cancelled = asyncio.run(requests(AnswerAhead(click(2)), replace(click(2), job=9)))
    assert prompts(asked) == [("AnswerAheadRequest", 2), ("SegmentRequest", 2)] and not cancelled
    asked, cancelled = asyncio.run(requests(AnswerAhead(click(2)), click(3)))
    assert prompts(asked) == [("AnswerAheadRequest", 2), ("SegmentRequest", 3)]
    assert prompts(cancelled) == [("AnswerAheadRequest", 2)]


def test_the_newest_rest_of_the_pointer_is_the_one_that_counts() -> None:
    _, cancelled = asyncio.run(requests(AnswerAhead(click(2)), AnswerAhead(click(3))))
    assert prompts(cancelled) == [("AnswerAheadRequest", 2)]
    asked, cancelled = asyncio.run(requests(AnswerAhead(click(2)), AnswerAhead(replace(click(2), job=9))))
    assert len(asked) == 1 and not cancelled, "the button went down where the pointer rested"


async def answered_while_coding() -> list[str]:
    """The kinds of requests, in order, where the pointer rests on a frame that is still to be encoded."""
    worker = Recorder()
    worker.free.set()
    service = service_of(worker)
    service.prepare(3, None, None)
    service.answer_ahead(AnswerAhead(click(2)))
    while not any(isinstance(request, AnswerAheadRequest) for request in worker.asked):
        await asyncio.sleep(0.001)
    await service.stop_work()
    return [type(request).__name__ for request in worker.asked]


def test_an_expected_click_waits_for_the_coding_of_its_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.pipeline.services.segmentation.SETTLE_SECONDS", 0.001)
    kinds = asyncio.run(asyncio.wait_for(answered_while_coding(), 30))
    assert kinds == ["EncodeRequest", "EncodeRequest", "ExpectClickRequest", "AnswerAheadRequest"]
