"""The frame on which the annotator stays is encoded in advance, and then the one that comes next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from app.domain.annotation import Mask, SequenceInfo
from app.messages.snapshot import ModelsState, Pending, PlaybackState, SequenceState, Snapshot
from app.pipeline.requests.segmenter_requests import (
    EncodeRequest,
    ExpectClickRequest,
    ExpectCorrectionRequest,
    SegmenterKind,
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
    async def frame(self, index: int, window: object) -> AsyncIterator[int]:
        yield index


class Masks:
    """Object 1 has a mask everywhere."""

    def mask(self, frame: int, object_id: int | None) -> Mask | None:
        return MASK if object_id == 1 else None


async def encoded(monkeypatch: pytest.MonkeyPatch, *snapshots: Snapshot) -> list[int]:
    """The frames encoded after each snapshot had its time."""
    monkeypatch.setattr("app.pipeline.services.segmentation.SETTLE_SECONDS", 0)
    worker = Segmenter()
    handle, frames = cast("WorkerHandle[SegmenterKind]", worker), cast("FrameStore", Frames())
    masks = cast("MaskReader", Masks())
    service = Segmentation(handle, (), frames, masks, lambda event: None)
    service.use_sequence(cast("ActiveSequence", SimpleNamespace(key="1", info=FILM)))
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
