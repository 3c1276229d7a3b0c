"""A pointer that rests is told once, and anew when a click there would mean something else."""

from __future__ import annotations

from app.views.input.pointer_rest import SECONDS, PointerRest


def test_a_rest_is_told_once_and_only_after_its_time() -> None:
    rest = PointerRest()
    asked = [rest.begins(10.0 + SECONDS * share, "here") for share in (0, 0.5, 1, 2, 3)]
    assert asked == [False, False, True, False, False]


def test_a_pointer_that_moves_does_not_rest() -> None:
    rest = PointerRest()
    assert not any(rest.begins(10.0 + SECONDS * n / 2, n) for n in range(20))


def test_another_meaning_at_the_same_place_is_told_again() -> None:
    rest = PointerRest()
    told = [rest.begins(10.0 + n * SECONDS, (3, "mask" if n > 2 else None)) for n in range(6)]
    assert told == [False, True, False, False, True, False]


def test_where_no_click_is_expected_nothing_is_told() -> None:
    rest = PointerRest()
    assert not any(rest.begins(10.0 + n, None) for n in range(5))
