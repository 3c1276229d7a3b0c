"""Frames go from one thread to another in order, the latest are kept, and no wait is for ever."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from app.storage.exporters.dataset.frame_relay import FrameRelay


def picture(number: int) -> np.ndarray:
    return np.full((4, 4, 3), number, np.uint8)


def test_a_reader_that_runs_ahead_waits_and_the_latest_frames_are_kept() -> None:
    relay, count = FrameRelay(), 0
    large = np.zeros((2**23 // 3, 1, 3), np.uint8)  # eight are kept
    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(hand_all, relay, large)
        for frame in range(40):
            assert relay.take(frame) is not None
            assert relay.take(max(frame - 3, 0)) is not None, "as to look at it once more"
            count += 1
        reading.result()
    assert count == 40 and relay.take(0) is None


def hand_all(relay: FrameRelay, image: np.ndarray) -> None:
    for frame in range(40):
        relay.hand(frame, image)


def test_frames_that_were_left_out_are_not_waited_for() -> None:
    relay = FrameRelay()
    relay.hand(5, picture(5))
    relay.hand(3, picture(3))
    assert relay.take(3) is None
    taken = relay.take(5)
    assert taken is not None and taken[0, 0, 0] == 5


def test_the_end_ends_a_wait() -> None:
    relay = FrameRelay()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(relay.take, 7)
        threading.Timer(0.05, relay.end).start()
        assert waiting.result(60) is None
