"""News from the pipeline's thread ends the wait of the window's thread."""

from __future__ import annotations

import select
import threading

from app.views.toolkit.waker import Waker


def test_a_wait_ends_with_a_call_from_another_thread_and_only_once() -> None:
    waker = Waker()
    thread = threading.Thread(target=waker.wake)
    thread.start()
    assert select.select((waker,), (), (), 60.0)[0] == [waker]
    thread.join()
    waker.reset()
    assert select.select((waker,), (), (), 0.0)[0] == []
    waker.wake()
    waker.close()
    waker.wake()  # After the window was closed.


def test_calls_that_nobody_waits_for_never_block() -> None:
    waker = Waker()
    for _ in range(100_000):
        waker.wake()
    assert select.select((waker,), (), (), 0.0)[0] == [waker]
    waker.close()
