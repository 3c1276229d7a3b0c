"""Chords are written, read back and matched to what the keyboard reports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.actions.key_chords import KEYS, MODIFIERS, Chord, chord_of_key, parse_all, parse_chord
from app.domain.errors import UsageError

chords = st.builds(Chord, st.sampled_from(sorted(KEYS.values())), st.frozensets(st.sampled_from(MODIFIERS)))


@given(st.lists(chords, max_size=4).map(tuple))
def test_what_is_written_is_read_back(wanted: tuple[Chord, ...]) -> None:
    assert parse_all(" ".join(map(str, wanted))) == wanted


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("ctrl+shift+s", "Ctrl+Shift+S"),
        ("Shift+Ctrl+s", "Ctrl+Shift+S"),
        ("?", "Shift+/"),
        ("Ctrl++", "Ctrl+="),
        ("Esc", "Escape"),
        ("pgup", "PageUp"),
        ("space", "Space"),
    ],
)
def test_people_may_write_chords_loosely(text: str, written: str) -> None:
    assert str(parse_chord(text)) == written


@pytest.mark.parametrize("text", ["", "Ctrl+", "Hyper+A", "Ctrl+Nokey", "A+B"])
def test_nonsense_is_refused_with_a_remedy(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_chord(text)
    assert caught.value.remedy


def test_the_keypad_counts_as_the_keys_it_stands_for() -> None:
    assert chord_of_key(627, frozenset()) == parse_chord("Enter")
    assert chord_of_key(615, frozenset()) == parse_chord("3")
    assert chord_of_key(626, frozenset({"Ctrl"})) == parse_chord("Ctrl++")
