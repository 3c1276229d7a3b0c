"""Fuzzy search: ranks names by how well typed letters match them. Pure."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

# Points for a letter at the beginning of a word, right after the letter before, and at the beginning of the text;
# any other letter counts 1. Chosen by hand, so that initials and beginnings win over scattered letters.
_WORD, _RUN, _FIRST = 8.0, 5.0, 10.0


def score(query: str, text: str) -> float | None:
    """Return how well the letters of a query, in their order, match a text; None when they do not.

    Letters at the beginning of words and letters in a row count more; a shorter text wins over a longer one.
    """
    wanted, found = query.casefold().replace(" ", ""), text.casefold()
    best = max((_from(wanted, found, start) for start in _starts(wanted, found)), default=None)
    if not wanted:
        return -len(text) / 100
    return best - len(text) / 100 if best is not None and best > float("-inf") else None


def best_matches(query: str, items: Iterable[T], name: Callable[[T], str]) -> list[T]:
    """Return the items that match, best first; all in their own order for an empty query."""
    if not query.strip():
        return list(items)
    scored = ((score(query, name(item)), position, item) for position, item in enumerate(items))
    matching = [(-value, position, item) for value, position, item in scored if value is not None]
    return [item for _, _, item in sorted(matching, key=lambda entry: entry[:2])]


def _starts(wanted: str, found: str) -> list[int]:
    return [index for index, letter in enumerate(found) if wanted and letter == wanted[0]]


def _from(wanted: str, found: str, start: int) -> float:
    """Return the score when every letter is matched at its next place, the first one at start."""
    value, place = 0.0, start
    for position, letter in enumerate(wanted):
        index = found.find(letter, place)
        if index < 0:
            return float("-inf")
        begins_word = index == 0 or not found[index - 1].isalnum()
        value += 1 + (_WORD if begins_word else 0) + (_RUN if position and index == place else 0)
        value += _FIRST if index == 0 else 0
        place = index + 1
    return value
