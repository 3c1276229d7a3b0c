"""Shared by tests of the drop folder: a running watcher, real files, and a probe that really opens them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from app.domain.annotation import SequenceInfo, SequenceKind
from app.domain.errors import SequenceError
from app.domain.worklist.entry import EntryState, WorklistEntry, WorklistSnapshot
from app.files.suffixes import is_image
from app.pipeline.drop_folder import DropFolderWatcher, Intervals, ProbeResult, StabilityDelays
from app.storage.volume.dicom.dicom_folder import list_series_info, scan_folder
from app.storage.workspace.fingerprint import fingerprint
from app.storage.workspace.quarantine import Quarantine
from app.storage.workspace.worklist_store import Worklist

DELAYS = StabilityDelays(sure=0.25, unsure=0.5, remote=0.5, folder=0.4, draft=0.8)
INTERVALS = Intervals(tick=0.05, poll=0.05, rescan=1.0, publish=0.01, save=0.02, save_again=0.05, retry=0.2)


def movie(path: Path, frames: int = 4, seed: int = 0) -> bytes:
    """Write a small video whose suffix says which kind, and return its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.parent / f".making{path.suffix}"
    noise = np.random.default_rng(seed)
    with av.open(str(draft), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(frames):
            picture = noise.integers(0, 255, (48, 64, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    content = draft.read_bytes()
    draft.rename(path)
    return content


def content(suffix: str = ".mp4", frames: int = 4, seed: int = 0, *, folder: Path) -> bytes:
    """The bytes of a small video, to be written in pieces by a test."""
    path = folder / f"source{seed}{suffix}"
    made = movie(path, frames, seed)
    path.unlink()
    return made


def picture(path: Path, seed: int = 0) -> None:
    """Write a small PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (24, 32, 3), dtype=np.uint8)
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())


async def probe(path: Path) -> Sequence[ProbeResult]:
    """Open a source for real, on a thread."""
    return await asyncio.to_thread(_open, path)


def _open(path: Path) -> Sequence[ProbeResult]:
    if path.is_dir() and any(is_image(file) for file in path.iterdir()):
        names = [file for file in path.iterdir() if is_image(file)]
        if any(cv2.imread(str(file)) is None for file in names):
            raise SequenceError("An image cannot be read.", subject=path)
        return [_probe_result(path, "folder", len(names))]
    if path.is_dir() or path.suffix == ".dcm":
        found = list_series_info(scan_folder(path))
        series = [item.uid if len(found) > 1 else None for item in found]
        return [
            _probe_result(path, "volume", item.slices, uid) for item, uid in zip(found, series, strict=True)
        ]
    return [_probe_result(path, "video", _count(path))]


def _count(path: Path) -> int:
    if not path.stat().st_size:
        raise SequenceError("The file is empty.", subject=path, remedy="Copy it again from its source.")
    try:
        with av.open(f"file:{path}", metadata_errors="replace") as container:
            return sum(1 for _ in container.decode(video=0))
    except (av.error.FFmpegError, IndexError) as error:
        raise SequenceError("This is not a video that can be read.", subject=path) from error


def _probe_result(path: Path, kind: SequenceKind, frames: int, series: str | None = None) -> ProbeResult:
    name = path.name if series is None else series[-1]
    info = SequenceInfo(name, str(path), kind, frames, 64, 48, fps=10.0 if kind == "video" else None)
    return ProbeResult(info, fingerprint(path) + (series or ""), series)


@dataclass
class Bench:
    """A running watcher and its output. seen: the states of each name in order, without repetitions."""

    drop: Path
    work: Path
    worklist: Worklist
    watcher: DropFolderWatcher | None = None
    newest: WorklistSnapshot = field(default_factory=WorklistSnapshot)
    notices: list[str] = field(default_factory=list)
    seen: dict[str, list[EntryState]] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, snapshot: WorklistSnapshot) -> None:
        self.newest = snapshot
        for entry in snapshot.entries:
            states = self.seen.setdefault(entry.name, [])
            if not states or states[-1] is not entry.state:
                states.append(entry.state)
        self._news.set()

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until a snapshot fulfils a condition; the time-out of the test bounds it."""
        while not condition():
            self._news.clear()
            await self._news.wait()

    async def rounds(self, count: int = 3) -> None:
        """Wait for some more scans of the whole folder."""
        assert self.watcher is not None
        for _ in range(count):
            before = self.watcher.full_scans
            self.watcher.rescan()
            while self.watcher.full_scans == before:
                await asyncio.sleep(INTERVALS.tick / 5)

    def entry(self, name: str) -> WorklistEntry | None:
        """The entry of this name whose source is there, else one whose source is missing."""
        found = [entry for entry in self.newest.entries if entry.name == name]
        return min(found, key=lambda entry: entry.missing, default=None)

    def state(self, name: str) -> EntryState | None:
        entry = self.entry(name)
        return None if entry is None else entry.state

    async def reaches(self, name: str, state: EntryState) -> WorklistEntry:
        """Wait for a state and return the entry."""
        await self.until(lambda: self.state(name) is state)
        entry = self.entry(name)
        assert entry is not None
        return entry

    async def ready(self, name: str) -> WorklistEntry:
        return await self.reaches(name, EntryState.READY)

    async def failed(self, name: str) -> WorklistEntry:
        return await self.reaches(name, EntryState.FAILED)


@asynccontextmanager
async def running(root: Path, *, look: Callable[..., Any] = probe, **options: Any) -> AsyncIterator[Bench]:
    """Run a watcher on root/drop, with its files in root/work.

    It polls unless a test asks for events, which come half a second late.
    """
    drop, work = root / "drop", root / "work"
    if options.pop("make", True):
        drop.mkdir(exist_ok=True)
    options.setdefault("use_events", False)
    options = {
        "delays": DELAYS,
        "intervals": INTERVALS,
        "quarantine": Quarantine(work / "quarantine"),
        **options,
    }
    with Worklist(work / "worklist.sqlite3") as worklist:
        bench = Bench(drop, work, worklist)
        watcher = DropFolderWatcher(
            drop, worklist, look, bench.take, on_notice=bench.notices.append, **options
        )
        bench.watcher = watcher
        async with watcher:
            yield bench
