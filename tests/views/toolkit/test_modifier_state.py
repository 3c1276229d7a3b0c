"""A modifier counts as held from its press to its release, however slow the frames are."""

from __future__ import annotations

from app.views.toolkit.modifier_state import HeldModifiers

LEFT_CTRL, RIGHT_CTRL, LEFT_SHIFT, B = 527, 531, 528, 547


def test_a_modifier_is_held_until_its_release_is_looked_at() -> None:
    held = HeldModifiers()
    held.press_key(LEFT_CTRL)
    held.release_lost_keys(lambda key: True)
    held.press_key(B)
    held.press_key(LEFT_SHIFT)
    assert held.names == {"Ctrl", "Shift"}
    held.release_key(LEFT_CTRL)
    assert held.names == {"Shift"}


def test_the_key_at_the_other_side_holds_it_as_well() -> None:
    held = HeldModifiers()
    held.press_key(LEFT_CTRL)
    held.press_key(RIGHT_CTRL)
    held.release_key(LEFT_CTRL)
    assert held.names == {"Ctrl"}


def test_a_key_that_came_up_unnoticed_is_forgotten_but_not_within_its_own_frame() -> None:
    held = HeldModifiers()
    held.press_key(LEFT_CTRL)
    held.release_lost_keys(lambda key: False)
    assert held.names == {"Ctrl"}
    held.release_lost_keys(lambda key: False)
    assert held.names == frozenset()
