"""The exchange worker: errors of sources reach the caller, and masks of any size come through."""

from __future__ import annotations

import asyncio
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.domain.annotation import Label, SequenceInfo
from app.domain.errors import SeveralSeries
from app.imaging import masks
from app.pipeline.requests.exchange_requests import (
    ExchangeKind,
    ExportRequest,
    ImportProgress,
    ImportReply,
    ImportRequest,
)
from app.pipeline.requests.source_spec import SourceSpec
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import WorkerHandle
from app.storage.workspace.workspace import Workspace
from tests.helpers.scans import voxels, write_series

THING = Label(1, "thing", (255, 255, 255))


def test_a_folder_that_gained_a_second_series_is_named_with_both_when_it_is_exported(tmp_path: Path) -> None:
    study = tmp_path / "study"
    for number in (1, 2):
        for file in write_series(
            tmp_path / str(number), voxels(seed=number), SeriesInstanceUID=f"1.2.{number}"
        ):
            study.mkdir(exist_ok=True)
            file.rename(study / f"{number}-{file.name}")
    with Workspace(tmp_path / "work") as workspace:
        request = ExportRequest(
            workspace.journal.path,
            SourceSpec(study, index_folder=tmp_path / "index"),
            None,
            ("nifti",),
            tmp_path / "out",
            fingerprint="f" * 64,
            opacity=0.5,
            with_identity=False,
        )

        async def story() -> None:
            with SharedPool.create(2**20) as pool:
                async with WorkerHandle(ExchangeKind, pool) as worker:
                    with pytest.raises(SeveralSeries) as caught:
                        await worker.call(request)
                    assert {series.uid for series in caught.value.series} == {"1.2.1", "1.2.2"}

        asyncio.run(story())


def test_masks_of_a_megabyte_each_are_imported(tmp_path: Path) -> None:
    frames, height, width = 20, 1200, 1600
    random = np.random.default_rng(0)
    noise = [random.random((height, width)) < 0.5 for _ in range(frames)]
    folder = tmp_path / "labels"
    folder.mkdir()
    for index, mask in enumerate(noise):
        cv2.imwrite(str(folder / f"{index}.png"), mask.astype(np.uint8))
    names = tuple(f"{index}.png" for index in range(frames))
    info = SequenceInfo("clip", str(tmp_path / "clip"), "folder", frames, width, height, frame_names=names)
    found = {}

    def collect(part: ImportProgress | ImportReply) -> None:
        found.update({one.frame: one.mask for one in part.masks})

    async def story() -> None:
        with SharedPool.create(2**20) as pool:
            async with WorkerHandle(ExchangeKind, pool) as worker:
                request = ImportRequest(folder, SourceSpec(tmp_path / "clip"), info, (THING,), "f" * 64)
                collect(await worker.submit(request, collect).outcome())

    asyncio.run(story())
    assert len(found[0].counts) > 84_000
    assert all(np.array_equal(masks.decode(found[index]), noise[index]) for index in range(frames))
