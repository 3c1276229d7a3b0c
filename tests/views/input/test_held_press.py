"""A short right press is a click, a held one opens a menu; two digits after their key are a label's number."""

from __future__ import annotations

from app.actions.context_menus import CONTEXT_MENUS
from app.actions.registry import registry
from app.views.input.held_press import FRAMES, REACH, SECONDS, HeldPress
from app.views.input.label_number import LabelNumber


def test_a_short_press_is_given_back_where_it_was() -> None:
    press = HeldPress()
    press.begin(10.0, 100, 50)
    assert not press.is_held(10.0 + SECONDS / 2, 100, 50)
    assert press.end() == (100, 50)
    assert press.end() is None


def test_a_held_press_opens_the_menu_once_and_is_no_click() -> None:
    press = HeldPress()
    press.begin(10.0, 100, 50)
    assert not any(press.is_held(10.0 + SECONDS / 2, 102, 50) for _ in range(FRAMES))
    assert press.is_held(10.0 + SECONDS, 102, 50)
    assert not press.is_held(11.0, 102, 50)
    assert press.end() is None


def test_a_short_press_before_a_frame_that_takes_long_stays_a_click() -> None:
    press = HeldPress()
    press.begin(10.0, 100, 50)
    assert not press.is_held(12.0, 100, 50)
    assert press.end() == (100, 50)


def test_a_press_that_moves_stays_a_click() -> None:
    press = HeldPress()
    press.begin(10.0, 100, 50)
    assert not any(press.is_held(11.0, 100 + 2 * REACH, 50) for _ in range(FRAMES))
    assert press.end() == (100, 50)


def test_two_digits_are_a_number_and_any_other_key_ends_it() -> None:
    number = LabelNumber()
    assert number.take_key("1") == (False, None)
    number.begin()
    assert number.take_key("1") == (True, None)
    assert number.take_key("2") == (True, 12)
    assert number.take_key("3") == (False, None)
    number.begin()
    assert number.take_key("Right") == (False, None)
    assert number.take_key("3") == (False, None)


def test_every_menu_holds_known_actions_once() -> None:
    for wanted in CONTEXT_MENUS.values():
        ids = [identity for identity in wanted if identity]
        assert set(ids) <= registry().keys() and len(set(ids)) == len(ids)
