"""Phases, intervals and points are marked by keys on the frame that is shown; each press is an edit."""

from __future__ import annotations

import random

import pytest

from app.domain.annotation import SequenceInfo
from app.domain.tier import KEYS, Interval, Term, Tier, TierChange, TierTable, give_keys
from app.domain.tier_marking import press_term
from app.domain.tier_wire import (
    change_from_wire,
    change_to_wire,
    intervals_from_wire,
    intervals_to_wire,
    table_from_wire,
    tiers_from_wire,
    tiers_to_wire,
)
from app.messages import events as ev
from app.messages import orders as od
from app.messages.tier_orders import KeepTiers
from tests.session.harness import FRAMES, SessionHarness, mask

PHASES = Tier("phase", "phases", (Term("prepare", ""), Term("cut", ""), Term("close", "")))
TOOLS = Tier("tool", "intervals", (Term("hook", ""), Term("clip", "")))
POINTS = Tier("mark", "points", (Term("bleeding", ""),))


@pytest.fixture
def marked(harness: SessionHarness) -> SessionHarness:
    harness.handle(ev.OperatorChosen("Ada"))
    for tier in (PHASES, TOOLS, POINTS):
        harness.handle(ev.TierAdded(tier))
    return harness


def table(harness: SessionHarness) -> TierTable:
    return harness.snapshot().sequence.tiers


def spans(harness: SessionHarness, tier: str) -> list[tuple[str, int, int | None]]:
    return [(one.term, one.start, one.stop) for one in table(harness).on(tier)]


def press(harness: SessionHarness, key: str, frame: int) -> None:
    found = table(harness).term_of_key(key)
    assert found is not None
    harness.handle(ev.TermPressed(found[0].name, found[1].name, frame))


def test_terms_get_keys_in_order_over_all_tiers(marked: SessionHarness) -> None:
    keys = [term.key for tier in table(marked).tiers for term in tier.terms]
    assert keys == ["1", "2", "3", "4", "5", "6"]


def test_the_key_of_a_phase_ends_the_one_before_and_its_own_key_ends_it(marked: SessionHarness) -> None:
    press(marked, "1", 2)
    press(marked, "2", 9)
    press(marked, "2", 12)
    assert spans(marked, "phase") == [("prepare", 2, 9), ("cut", 9, 13)]
    assert {one.author for one in table(marked).intervals} == {"Ada"}
    press(marked, "3", 5)  # after going back: until the next phase, and nothing overlaps
    assert spans(marked, "phase") == [("prepare", 2, 5), ("close", 5, 9), ("cut", 9, 13)]
    press(marked, "1", 5)  # the wrong key is put right on the same frame
    assert spans(marked, "phase") == [("prepare", 2, 5), ("prepare", 5, 9), ("cut", 9, 13)]


def test_intervals_of_several_terms_overlap_and_points_are_one_frame(marked: SessionHarness) -> None:
    for key, frame in (("4", 3), ("5", 4), ("4", 8), ("6", 8), ("6", 8), ("6", 10), ("5", 1)):
        press(marked, key, frame)
    assert spans(marked, "tool") == [("clip", 1, 5), ("hook", 3, 9)]
    assert spans(marked, "mark") == [("bleeding", 8, 9), ("bleeding", 10, 11)]


def test_each_press_is_a_step_of_undo_and_a_record(marked: SessionHarness) -> None:
    before = marked.count(od.Record)
    states = [table(marked)]
    for key, frame in (("1", 0), ("4", 1), ("2", 5), ("4", 9), ("6", 9)):
        press(marked, key, frame)
        states.append(table(marked))
    assert marked.count(od.Record) == before + 5
    for wanted in reversed(states[:-1]):
        marked.handle(ev.Undone())
        assert table(marked) == wanted
    assert marked.toast == "Undone: mark prepare."
    for wanted in states[1:]:
        marked.handle(ev.Redone())
        assert table(marked) == wanted


def test_an_interval_is_moved_given_another_term_and_deleted(marked: SessionHarness) -> None:
    marked.handle(ev.IntervalAdded("phase", "prepare", 0, 10))
    marked.handle(ev.IntervalAdded("phase", "cut", 10, 20))
    prepare, cut = table(marked).intervals
    marked.handle(ev.IntervalChanged(cut, Interval("phase", "close", 6, 20, "Ada")))
    assert spans(marked, "phase") == [("prepare", 0, 6), ("close", 6, 20)]
    marked.handle(ev.IntervalChanged(prepare, None))  # it is no more what it was
    assert len(table(marked).intervals) == 2
    marked.handle(ev.IntervalChanged(table(marked).intervals[0], None))
    assert spans(marked, "phase") == [("close", 6, 20)]


