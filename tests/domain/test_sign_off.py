"""Sign-offs come back from plain data; the last one decides whether a sequence is locked."""

from __future__ import annotations

from app.domain.sign_off import (
    SignOff,
    merge_sign_offs,
    sign_off_in_force,
    sign_offs_from_wire,
    sign_offs_to_wire,
)

APPROVED, REOPENED = SignOff("Ada", 10.0), SignOff("Bo", 20.0, "the left kidney is missing")


def test_the_last_record_decides() -> None:
    assert sign_off_in_force(()) is None
    assert sign_off_in_force((APPROVED,)) == APPROVED
    assert sign_off_in_force((APPROVED, REOPENED)) is None
    again = SignOff("Cy", 30.0)
    assert sign_off_in_force((APPROVED, REOPENED, again)) == again


def test_merged_sign_offs_are_in_force_only_for_what_was_approved() -> None:
    both = merge_sign_offs((APPROVED, REOPENED), (APPROVED, SignOff("Cy", 30.0)), 40.0, is_as_approved=True)
    assert both == (APPROVED, REOPENED, SignOff("Cy", 30.0))
    assert sign_off_in_force(both) == SignOff("Cy", 30.0)
    mixed = merge_sign_offs((), (APPROVED,), 40.0, is_as_approved=False)
    assert mixed[0] == APPROVED and sign_off_in_force(mixed) is None
    assert merge_sign_offs((), (APPROVED, REOPENED), 40.0, is_as_approved=False) == (APPROVED, REOPENED)


def test_they_come_back_from_plain_data_and_what_is_none_is_left_out() -> None:
    records = (APPROVED, REOPENED)
    assert sign_offs_from_wire([*sign_offs_to_wire(records), ["x"], 3, [1, 2, 3], None]) == records
    assert sign_offs_from_wire(None) == sign_offs_from_wire({"by": "Ada"}) == ()
