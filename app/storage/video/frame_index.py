"""The index of a video: the packet of each frame, and where decoding can begin. Pure data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

UNKNOWN = np.iinfo(np.int64).min
MAX_REORDER = 64  # packets between file order and display order; H.264 and HEVC allow 16 frames


class PacketInfo(NamedTuple):
    """One packet as the container describes it; times in ticks, UNKNOWN where missing."""

    pos: int  #: bytes from the head of the file
    size: int
    pts: int
    dts: int
    key: bool  #: decoding can begin at it
    shown: bool  #: it gives a picture on screen: not cut away by an edit list, not a hidden reference


@dataclass(frozen=True, eq=False)
class PacketTable:
    """The packets of one video stream in file order; each field int64 or bool (packets,)."""

    pos: Numbers
    size: Numbers
    pts: Numbers
    dts: Numbers
    key: NDArray[np.bool_]
    shown: NDArray[np.bool_]

    @classmethod
    def of(cls, facts: Iterable[PacketInfo]) -> Self:
        """Return the table of some packets."""
        table = np.array(list(facts), np.int64).reshape(-1, 6)
        pos, size, pts, dts, key, shown = (np.ascontiguousarray(column) for column in table.T)
        return cls(pos, size, pts, dts, key.astype(np.bool_), shown.astype(np.bool_))

    def __len__(self) -> int:
        return len(self.pos)

    def head(self, count: int) -> PacketTable:
        """Return the first packets."""
        cut = slice(count)
        return PacketTable(
            self.pos[cut], self.size[cut], self.pts[cut], self.dts[cut], self.key[cut], self.shown[cut]
        )


@dataclass(frozen=True, eq=False)
class FrameIndex:
    """Index of a video: the packet of each frame, and where decoding can begin."""

    packets: PacketTable
    frames: Numbers  #: int64 (frames,), the packet of each frame in display order
    entries: Numbers  #: int64 (n,), packets at which decoding can begin, ascending
    starts: Numbers  #: int64 (n,), the first frame that comes out right from each entry; starts[0] is 0

    @cached_property
    def frame_of(self) -> Numbers:
        """Return int64 (packets,): the frame of each packet, -1 where it gives none."""
        table = np.full(len(self.packets), -1, np.int64)
        table[self.frames] = np.arange(len(self.frames))
        return table

    @cached_property
    def depends_on(self) -> Numbers:
        """Return int64 (frames,): the last frame in display order that is decoded no later than each one.

        What is wrong with a frame up to that one may be wrong with this one too.
        """
        return np.maximum.accumulate(self.frame_of)[self.frames]

    def segment(self, frame: int) -> int:
        """Return which entry is the nearest one from which a frame can be decoded."""
        return int(np.searchsorted(self.starts, frame, side="right")) - 1

    def segment_end(self, segment: int) -> int:
        """Return the frame after the last one of a segment."""
        later = self.starts[self.starts > self.starts[segment]]
        return int(later[0]) if len(later) else len(self.frames)

    def without_entry(self, segment: int) -> FrameIndex:
        """Return the index with one entry less; its frames are then decoded from the entry before it."""
        return replace(self, entries=np.delete(self.entries, segment), starts=np.delete(self.starts, segment))

    def between(self, first: int, last: int) -> FrameIndex:
        """Return the index of frames first to last, numbered from 0, without the packets that come later."""
        frames = self.frames[first : last + 1]
        count = int(frames.max()) + 1 if len(frames) else 0
        kept = self.entries < count
        starts = np.maximum(self.starts[kept] - first, 0)
        return FrameIndex(self.packets.head(count), frames, self.entries[kept], starts)


def index_by_time(packets: PacketTable, reorders: bool) -> FrameIndex | None:
    """Return the index that presentation times give, or None where they cannot be relied on.

    Times are relied on where every shown packet has one, no two are the same and none is further from
    its place in the file than any decoder would reorder. A stream that does not reorder needs no times.
    """
    shown = np.flatnonzero(packets.shown)
    order = np.argsort(packets.pts[shown], kind="stable")
    if _are_times_reliable(packets.pts[shown[order]], order):
        return index_by_order(packets, shown[order])
    return None if reorders else index_by_order(packets, shown)


def _are_times_reliable(times: Numbers, order: Numbers) -> bool:
    if UNKNOWN in times or (np.diff(times) <= 0).any():
        return False
    return int(np.abs(order - np.arange(len(order))).max(initial=0)) <= MAX_REORDER


def index_by_order(packets: PacketTable, frames: Numbers) -> FrameIndex:
    """Return the index of frames whose display order is known: int64 (frames,) of packet numbers."""
    keys = np.flatnonzero(packets.key[: int(frames.max(initial=-1)) + 1])
    bare = FrameIndex(packets, frames, keys, keys)
    starts = _starts(bare, keys)
    kept = starts >= 0
    entries, starts = keys[kept], starts[kept]
    if not len(entries) or entries[0] != 0:
        entries, starts = np.append(0, entries), np.append(0, starts)
    starts[0] = 0
    rising = starts >= np.maximum.accumulate(starts)
    return FrameIndex(packets, frames, entries[rising], starts[rising])


def _starts(index: FrameIndex, keys: Numbers) -> Numbers:
    """Return the frame of each key packet; for one that is not shown, the first frame due after its time."""
    starts = index.frame_of[keys]
    times = index.packets.pts[index.frames]
    if UNKNOWN in times or (np.diff(times) <= 0).any():
        return starts
    due = index.packets.pts[keys]
    late = np.searchsorted(times, due)
    return np.where((starts < 0) & (due != UNKNOWN), late, starts)
