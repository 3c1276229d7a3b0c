"""The playback clock."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.annotation import SequenceInfo
from app.pipeline.services.playback import Playback, frame_at, time_of


def info(frames: int, fps: float | None = 100.0, times: tuple[float, ...] = ()) -> SequenceInfo:
    return SequenceInfo("clip", "/clip", "video", frames, 4, 4, fps, times)


@given(st.lists(st.floats(0.001, 1.0), min_size=1, max_size=30), st.data())
def test_a_frame_is_on_screen_from_its_own_time_on(gaps: list[float], data: st.DataObject) -> None:
    times = tuple(sum(gaps[:count]) for count in range(len(gaps) + 1))
    clip = info(len(times), times=times)
    frame = data.draw(st.integers(0, len(times) - 1))
    assert frame_at(clip, time_of(clip, frame)) == frame


def test_a_constant_rate_agrees_with_itself() -> None:
    clip = info(5000, 29.97)
    assert [frame_at(clip, time_of(clip, frame)) for frame in range(5000)] == list(range(5000))


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

        playback = Playback(advance, settled)
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

        playback = Playback(advance, slow)
        playback.start(info(100), 0, 1.0, False)
        await asyncio.wait_for(done.wait(), 120)
        return seen

    assert len(asyncio.run(play())) < 60
