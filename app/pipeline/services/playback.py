"""Playback clock."""

import asyncio
from collections.abc import Awaitable, Callable

from app.domain.annotation import SequenceInfo
from app.domain.frame_order import order_of
from app.domain.play_times import LOOK_RATE, frame_at, pause_of, run_clip, time_of
from app.messages.orders import Pause, Play
from app.pipeline.services.active_sequence import ActiveSequence
from app.pipeline.services.service import OrderTable, Service


class Playback(Service):
    """Advances frames at the sequence's own times, see run_clip, times a speed; late frames are skipped.

    Unseen frames come at LOOK_RATE, and none is skipped.
    """

    def __init__(
        self,
        advance: Callable[[int], None],
        advance_unseen: Callable[[], None],
        settled: Callable[[], Awaitable[None]],
    ) -> None:
        """advance: to a frame; advance_unseen: to the next unseen one; settled: waits until the picture is made."""
        self._advance, self._advance_unseen = advance, advance_unseen
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

    def play_unseen(self, speed: float) -> None:
        """Play unseen frames, at a speed of 1 LOOK_RATE a second."""
        self.stop()
        self._task = asyncio.create_task(self._play_unseen(speed))

    def _start(self, order: Play) -> None:
        if order.unseen:
            self.play_unseen(order.speed)
        elif self._info is not None:
            self.start(self._info, order.frame, order.speed, order.loop)

    def stop(self) -> None:
        """Stop the clock."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _play(self, info: SequenceInfo, frame: int, speed: float, loop: bool) -> None:
        clock = asyncio.get_running_loop()
        first, clip = order_of(info).run(frame).start, run_clip(info, frame)
        shown = frame - first
        while True:
            began, offset = clock.time(), time_of(clip, shown)
            while shown < clip.frames - 1:
                due = (time_of(clip, shown + 1) - offset) / speed
                await asyncio.sleep(max(0.0, began + due - clock.time()))
                await self._settled()
                reached = min(frame_at(clip, offset + (clock.time() - began) * speed), clip.frames - 1)
                shown = max(shown + 1, reached)
                self._advance(first + shown)
            if not loop:
                return
            await asyncio.sleep(pause_of(clip) / speed)
            shown = 0
            self._advance(first)

    async def _play_unseen(self, speed: float) -> None:
        while True:
            await asyncio.sleep(1 / (LOOK_RATE * speed))
            await self._settled()
            self._advance_unseen()
