"""A machine that is lent to a scheduler waits for one that is not there yet."""

from __future__ import annotations

import pytest

from app.headless.cluster.worker_command import main
from tool.dev.soak.cluster_processes import free_port

dask = pytest.importorskip("dask")


class NextTry(Exception):
    """The worker waits before it tries again."""


def test_without_a_scheduler_it_says_so_and_tries_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tries = []

    def wait(seconds: float) -> None:
        tries.append(seconds)
        if len(tries) == 2:
            raise NextTry

    monkeypatch.setattr("os.nice", lambda step: 0)
    monkeypatch.setattr("time.sleep", wait)
    address = f"tcp://127.0.0.1:{free_port()}"
    with dask.config.set({"distributed.comm.timeouts.connect": "0.2s"}), pytest.raises(NextTry):
        main([address])
    assert capsys.readouterr().err.count(f"Timed out trying to connect to {address}") >= 2
