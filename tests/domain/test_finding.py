"""A box that a person called harmless is no finding any more, wherever the text in it moves a few pixels."""

from __future__ import annotations

from app.domain.finding import (
    Finding,
    PictureDecision,
    decisions_from_wire,
    decisions_to_wire,
    harmless_findings,
    without_harmless,
)

LOGO = Finding(10, 10, 60, 20)


def test_only_what_lies_within_a_harmless_box_of_its_kind_is_harmless() -> None:
    near = Finding(14, 7, 60, 24)
    beside, longer, face = Finding(90, 10, 40, 20), Finding(10, 10, 120, 20), Finding(10, 10, 60, 20, "face")
    assert without_harmless((LOGO, near, beside, longer, face), (LOGO,)) == (beside, longer, face)


def test_the_last_word_on_a_box_counts() -> None:
    said = PictureDecision("Ada", 1.0, "harmless", harmless=(LOGO,))
    assert harmless_findings([said, PictureDecision("Bo", 2.0, "mask", 3)]) == (LOGO,)
    assert harmless_findings([said, PictureDecision("Bo", 2.0, "not harmless", harmless=(LOGO,))]) == ()


def test_decisions_come_back_from_the_journal_and_damage_is_left_out() -> None:
    records = (PictureDecision("Ada", 1.5, "harmless", 0, (LOGO,)), PictureDecision("Bo", 2.0, "allow", 3))
    wire = decisions_to_wire(records)
    assert decisions_from_wire(wire) == records
    assert decisions_from_wire([*wire, ["Bo"], 7, ["Bo", 1.0, "harmless", 0, [["x"]]]])[:2] == records
    assert decisions_from_wire("damaged") == ()
