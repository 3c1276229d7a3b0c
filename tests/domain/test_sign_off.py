"""Sign-offs come back from plain data; the last one decides whether a sequence is locked."""

from __future__ import annotations

from app.domain.sign_off import SignOff, sign_off_in_force, sign_offs_from_wire, sign_offs_to_wire

APPROVED, REOPENED = SignOff("Ada", 10.0), SignOff("Bo", 20.0, "the left kidney is missing")


def test_the_last_record_decides() -> None:
    assert sign_off_in_force(()) is None
    assert sign_off_in_force((APPROVED,)) == APPROVED
    assert sign_off_in_force((APPROVED, REOPENED)) is None
    again = SignOff("Cy", 30.0)
    assert sign_off_in_force((APPROVED, REOPENED, again)) == again


def test_they_come_back_from_plain_data_and_what_is_none_is_left_out() -> None:
    records = (APPROVED, REOPENED)
    assert sign_offs_from_wire([*sign_offs_to_wire(records), ["x"], 3, [1, 2, 3], None]) == records
    assert sign_offs_from_wire(None) == sign_offs_from_wire({"by": "Ada"}) == ()