def test_what_makes_no_sense_changes_nothing(marked: SessionHarness) -> None:
    before, records = table(marked), marked.count(od.Record)
    for event in (
        ev.TermPressed("phase", "none", 3),
        ev.TermPressed("none", "cut", 3),
        ev.TermPressed("phase", "cut", FRAMES),
        ev.IntervalAdded("phase", "cut", 5, 5),
        ev.IntervalAdded("phase", "cut", 5, FRAMES + 1),
        ev.IntervalAdded("phase", "none", 5, 6),
        ev.TierAdded(Tier(" ", "points", ())),
        ev.TierDeleted("none"),
    ):
        marked.handle(event)
    assert (table(marked), marked.count(od.Record)) == (before, records)


def test_terms_in_use_stay_and_a_tier_goes_with_its_intervals(marked: SessionHarness) -> None:
    press(marked, "4", 3)
    marked.handle(ev.TierAdded(Tier("tool", "points", (Term("clip", "x"), Term("wash", "1")))))
    changed = table(marked).tier("tool")
    assert changed is not None and changed.kind == "intervals"
    assert changed.terms == (Term("clip", "x"), Term("wash", "4"), Term("hook", "5"))
    marked.handle(ev.TierDeleted("tool"))
    assert [tier.name for tier in table(marked).tiers] == ["phase", "mark"] and not table(marked).intervals
    marked.handle(ev.Undone())
    assert spans(marked, "tool") == [("hook", 3, None)]


def test_the_next_frame_of_a_phase_without_a_mask_is_gone_to(marked: SessionHarness) -> None:
    for start, stop in ((3, 6), (10, 12)):
        marked.handle(ev.IntervalAdded("phase", "cut", start, stop))
    marked.handle(ev.LabelAdded("thing"))
    marked.handle(ev.ObjectAdded())
    for frame in (4, 10):
        marked.handle(ev.MaskSet(frame, 1, mask(frame)))
    seen = []
    for _ in range(4):
        marked.handle(ev.UnmaskedStepped("phase", "cut"))
        seen.append(marked.snapshot().sequence.frame)
    assert seen == [3, 5, 11, 3]
    marked.handle(ev.UnmaskedStepped("phase", "close"))
    assert marked.snapshot().sequence.frame == 3 and "Every frame of close" in marked.toast


def test_an_import_is_one_edit_and_leaves_out_what_lies_beyond_the_sequence(marked: SessionHarness) -> None:
    press(marked, "1", 2)
    before = table(marked)
    beyond = Interval("phase", "cut", FRAMES - 1, FRAMES + 1)
    read = TierTable(
        (Tier("phase", "phases", (Term("cut", "1"), Term("wash", ""))),),
        (Interval("phase", "wash", 5, 8, "Eve"), beyond, Interval("none", "x", 1, 2)),
    )
    terms = table(marked).tiers[0].terms
    marked.handle(ev.MasksImported((), (), tiers=read))
    assert table(marked).tiers[0].terms[:3] == terms, "terms that are there keep their place, key and colour"
    assert spans(marked, "phase") == [("prepare", 2, 5), ("wash", 5, 8), ("prepare", 8, None)]
    assert "2 intervals are left out: beyond" in "".join(toast.text for toast in marked.state.toasts)
    marked.handle(ev.Undone())
    assert table(marked) == before


def test_more_terms_than_keys_are_refused(marked: SessionHarness) -> None:
    before = table(marked)
    marked.handle(ev.TierAdded(Tier("many", "points", tuple(Term(f"t{n}", "") for n in range(len(KEYS))))))
    assert table(marked) == before and "keys" in marked.toast
    with pytest.raises(ValueError, match="keys"):
        give_keys([Term(str(n), "") for n in range(len(KEYS) + 1)], ())


