from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from app.domain.batch_jobs import MOST_TRIES, BatchEntry, BatchJob, TimeWindow, give_up, next_entry

JOB = BatchJob("a.mp4", "1.2", (1, 2), 0, 9, ("png",))


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        (
            TimeWindow(time(20), time(6, 30)),
            (time(20), time(23, 59), time(0), time(6, 29)),
            (time(6, 30), time(12)),
        ),
        (TimeWindow(time(9), time(17)), (time(9), time(16, 59)), (time(8, 59), time(17), time(0))),
    ],
)
def test_a_window_may_last_over_midnight(window: TimeWindow, inside: tuple, outside: tuple) -> None:
    assert all(window.holds(now) for now in inside)
    assert not any(window.holds(now) for now in outside)


def test_what_was_cut_off_goes_on_first_and_the_rest_in_its_order() -> None:
    done, cut = BatchEntry(JOB, "done"), BatchEntry(JOB, "running", tries=1)
    assert next_entry([done, BatchEntry(JOB), cut]) == 2
    assert next_entry([done, BatchEntry(JOB), BatchEntry(JOB)]) == 1
    assert next_entry([done, BatchEntry(JOB, "failed")]) is None


def test_a_job_that_ends_the_program_each_time_is_left_with_a_reason() -> None:
    cut = BatchEntry(JOB, "running", tries=MOST_TRIES)
    assert next_entry([cut]) is None
    (left,) = give_up([cut])
    assert left.status == "failed"
    assert "ended 3 times" in left.problem


def test_an_entry_survives_the_file() -> None:
    entry = replace(BatchEntry(JOB).begin(), frames=7, lowest_score=0.5)
    assert BatchEntry.from_wire(entry.to_wire()) == entry
    with pytest.raises((KeyError, TypeError, ValueError)):
        BatchEntry.from_wire({"job": {"source": 1}})
