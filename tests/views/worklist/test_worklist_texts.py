"""What the worklist says of a sequence."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from app.domain.batch_jobs import BatchEntry, BatchJob, NightQueue
from app.domain.worklist.entry import DropFolder, EntryState, WorklistEntry
from app.domain.worklist.sorting import count_by_state
from app.views.worklist.worklist_texts import (
    FILTERS,
    bar_fraction,
    describe_contents,
    describe_drop_folder,
    describe_job,
    filter_titles,
    format_duration,
    format_last_touched,
    format_time_ago,
    order_by_need,
    second_line,
    shorten_text,
    shown_job,
)

VIDEO = WorklistEntry(
    "a",
    "/drop/clip.mp4",
    "clip.mp4",
    0.0,
    EntryState.READY,
    kind="video",
    frames=750,
    fps=25.0,
    width=64,
    height=48,
)


def test_facts_name_kind_length_and_size() -> None:
    assert describe_contents(VIDEO) == "Video  ·  750 frames  ·  0:30  ·  64 × 48"
    scan = replace(VIDEO, kind="volume", modality="CT", fps=None)
    assert describe_contents(scan) == "CT  ·  750 slices  ·  64 × 48"


def test_facts_tell_how_far_a_look_for_text_is() -> None:
    assert describe_contents(replace(VIDEO, inspected=0.4)).endswith("64 × 48  ·  40 % looked over")
    assert describe_contents(replace(VIDEO, inspected=1.0)) == describe_contents(VIDEO)


def test_why_it_failed_stands_in_place_of_the_facts() -> None:
    failed = replace(VIDEO, state=EntryState.FAILED, reason="It is empty.")
    assert second_line(failed)[0] == "It is empty."
    assert second_line(VIDEO)[0] == describe_contents(VIDEO)


def test_a_row_says_on_how_many_frames_there_is_text_or_a_face() -> None:
    words = second_line(replace(VIDEO, flagged=12))[0]
    assert words.startswith("text or people on 12 frames") and words.endswith(describe_contents(VIDEO))


def test_lengths_and_times_read_as_people_write_them() -> None:
    assert [format_duration(seconds) for seconds in (7, 750, 3750)] == ["0:07", "12:30", "1:02:30"]
    noon = datetime(2024, 5, 2, 12, 0).timestamp()
    assert format_time_ago(noon - 20, noon) == "just now"
    assert format_time_ago(noon - 600, noon) == "10 min ago"
    assert format_time_ago(noon + 600, noon) == "today 12:10"
    assert format_time_ago(noon - 3 * 3600, noon) == "today 09:00"
    assert format_time_ago(noon - 86400, noon) == "01 May 12:00"
    assert format_time_ago(datetime(2021, 5, 2).timestamp(), noon) == "02 May 2021"


def test_the_bar_shows_the_propagation_while_it_runs_and_the_review_otherwise() -> None:
    working = replace(VIDEO, state=EntryState.IN_WORK, progress=0.4, propagation=0.1)
    assert (bar_fraction(VIDEO), bar_fraction(working)) == (None, 0.4)
    assert bar_fraction(replace(working, state=EntryState.PROPAGATING)) == 0.1
    assert bar_fraction(replace(working, state=EntryState.DONE)) == 1.0


def test_what_is_done_says_when_it_was_finished_not_when_it_was_opened_again() -> None:
    done = replace(VIDEO, state=EntryState.DONE, touched=9000.0, finished_at=8400.0)
    assert format_last_touched(done, 9000.0) == "10 min ago"
    assert format_last_touched(replace(VIDEO, touched=9000.0), 9000.0) == "just now"
    assert format_last_touched(replace(VIDEO, arrived=9000.0), 9000.0) == "came just now"


def test_long_names_are_cut_by_what_they_take_on_the_screen() -> None:
    def measure(text: str) -> float:
        return sum(10 if character == "内" else 5 for character in text)

    assert shorten_text("x" * 40, 200, measure) == "x" * 40
    assert shorten_text("x" * 41, 200, measure) == "x" * 39 + "…"
    assert shorten_text("内" * 21, 200, measure) == "内" * 19 + "…"
    assert shorten_text("x", 1, measure) == "…"


def test_filters_count_their_states() -> None:
    entries = (VIDEO, replace(VIDEO, state=EntryState.PROPAGATING), replace(VIDEO, state=EntryState.IN_WORK))
    assert filter_titles(FILTERS, count_by_state(entries), 7)[:4] == (
        "All  3",
        "Arriving  0",
        "Ready  1",
        "In work  2",
    )
    assert filter_titles(FILTERS, {}, 7)[-2] == "Night  7"


def job(name: str, **changes: Any) -> BatchEntry:
    return replace(BatchEntry(BatchJob(f"/drop/{name}"), name), **changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "queued for the night"),
        ({"status": "running", "share": 0.4}, "propagating 40 %"),
        ({"status": "done", "lowest_score": 0.9}, "propagated"),
        ({"status": "done", "lowest_score": 0.5}, "needs a look: 50 %"),
        (
            {"status": "done", "refused": ("mp4",), "flagged": 9, "problem": "9 frames show text."},
            "needs a look: 9 pictures flagged",
        ),
        ({"job": BatchJob("/drop/clip.mp4", propagates=False)}, "waits to be exported"),
        ({"status": "failed", "problem": "It is broken."}, "failed at night"),
    ],
)
def test_a_row_tells_what_the_night_made_of_it(changes: dict[str, Any], words: str) -> None:
    assert describe_job(job("clip.mp4", **changes))[0] == words
    first_line = second_line(VIDEO, job("clip.mp4", **changes))[0]
    assert first_line == (changes.get("problem") or describe_contents(VIDEO))


def test_the_night_is_not_shown_any_more_once_a_person_has_worked_on_it() -> None:
    queue = NightQueue((job("clip.mp4", status="failed", ended=100.0),))
    assert shown_job(VIDEO, queue) is queue.entries[0]
    assert shown_job(replace(VIDEO, touched=99.0), queue) is queue.entries[0]
    assert shown_job(replace(VIDEO, touched=101.0), queue) is None
    assert shown_job(replace(VIDEO, state=EntryState.DONE), queue) is None
    waiting = NightQueue((job("clip.mp4", status="done", ended=100.0, refused=("mp4",), flagged=1),))
    assert shown_job(replace(VIDEO, state=EntryState.DONE, touched=101.0), waiting), "a word is still wanted"


def test_in_the_morning_what_failed_comes_first_and_then_what_is_most_doubtful() -> None:
    entries = [replace(VIDEO, entry_id=name, path=f"/drop/{name}") for name in "abcde"]
    queue = NightQueue((
        job("a"), job("b", status="done", lowest_score=0.9), job("c", status="done", lowest_score=0.2),
        job("d", status="failed"),
    ))  # fmt: skip
    assert "".join(entry.entry_id for entry in order_by_need(entries, queue)) == "dcba"


def test_trouble_with_the_folder_goes_before_the_invitation() -> None:
    assert "/drop" in describe_drop_folder(DropFolder("/drop"))[0]
    assert describe_drop_folder(DropFolder("/drop", "It is gone."))[0] == "/drop: It is gone."
    assert describe_drop_folder(DropFolder("/far" * 50 + "/drop", "It is gone."))[0].endswith(
        "/far/drop: It is gone."
    )
    assert len(describe_drop_folder(DropFolder("/far" * 50, "It is gone."))[0]) < 60
    assert "No drop folder" in describe_drop_folder(DropFolder())[0]
