"""Whether a process works, waits for a processor, or stands still."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from app.files.process_activity import ActivitySample, ProcessActivity, read_output


def observe(pid: int, seconds: float) -> list[ActivitySample]:
    """Samples of a process, ten a second."""
    activity, found = ProcessActivity(pid), []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.1)
        found.append(activity.sample(0.1))
    return found


def test_a_busy_process_works_as_much_as_it_is_let_and_is_active_all_the_time() -> None:
    with running("while True: pass") as busy, running("while True: pass") as other:
        place = {min(os.sched_getaffinity(0))}
        for process in (busy, other):
            os.sched_setaffinity(process.pid, place)
        began = time.monotonic()
        samples = observe(busy.pid, 2.0)
        assert all(sample.is_active for sample in samples)
        assert 0 < sum(sample.cpu for sample in samples) < 0.8 * (time.monotonic() - began)
        os.kill(busy.pid, signal.SIGSTOP)
        observe(busy.pid, 0.2)
        assert not any(sample.is_active for sample in observe(busy.pid, 0.5))


def test_a_sleeping_process_stands_still() -> None:
    with running("import signal; print(flush=True); signal.pause()") as asleep:
        assert asleep.stdout is not None
        asleep.stdout.readline()
        while psutil.Process(asleep.pid).status() != psutil.STATUS_SLEEPING:
            time.sleep(0.01)
        assert not any(sample.is_active for sample in observe(asleep.pid, 0.5)[1:])


def test_work_of_a_process_that_a_worker_started_is_its_work() -> None:
    program = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(flush=True)\\nwhile True: pass'])"
    with running(program) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        assert all(sample.is_active for sample in observe(parent.pid, 0.5))
        for child in psutil.Process(parent.pid).children():
            child.kill()


def test_a_process_that_is_gone_is_not_active() -> None:
    with running("pass") as gone:
        gone.wait()
        activity = ProcessActivity(gone.pid)
    assert activity.sample(0.1) == ActivitySample(cpu=0.0, is_active=False)


def test_children_of_the_other_threads_count_where_one_has_ended_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for task in ("50/task/50", "50/task/51", "50/task/52", "60/task/60"):
        (tmp_path / task).mkdir(parents=True)
    (tmp_path / "50/task/52/children").write_text("60 ")
    (tmp_path / "60/task/60/stat").write_text("60 (a) R 1")
    monkeypatch.setattr("app.files.process_activity._PROC", tmp_path)
    assert ProcessActivity(50).sample(0.1).is_active


@pytest.mark.parametrize(
    ("program", "limit", "output"),
    [
        ("import time; time.sleep(0.3); print('done')", 60.0, "done\n"),
        ("import signal; print('begun', flush=True); signal.pause()", 0.2, None),
    ],
)
def test_the_output_of_a_process_is_waited_for_unless_it_stands_still(
    program: str, limit: float, output: str | None
) -> None:
    with subprocess.Popen((sys.executable, "-c", program), stdout=subprocess.PIPE, text=True) as process:
        assert read_output(process, limit) == output
        assert process.returncode is not None


@contextmanager
def running(program: str) -> Iterator[subprocess.Popen[bytes]]:
    """A Python process, ended with the block."""
    process = subprocess.Popen((sys.executable, "-c", program), stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
