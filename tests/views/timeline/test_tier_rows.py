"""What the rows of the tiers say."""

from __future__ import annotations

from app.domain.tier import Interval, Term, Tier, TierTable, tier_from_text, tier_text
from app.views.timeline.tier_rows import term_color, tier_text_at

TABLE = TierTable(
    (
        Tier("phase", "phases", (Term("prepare", "1"), Term("cut", "2"))),
        Tier("mark", "points", (Term("cut", "3"),)),
    ),
    (Interval("phase", "prepare", 0, 5), Interval("mark", "cut", 3, 4), Interval("phase", "cut", 5, None)),
)


def test_what_happens_on_a_frame_is_named_and_each_term_has_its_colour() -> None:
    assert [tier_text_at(TABLE, frame) for frame in (0, 3, 4, 99)] == [
        "phase: prepare",
        "phase: prepare  mark: cut",
        "phase: prepare",
        "phase: cut",
    ]
    assert len({term_color(TABLE, interval) for interval in TABLE.intervals}) == 3


def test_a_tier_is_written_as_a_line_and_read_again() -> None:
    for tier in TABLE.tiers:
        assert tier_from_text(tier_text(tier), tier.kind) == tier
    read = tier_from_text(" phase : first part, D = cut, a=b=c,, 12=x ", "phases")
    assert read is not None and read.name == "phase"
    assert read.terms == (Term("first part", ""), Term("cut", "d"), Term("b=c", "a"), Term("12=x", ""))
    assert tier_from_text("phase", "points") is tier_from_text(": cut", "points") is None
    assert tier_from_text("phase: a=", "points") is None
