from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from app.domain.batch_jobs import (
    MOST_TRIES,
    BatchEntry,
    BatchJob,
    NightQueue,
    TimeWindow,
    give_up,
    move_entry,
    next_entry,
)

JOB = BatchJob("a.mp4", "1.2", (1, 2), 0, 9, ("png",))


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        (
            TimeWindow(time(20), time(6, 30)),
            (time(20), time(23, 59), time(0), time(6, 29)),
            (time(6, 30), time(12)),
        ),
        (TimeWindow.parse("09:00-17:00"), (time(9), time(16, 59)), (time(8, 59), time(17), time(0))),
    ],
)
def test_a_window_may_last_over_midnight(window: TimeWindow, inside: tuple, outside: tuple) -> None:
    assert all(window.holds(now) for now in inside)
    assert not any(window.holds(now) for now in outside)
    assert TimeWindow.parse(str(window)) == window


def test_refused_pictures_wait_for_a_word_and_then_are_all_that_is_exported() -> None:
    begun = replace(BatchEntry(replace(JOB, exports=("png", "overlay")), "a").begin(), frames=7)
    done = begun.finish(5.0, ("overlay",), 12)
    assert done.is_over and done.needs_look and done.picture_words == "12 pictures flagged"
    assert BatchEntry.from_wire(done.to_wire()) == done
    again = done.decide_pictures("mask", "Ada")
    job = replace(JOB, exports=("overlay",), propagates=False, any_hour=True, pictures="mask", operator="Ada")
    assert again == replace(BatchEntry(job, "a"), frames=7, ended=5.0)
    assert not begun.finish(5.0).needs_look and begun.decide_pictures("mask", "") is begun


@pytest.mark.parametrize("text", ["", "22:00", "22-6-7", "25:00-06:00", "soon"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        TimeWindow.parse(text)


def test_what_was_cut_off_goes_on_first_and_the_rest_in_its_order() -> None:
    done, cut = BatchEntry(JOB, "a", "done"), BatchEntry(JOB, "b", "running", tries=1)
    assert next_entry([done, BatchEntry(JOB, "c"), cut]) is cut
    assert next_entry([done, first := BatchEntry(JOB, "c"), BatchEntry(JOB, "d")]) is first
    assert next_entry([done, BatchEntry(JOB, "c", "failed")]) is None
    assert next_entry([first, later := BatchEntry(JOB, "d")], lambda entry: entry is not first) is later


def test_a_job_that_ends_the_program_each_time_is_left_with_a_reason() -> None:
    cut = BatchEntry(JOB, "a", "running", tries=MOST_TRIES)
    assert next_entry([cut]) is None
    (left,) = give_up([cut], at=5.0)
    assert (left.status, left.ended) == ("failed", 5.0)
    assert "ended 3 times" in left.problem


def test_a_start_that_was_put_off_does_not_count_as_a_try() -> None:
    entry = BatchEntry(JOB, "a")
    for _ in range(MOST_TRIES + 1):
        entry = entry.begin().put_off()
    assert next_entry([entry]) is entry


def test_an_entry_survives_the_file() -> None:
    entry = replace(BatchEntry(JOB, "a").begin(), frames=7, lowest_score=0.5)
    assert BatchEntry.from_wire(entry.to_wire()) == entry
    with pytest.raises((KeyError, TypeError, ValueError)):
        BatchEntry.from_wire({"job": {"source": 1}})


def test_exports_go_beside_the_source_unless_a_folder_is_given() -> None:
    assert BatchJob("/films/a.mp4").export_folder == "/films/label"
    assert BatchJob("/films/a.mp4", into="/out").export_folder == "/out"


@pytest.mark.parametrize(("step", "order"), [(1, "bac"), (-1, "abc"), (9, "bca")])
def test_a_job_moves_within_the_list(step: int, order: str) -> None:
    entries = [BatchEntry(JOB, name) for name in "abc"]
    assert "".join(entry.job_id for entry in move_entry(entries, "a", step)) == order
    assert move_entry(entries, "gone", 1) == tuple(entries)


def test_a_sequence_shows_its_newest_job() -> None:
    old, new = BatchEntry(JOB, "a", "failed"), BatchEntry(JOB, "b")
    queue = NightQueue((old, new, BatchEntry(replace(JOB, series=None), "c")))
    assert queue.entry_of("a.mp4", "1.2") is new
    assert queue.entry_of("b.mp4", None) is None
