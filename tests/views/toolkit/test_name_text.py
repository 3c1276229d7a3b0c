"""Right-to-left names are joined and in order; others stay as they are."""

from __future__ import annotations

import pytest

from app.views.toolkit.name_text import shape_text


@pytest.mark.parametrize("text", ["liver 2", "Größe", "左手", "🙂 polyp", ""])
def test_other_scripts_stay_as_they_are(text: str) -> None:
    assert shape_text(text) is text


def test_hebrew_is_drawn_from_the_right() -> None:
    assert shape_text("שלום") == "םולש"
    assert shape_text("#1  שלום") == "םולש  #1" or shape_text("#1  שלום").endswith("םולש")


def test_arabic_letters_are_joined() -> None:
    shaped = shape_text("كبد")
    assert len(shaped) == 3
    assert all("\ufe70" <= letter <= "\ufeff" for letter in shaped)


def test_lines_stay_lines() -> None:
    assert shape_text("שלום\nliver").splitlines()[1] == "liver"