def test_300_presses_on_three_tiers_are_all_there_on_their_frames() -> None:
    """Phases cover each frame once and change exactly where a key was pressed."""
    random.seed(7)
    tiers = tuple(
        Tier(t.name, t.kind, tuple(Term(x.name, x.name[0]) for x in t.terms)) for t in (PHASES, POINTS)
    )
    found, pressed = TierTable(tiers), list[tuple[str, str, int]]()
    for frame in sorted(random.sample(range(15_000), 300)):
        tier = tiers[len(pressed) % 2]
        last = next((term for name, term, _ in reversed(pressed) if name == tier.name), None)
        term = random.choice([term for term in tier.terms if term.name != last or tier.kind == "points"])
        found = press_term(found, tier, term, frame)
        pressed.append((tier.name, term.name, frame))
    assert sorted(pressed, key=lambda row: row[2]) == [(i.tier, i.term, i.start) for i in found.intervals]
    phases = found.on("phase")
    assert all(one.stop == other.start for one, other in zip(phases, phases[1:], strict=False))


def test_tiers_come_back_from_plain_data_and_what_is_none_is_left_out(marked: SessionHarness) -> None:
    press(marked, "1", 2)
    found = table(marked)
    wire = tiers_to_wire(found.tiers), intervals_to_wire(found.intervals)
    assert table_from_wire(*wire) == found
    assert tiers_from_wire([*wire[0], 3, ["x", "no kind", []]]) == found.tiers
    assert intervals_from_wire([*wire[1], None, ["a", "b", 4, 4, ""]]) == found.intervals
    assert table_from_wire(None, {}) == TierTable()
    change = marked.last(od.Record).edit.tiers
    assert change is not None and change_from_wire(*change_to_wire(change)) == change
    with pytest.raises(ValueError, match="no change"):
        change_from_wire([], None)


def open_film(harness: SessionHarness, name: str, *tiers: Tier) -> list[od.Order]:
    info = SequenceInfo(name, f"/{name}", "video", FRAMES, 8, 8)
    return harness.handle(ev.SequenceOpened(info, tiers=TierTable(tiers)))


def test_a_sequence_without_tiers_begins_with_those_used_last_and_undo_is_remembered_too() -> None:
    harness = SessionHarness()
    open_film(harness, "one.mp4")
    kept = harness.handle(ev.TierAdded(PHASES))[-1]
    tiers = table(harness).tiers
    assert kept == KeepTiers(tiers, "video")
    press(harness, "1", 2)
    (record,) = [order for order in open_film(harness, "two.mp4") if isinstance(order, od.Record)]
    assert record.edit.tiers == TierChange(tiers=((), tiers))
    assert table(harness) == TierTable(tiers) and not harness.state.history.done
    assert harness.handle(ev.TierDeleted("phase"))[-1] == KeepTiers((), "video")
    assert harness.handle(ev.Undone())[-1] == KeepTiers(tiers, "video")
    assert not [order for order in open_film(harness, "three.mp4", POINTS) if isinstance(order, od.Record)]
    assert table(harness).tiers == (POINTS,)
    open_film(harness, "four.mp4")
    assert table(harness).tiers == (POINTS,), "those of the sequence before are the ones used last"


def test_tiers_of_an_earlier_start_are_offered_to_sequences_of_their_kind() -> None:
    harness = SessionHarness()
    harness.handle(ev.TiersRecalled("scan ct", (PHASES,)))
    open_film(harness, "one.mp4")
    assert not table(harness).tiers
    scan = SequenceInfo("scan", "/scan", "volume", FRAMES, 8, 8, modality="CT")
    harness.handle(ev.SequenceOpened(scan))
    assert table(harness).tiers == (PHASES,)


def test_an_import_says_first_what_it_brings_to_each_tier(marked: SessionHarness) -> None:
    marked.handle(ev.MasksImportRequested("/clip_intervals.csv"))
    read = TierTable(
        (PHASES, Tier("note", "points", (Term("pause", ""),))),
        (
            Interval("phase", "cut", 5, 8),
            Interval("phase", "cut", FRAMES, FRAMES + 1),
            Interval("note", "pause", 1, 2),
        ),
    )
    marked.handle(ev.MasksImported((), (), ("row 7 is none",), "Intervals", read))
    preview = marked.snapshot().tasks.import_preview
    assert preview is not None and preview.title == "Intervals, 2 tiers"
    assert preview.lines == (
        "tier phase: 3 terms, 2 intervals",
        "new tier note (points): 1 term, 1 interval",
    )
    assert preview.warnings[0] == "row 7 is none" and "1 interval is left out" in preview.warnings[1]
    assert not table(marked).intervals
    marked.handle(ev.MasksImportConfirmed())
    assert [one.term for one in table(marked).intervals] == ["pause", "cut"]
    marked.handle(ev.Undone())
    assert not table(marked).intervals and table(marked).tier("note") is None
