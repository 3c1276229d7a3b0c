"""A key press is the right action, once or repeated, and never while a text is typed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.actions.key_chords import KEYS
from app.actions.registry import chords_of, registry
from app.views.toolkit.keyboard import Keyboard, conflicts

NONE: frozenset[str] = frozenset()
CTRL, SHIFT = frozenset({"Ctrl"}), frozenset({"Shift"})


def keyboard() -> Keyboard:
    made = Keyboard(registry())
    assert made.bind(chords_of("eiseg", {})) == []
    return made


def test_modifiers_make_another_action_of_the_same_key() -> None:
    keys = keyboard()
    assert keys.press_key(KEYS["Z"], CTRL) == "edit.undo"
    keys.release_key(KEYS["Z"])
    assert keys.press_key(KEYS["Z"], CTRL | SHIFT) == "clicks.clear"
    keys.release_key(KEYS["Z"])
    assert keys.press_key(KEYS["Z"], NONE) == "view.zoom_object"
    assert keys.press_key(527, CTRL) is None


def test_typing_triggers_nothing() -> None:
    keys = keyboard()
    assert all(keys.press_key(key, NONE, typing=True) is None for key in KEYS.values())


def test_a_key_held_since_typing_ended_does_not_act() -> None:
    keys = keyboard()
    assert keys.press_key(KEYS["Space"], NONE, typing=True) is None
    assert keys.press_key(KEYS["Space"], NONE) is None


def test_steps_repeat_and_toggles_do_not() -> None:
    keys = keyboard()
    assert [keys.press_key(KEYS["Right"], NONE) for _ in range(3)] == ["frame.next"] * 3
    assert [keys.press_key(KEYS["Space"], NONE) for _ in range(3)] == ["mask.finish", None, None]
    keys.release_key(KEYS["Space"])
    assert keys.press_key(KEYS["Space"], NONE) == "mask.finish"


def test_the_release_of_a_held_action_is_told_even_when_modifiers_changed() -> None:
    keys = keyboard()
    assert keys.press_key(KEYS["H"], NONE) == "overlay.hide"
    assert keys.press_key(KEYS["H"], SHIFT) is None
    assert keys.release_key(KEYS["H"]) == "overlay.hide"
    assert keys.release_key(KEYS["H"]) is None


def test_keys_whose_release_was_lost_can_be_pressed_again() -> None:
    keys = keyboard()
    keys.press_key(KEYS["H"], NONE)
    keys.press_key(KEYS["P"], NONE)
    assert keys.release_lost_keys(lambda key: key == KEYS["P"]) == ["overlay.hide"]
    assert keys.press_key(KEYS["H"], NONE) == "overlay.hide"


def test_chords_that_cannot_be_read_are_reported_and_the_others_work() -> None:
    keys = Keyboard(registry())
    wrong = keys.bind({"play.toggle": "Hyper+Q", "edit.undo": "Ctrl+Z", "no.such": "X"})
    assert len(wrong) == 1
    assert "Hyper+Q" in wrong[0]
    assert keys.press_key(KEYS["Z"], CTRL) == "edit.undo"
    assert keys.press_key(KEYS["X"], NONE) is None


def test_conflicts_name_the_chord_and_both_actions() -> None:
    clashing = chords_of("eiseg", {"play.toggle": "Space P"})
    assert conflicts(clashing) == {"Space": ("mask.finish", "play.toggle")}


@given(st.lists(st.tuples(st.sampled_from(sorted(KEYS.values())), st.booleans()), max_size=60))
def test_an_action_that_does_not_repeat_needs_a_release_in_between(strokes: list[tuple[int, bool]]) -> None:
    keys, down = keyboard(), set[int]()
    for key, is_press in strokes:
        if is_press:
            identity = keys.press_key(key, NONE)
            assert identity is None or registry()[identity].repeats or key not in down
            down.add(key)
        else:
            keys.release_key(key)
            down.discard(key)
