"""Measures scans: opening a long series, and the 3D preview."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

import numpy as np
import psutil
from numpy.typing import NDArray

from app.imaging.masks import encode
from app.imaging.volume_geometry import ORIENTATIONS
from app.pipeline.requests.renderer_requests import (
    FrameLayers,
    OpenPreviewRequest,
    RendererKind,
    RenderRequest,
    SetColorsRequest,
    SetMasksRequest,
)
from app.pipeline.workers.protocol import ArrayRef
from app.pipeline.workers.shared_memory import SharedPool
from app.pipeline.workers.worker_handle import WorkerHandle
from app.storage.volume.volume_opening import open_volume
from tool.dev.bench.report import heading, milliseconds, row

SHAPE: Final = (200, 512, 512)
SPACING: Final = (1.0, 0.7, 0.7)
_SIZE: Final = (960, 720)
_EDITS: Final = 15  # timed; enough for a median
COLORS: Final = {1: (200, 60, 50), 2: (60, 180, 75), 3: (80, 120, 250)}
_SERIES: Final = 500  # slices, as of a thin-sliced CT

Labels = NDArray[np.uint8]


def main(data: Path) -> None:
    """Run all; data is not needed, since the scans are made."""
    with tempfile.TemporaryDirectory() as folder:
        opening(Path(folder))
    preview()


def opening(folder: Path, slices: int = _SERIES) -> None:
    """Open a series of 512 x 512 slices and look at it from three sides."""
    heading(f"scan: a DICOM series of 512x512x{slices}, uncompressed")
    write_series(folder, slices)
    before = psutil.Process().memory_info().rss
    began = time.perf_counter()
    with open_volume(folder) as volume:
        row("open", _since(began))
        began = time.perf_counter()
        volume.read(slices // 2)
        row("first slice", _since(began))
        steps = [_timed(volume.read, index) for index in range(40)]
        row("next slices", milliseconds(steps))
        began = time.perf_counter()
        while volume.decode_next():
            pass
        row("decode all", _since(began))
        for orientation in ORIENTATIONS[1:]:
            began = time.perf_counter()
            volume.read_plane(orientation, 200)
            row(f"first {orientation} slice", _since(began))
            steps = [_timed(volume.read_plane, orientation, index) for index in range(201, 241)]
            row(f"next {orientation} slices", milliseconds(steps))
        grown = (psutil.Process().memory_info().rss - before) / 2**20
        row("memory grown by", f"{grown:.0f} MiB")


def preview() -> None:
    """From a changed label to the picture in shared memory."""
    heading(f"3D preview: {'x'.join(map(str, SHAPE[::-1]))}, 3 labels, picture {_SIZE[0]}x{_SIZE[1]}")
    labels = three_labels()
    row("filled", f"{100 * float((labels > 0).mean()):.1f} %")
    for name, seconds in asyncio.run(_time_preview(labels)).items():
        row(name, milliseconds(seconds))


def three_labels(shape: tuple[int, int, int] = SHAPE) -> Labels:
    """Three bumpy organs, two of which touch, uint8 (z, y, x)."""
    sides = [np.linspace(0, 1, side, dtype=np.float32) for side in shape]
    z, y, x = np.meshgrid(*sides, indexing="ij", sparse=True)
    bumps = 0.08 * np.sin(57 * x) * np.cos(46 * y) * np.sin(28 * z)
    labels = np.zeros(shape, np.uint8)
    organs = (
        (1, (0.5, 0.51, 0.35), (0.36, 0.21, 0.22)),
        (2, (0.45, 0.49, 0.7), (0.28, 0.17, 0.15)),
        (3, (0.6, 0.78, 0.58), (0.32, 0.08, 0.08)),
    )
    for value, (k, j, i), (depth, height, width) in organs:
        away = ((z - k) / depth) ** 2 + ((y - j) / height) ** 2 + ((x - i) / width) ** 2
        labels[away + bumps < 1] = value
    return labels


def edited(labels: Labels, number: int) -> tuple[int, Labels]:
    """A slice and what it is after a change of some hundred voxels, another one for every number."""
    frame = 40 + number * 7
    changed = labels[frame].copy()
    changed[200:230, 150 + number : 260] = 3
    return frame, changed


async def _time_preview(labels: Labels) -> dict[str, list[float]]:
    """The renderer as the program uses it: its own process, labels and pictures in shared memory."""
    with SharedPool.create(labels.nbytes + 2**25) as pool:
        picture = _put(pool, np.zeros((_SIZE[1], _SIZE[0], 4), np.uint8))
        whole = tuple(_frame(index, slab) for index, slab in enumerate(labels))
        async with WorkerHandle(RendererKind, pool) as worker:
            await worker.call(OpenPreviewRequest(_shape(labels), SPACING))
            await worker.call(SetColorsRequest(COLORS))
            times: dict[str, list[float]] = {}
            began = time.perf_counter()
            await worker.call(SetMasksRequest(whole))
            await worker.call(RenderRequest(picture, 30.0, 20.0, quality="coarse"))
            times["whole volume to coarse picture"] = [time.perf_counter() - began]
            began = time.perf_counter()
            await worker.call(RenderRequest(picture, 30.0, 20.0, quality="full"))
            times["whole volume to full picture, after that"] = [time.perf_counter() - began]
            for number in range(_EDITS):
                await _edit(worker, labels, picture, number, times)
            for step in range(_EDITS):
                began = time.perf_counter()
                await worker.call(RenderRequest(picture, 4.0 * step, 20.0, quality="coarse"))
                times.setdefault("turned, coarse", []).append(time.perf_counter() - began)
    return times


async def _edit(
    worker: WorkerHandle[RendererKind],
    labels: Labels,
    picture: ArrayRef,
    number: int,
    times: dict[str, list[float]],
) -> None:
    """Change one slice, wait for the coarse picture, then for the full one."""
    frame, changed = edited(labels, number)
    layers = _frame(frame, changed)
    qualities: tuple[Literal["coarse", "full"], ...] = ("coarse", "full")
    for quality in qualities:
        began = time.perf_counter()
        if quality == "coarse":
            await worker.call(SetMasksRequest((layers,)))
        await worker.call(RenderRequest(picture, 30.0, 20.0, quality=quality))
        times.setdefault(f"changed label to {quality} picture", []).append(time.perf_counter() - began)


def _shape(labels: Labels) -> tuple[int, int, int]:
    depth, height, width = labels.shape
    return depth, height, width


def _frame(index: int, labels: Labels) -> FrameLayers:
    """A frame as the renderer takes it."""
    return index, tuple((value, encode(labels == value)) for value in COLORS)


def _put(pool: SharedPool, array: Labels) -> ArrayRef:
    slot = pool.allocate(array.nbytes)
    if slot is None:
        raise MemoryError("The shared pool is too small.")
    ref = ArrayRef.of(slot, array.shape, "uint8")
    pool.array(ref)[...] = array
    return ref


def write_series(folder: Path, slices: int) -> None:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

    random = np.random.default_rng(0)
    noise = random.integers(-1000, 1000, (512, 512), np.int16)
    series, study = generate_uid(), generate_uid()
    for k in range(slices):
        data = Dataset()
        data.file_meta = FileMetaDataset()
        data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, generate_uid()
        data.StudyInstanceUID, data.SeriesInstanceUID = study, series
        data.Modality, data.InstanceNumber = "CT", k + 1
        data.Rows = data.Columns = 512
        data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
        data.BitsAllocated = data.BitsStored = 16
        data.HighBit, data.PixelRepresentation = 15, 1
        data.PixelSpacing = [0.7, 0.7]
        data.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        data.ImagePositionPatient = [0, 0, float(k)]
        data.PixelData = np.roll(noise, k, axis=0).tobytes()
        data.save_as(folder / f"{k:04d}.dcm", enforce_file_format=True)


def _timed(work: Callable[..., object], *words: object) -> float:
    began = time.perf_counter()
    work(*words)
    return time.perf_counter() - began


def _since(began: float) -> str:
    return f"{1000 * (time.perf_counter() - began):.0f} ms"


if __name__ == "__main__":
    main(Path())
