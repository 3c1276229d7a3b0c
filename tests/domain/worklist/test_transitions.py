"""Order, search and the states of the worklist."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.annotation import SequenceInfo, Status
from app.domain.errors import UsageError
from app.domain.worklist.entry import EntryState, WorklistEntry, display_name
from app.domain.worklist.sorting import (
    count_by_state,
    filter_entries,
    natural_key,
    neighbour_entry,
    sort_entries,
    upcoming_entries,
)
from app.domain.worklist.transitions import (
    begin_work,
    end_propagation,
    make_outside_entry,
    mark_done,
    record_change,
    record_propagation,
    reopen_entry,
    reviewed_share,
)


def entry(name: str, arrived: float = 0.0, state: EntryState = EntryState.READY, **fields) -> WorklistEntry:
    return WorklistEntry(name, f"/drop/{name}", name, arrived, state, **fields)


def test_names_are_ordered_as_people_count() -> None:
    names = [
        "clip 10.mp4",
        "Clip 2.mp4",
        "clip 1.mp4",
        "Ärzte.mp4",
        "arm.mp4",
        "clip.mp4",
        "007.mp4",
        "7a.mp4",
    ]
    found = [item.name for item in sort_entries([entry(name) for name in names], "name")]
    assert found == [
        "007.mp4",
        "7a.mp4",
        "arm.mp4",
        "Ärzte.mp4",
        "clip 1.mp4",
        "Clip 2.mp4",
        "clip 10.mp4",
        "clip.mp4",
    ]


def test_arrival_orders_by_time_and_then_by_name() -> None:
    entries = [entry("b", 2.0), entry("z", 1.0), entry("a 10", 2.0), entry("a 9", 2.0)]
    assert [item.name for item in sort_entries(entries)] == ["z", "a 9", "a 10", "b"]


@given(st.lists(st.text(), min_size=2, max_size=6))
def test_any_names_can_be_ordered_and_only_equal_ones_are_equal(names: list[str]) -> None:
    keys = sorted(natural_key(name) for name in names)
    assert len(set(keys)) == len(set(names))


def test_search_finds_every_word_wherever_it_stands() -> None:
    tool = entry("Übung 3.mp4", labels=("Schere",))
    bad = entry("x.mp4", state=EntryState.FAILED, reason="The file is empty.")
    done = entry("y.mp4", state=EntryState.DONE, finished_by="Ana")
    everything = (tool, bad, done)
    assert filter_entries(everything, "ubung SCHERE") == (tool,)
    assert filter_entries(everything, "empty") == (bad,)
    assert filter_entries(everything, "done by ana") == (done,)
    assert filter_entries(everything, "schere ana") == ()
    assert filter_entries(everything, " ") == everything
    assert filter_entries(everything, "mp4", {EntryState.FAILED, EntryState.DONE}) == (bad, done)


def test_next_and_previous_pass_over_what_cannot_be_opened() -> None:
    shown = [
        entry("a"),
        entry("b", state=EntryState.FAILED),
        entry("c", missing=True),
        entry("d"),
        entry("e", state=EntryState.DONE),
    ]
    assert neighbour_entry(shown, "a", 1) is shown[3]
    assert neighbour_entry(shown, "e", -1) is shown[3]
    assert neighbour_entry(shown, "d", -1) is shown[0]
    assert neighbour_entry(shown, "a", 2) is shown[4]
    assert neighbour_entry(shown, "e", 1) is None
    assert neighbour_entry(shown, "a", -1) is None
    assert neighbour_entry(shown, "unknown", 1) is shown[0]
    assert neighbour_entry([], "a", 1) is None


def test_upcoming_sequences_are_those_still_to_do() -> None:
    shown = [entry("a"), entry("b", state=EntryState.DONE), entry("c"), entry("d", missing=True), entry("e")]
    assert upcoming_entries(shown, "a", 2) == (shown[2], shown[4])
    assert upcoming_entries(shown, "c", 5) == (shown[4],)


def test_census_counts_each_state() -> None:
    assert count_by_state([entry("a"), entry("b"), entry("c", state=EntryState.DONE)]) == {
        EntryState.READY: 2,
        EntryState.DONE: 1,
    }


def test_work_moves_an_entry_through_its_states() -> None:
    opened = begin_work(entry("a"), at=1.0)
    assert (opened.state, opened.touched, opened.status) == (EntryState.IN_WORK, 1.0, "in work")
    running = record_propagation(opened, 0.424)
    assert running.status == "propagating 42 %"
    assert record_change(running, 2.0, 0.1, ["tool"]).state is EntryState.PROPAGATING
    edited = record_change(end_propagation(running), 2.0, 0.5, ["tool"])
    assert (edited.state, edited.progress, edited.labels, edited.touched) == (
        EntryState.IN_WORK,
        0.5,
        ("tool",),
        2.0,
    )
    done = mark_done(edited, "Ana", 3.0)
    assert (done.status, done.finished_by, done.finished_at) == ("done by Ana", "Ana", 3.0)


def test_a_sequence_from_elsewhere_joins_the_list_in_work() -> None:
    info = SequenceInfo("clip.mp4", "/home/clip.mp4", "video", 9, 64, 48, fps=3.0)
    item = make_outside_entry("e1", info, "ab", None, 5.0)
    assert (item.path, item.frames, item.seconds, item.dropped) == ("/home/clip.mp4", 9, 3.0, False)
    assert (item.state, item.touched, item.can_open) == (EntryState.IN_WORK, 5.0, True)


def test_done_is_kept_by_looking_and_taken_back_by_changing() -> None:
    done = mark_done(entry("a"), "Ana", 3.0)
    assert replace(begin_work(done, 4.0), touched=3.0) == done
    changed = record_change(done, 5.0, 0.9, ())
    assert (changed.state, changed.finished_by, changed.finished_at) == (EntryState.IN_WORK, "", None)
    assert reopen_entry(done, 6.0).state is EntryState.IN_WORK
    assert reopen_entry(entry("a"), 6.0) == entry("a")
    assert end_propagation(done) == done


@pytest.mark.parametrize("state", [EntryState.ARRIVING, EntryState.CHECKING, EntryState.FAILED])
def test_what_does_not_open_cannot_be_worked_on(state: EntryState) -> None:
    item = entry("a", state=state)
    for act in (
        lambda: begin_work(item, 1.0),
        lambda: record_change(item, 1.0, 0.0, ()),
        lambda: record_propagation(item, 0.5),
        lambda: mark_done(item, "Ana", 1.0),
    ):
        with pytest.raises(UsageError, match=str(state)):
            act()


def test_shares_count_cells_by_who_made_them() -> None:
    tracks = [
        bytes([Status.EMPTY, Status.PROPAGATED, Status.EDITED, Status.VERIFIED]),
        bytes([Status.EMPTY, Status.PROPAGATED, Status.PROPAGATED, Status.VERIFIED]),
    ]
    assert reviewed_share(tracks) == 3 / 8
    assert reviewed_share([]) == 0.0


@given(st.binary(min_size=1).filter(lambda raw: b"\0" not in raw))
def test_any_file_name_can_be_shown_on_one_line(raw: bytes) -> None:
    shown = display_name(raw.decode("utf-8", "surrogateescape"))
    shown.encode("utf-8")
    assert len(shown.splitlines()) == 1
    assert not set(shown) & set("\u202e\u2066\0\n\r\u2028")
