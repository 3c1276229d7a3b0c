"""The playback clock."""

from __future__ import annotations

import asyncio

import pytest

from app.domain.annotation import SequenceInfo
from app.pipeline.services.playback import Playback


def info(frames: int) -> SequenceInfo:
    return SequenceInfo("clip", "/clip", "video", frames, 4, 4, 100.0)


def _nothing() -> None:
    return None


@pytest.mark.parametrize("loop", [False, True])
def test_it_reaches_the_end_in_order_and_loops_only_when_asked(loop: bool) -> None:
    async def play() -> list[int]:
        seen: list[int] = []
        enough = asyncio.Event()

        def advance(frame: int) -> None:
            seen.append(frame)
            if frame == 0 or (frame == 9 and not loop):
                enough.set()

        async def settled() -> None:
            return None

        playback = Playback(advance, _nothing, settled)
        playback.start(info(10), 0, 10.0, loop)
        await asyncio.wait_for(enough.wait(), 120)
        playback.stop()
        return seen

    seen = asyncio.run(play())
    first = seen[: seen.index(9) + 1]
    assert first == sorted(first)
    assert (seen[-1] == 0) is loop


def test_frames_that_cannot_be_shown_in_time_are_skipped() -> None:
    async def play() -> list[int]:
        seen: list[int] = []
        done = asyncio.Event()

        def advance(frame: int) -> None:
            seen.append(frame)
            if frame == 99:
                done.set()

        async def slow() -> None:
            await asyncio.sleep(0.05)

        playback = Playback(advance, _nothing, slow)
        playback.start(info(100), 0, 1.0, False)
        await asyncio.wait_for(done.wait(), 120)
        return seen

    assert len(asyncio.run(play())) < 60


def test_the_time_points_of_a_slice_are_played_in_their_order_and_begin_again() -> None:
    async def play() -> list[int]:
        seen: list[int] = []
        done = asyncio.Event()

        def advance(frame: int) -> None:
            seen.append(frame)
            if frame == 4:
                done.set()

        async def settled() -> None:
            return None

        moments = (0.0, 0.01, 0.02, 0.04)
        heart = SequenceInfo(
            "heart", "/heart", "volume", 12, 4, 4, time_points=4, along="time", moments=moments, cycle=0.05
        )
        playback = Playback(advance, _nothing, settled)
        playback.start(heart, 5, 0.5, True)
        await asyncio.wait_for(done.wait(), 120)
        playback.stop()
        return seen

    seen = asyncio.run(play())
    assert seen[-1] == 4 and set(seen) <= {4, 6, 7}, "frames 4 to 7 are the slice that was shown"
    assert seen[:-1] == sorted(seen[:-1]) and 7 in seen


def test_unseen_frames_come_one_by_one_until_it_is_stopped() -> None:
    async def play() -> int:
        due = 0
        enough = asyncio.Event()

        def advance_unseen() -> None:
            nonlocal due
            due += 1
            if due == 3:
                playback.stop()
                enough.set()

        async def settled() -> None:
            return None

        playback = Playback(lambda _frame: None, advance_unseen, settled)
        playback.play_unseen(100.0)
        await asyncio.wait_for(enough.wait(), 120)
        await asyncio.sleep(0)
        return due

    assert asyncio.run(play()) == 3
