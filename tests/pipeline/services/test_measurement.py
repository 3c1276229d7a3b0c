"""What the window says of the size of objects is what an export says, and follows every edit."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from app.domain.annotation import SequenceInfo
from app.headless import Annotator
from app.messages.snapshot import SequenceState, Snapshot
from app.pipeline.requests.decoder_requests import DecoderKind, MeasureFrameReply, MeasureFrameRequest
from app.pipeline.services import measurement
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.mask_reader import MaskReader
from app.pipeline.workers.worker_handle import WorkerHandle
from tests.helpers.scans import voxels, write_series

SHAPE = (9, 20, 24)
EVEN = [2.5 * k for k in range(9)]
UNEVEN = [0.0, 2.0, 4.0, 9.0, 14.0, 19.0, 24.0, 29.0, 34.0]


@pytest.mark.parametrize("places", [EVEN, UNEVEN], ids=["even", "uneven"])
def test_the_extents_follow_edits_and_agree_with_the_export(tmp_path: Path, places: list[float]) -> None:
    write_series(tmp_path / "scan", voxels(SHAPE), positions=[(0.0, 0.0, z) for z in places])
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(tmp_path / "scan")
        thing = a.add_object(a.add_label("lesion"))
        mask = np.zeros(SHAPE[1:], bool)
        mask[4:9, 5:11] = True
        for frame in (2, 3, 4):
            a.set_mask(frame, thing, mask)
            wait_for_agreement(a, thing)
        a.turn("sagittal")
        wait_for_agreement(a, thing)
        a.set_mask(5, thing, np.zeros((SHAPE[0], SHAPE[1]), bool))
        wait_for_agreement(a, thing)
        a.delete_object(thing)
        a.client.wait_for_state(lambda snapshot: snapshot.sequence.extents == ())


def wait_for_agreement(a: Annotator, thing: int) -> None:
    wanted = a.measure()[thing]
    numbers = (wanted.volume, wanted.diameter, wanted.mean, wanted.deviation)
    assert None not in numbers

    def agrees(found: Snapshot) -> bool:
        known = dict(found.sequence.extents).get(thing)
        if known is None:
            return False
        return (known.volume, known.diameter, known.mean, known.deviation) == pytest.approx(numbers)

    a.client.wait_for_state(agrees)


def test_nothing_is_measured_of_the_frames_that_a_scan_had_before_it_was_turned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The decoder slices it in the new direction from the turn on, even before the next frame is due."""
    monkeypatch.setattr(measurement, "SETTLE_SECONDS", 0)
    monkeypatch.setattr(measurement, "PAUSE_SECONDS", 0)
    info = SequenceInfo("ct", "/ct", "volume", 9, 24, 20)
    measured: list[int] = []

    class Decoder:
        async def call(self, request: MeasureFrameRequest) -> MeasureFrameReply:
            measured.append(request.index)
            asyncio.get_running_loop().call_soon(service.use_sequence, None)
            return MeasureFrameReply(())

    async def story() -> None:
        running = asyncio.create_task(service.run())
        service.use_sequence(cast("ActiveSequence", SimpleNamespace(key="1", info=info)))
        service.on_snapshot(Snapshot(sequence=SequenceState(info)))
        for _ in range(9):
            await asyncio.sleep(0)
        running.cancel()

    masks = SimpleNamespace(version=1, masks=lambda: {(frame, 1): object() for frame in (2, 3, 4)})
    service = measurement.Measurement(
        cast("WorkerHandle[DecoderKind]", Decoder()),
        cast("MaskReader", masks),
        lambda event: None,
        lambda: True,
    )
    asyncio.run(story())
    assert measured == [2]
