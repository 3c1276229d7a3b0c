"""Playback clock."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Awaitable, Callable

from app.domain.annotation import SequenceInfo
from app.domain.frame_order import order_of
from app.messages.orders import Pause, Play
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.service import OrderTable, Service

STILL_RATE = 10.0  # frames a second of slices and images, chosen by hand


class Playback(Service):
    """Advances frames at the sequence's own rate times a speed; late frames are skipped."""

    def __init__(self, advance: Callable[[int], None], settled: Callable[[], Awaitable[None]]) -> None:
        self._advance = advance
        self._settled = settled
        self._task: asyncio.Task[None] | None = None
        self._info: SequenceInfo | None = None

    def register(self, orders: OrderTable) -> None:
        orders.add(Play, self._start)
        orders.add(Pause, lambda _order: self.stop())

    def use_sequence(self, sequence: ActiveSequence | None) -> None:
        """Play another sequence."""
        self._info = sequence.info if sequence is not None else None

    async def stop_work(self) -> None:
        """Stop the clock."""
        self.stop()

    def start(self, info: SequenceInfo, frame: int, speed: float, loop: bool) -> None:
        """Play from a frame on."""
        self.stop()
        self._task = asyncio.create_task(self._play(info, frame, speed, loop))

    def _start(self, order: Play) -> None:
        if self._info is not None:
            self.start(self._info, order.frame, order.speed, order.loop)

    def stop(self) -> None:
        """Stop the clock."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _play(self, info: SequenceInfo, frame: int, speed: float, loop: bool) -> None:
        clock = asyncio.get_running_loop()
        while True:
            run = order_of(info).run(frame)
            began, shown, offset = clock.time(), frame, time_of(info, frame)
            while shown < run.stop - 1:
                due = (time_of(info, shown + 1) - offset) / speed
                await asyncio.sleep(max(0.0, began + due - clock.time()))
                await self._settled()
                reached = min(frame_at(info, offset + (clock.time() - began) * speed), run.stop - 1)
                shown = max(shown + 1, reached)
                self._advance(shown)
            if not loop:
                return
            await asyncio.sleep(1 / (rate(info) * speed))
            frame = run.start
            self._advance(frame)


def rate(info: SequenceInfo) -> float:
    """Return the frames a second."""
    return info.fps or STILL_RATE


def time_of(info: SequenceInfo, frame: int) -> float:
    """Return the seconds from the first frame to one."""
    return info.times[frame] if info.times else frame / rate(info)


def frame_at(info: SequenceInfo, seconds: float) -> int:
    """Return the frame that is on screen at a time."""
    if info.times:
        return max(bisect_right(info.times, seconds) - 1, 0)
    return min(int(seconds * rate(info) + 1e-6), info.frames - 1)
