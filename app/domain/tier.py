"""Tiers: what happens when, beside the masks: phases, intervals and points in time. Pure data.

A tier with a vocabulary of terms and intervals on it, as in ELAN and Praat.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, get_args

TierKind = Literal["phases", "intervals", "points"]
KINDS: tuple[TierKind, ...] = get_args(TierKind)
KEYS = "1234567890qwertyuiopasdfghjklzxcvbnm"  # of terms, in the order in which they are given out
# Of the edit that gives a sequence the tiers of another one. It is no work of a person.
TAKE_OVER_TITLE = "Take over tiers"
LONGEST_NAME = 60  # characters of a tier's or term's name


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that happens, and the key that marks it."""

    name: str
    key: str  #: one of KEYS, no other term's of the sequence


@dataclass(frozen=True, slots=True)
class Tier:
    """Things that happen one beside the other.

    Of phases at most one goes on at a time; intervals of several terms may overlap; a point is one frame.
    """

    name: str
    kind: TierKind
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """Something that happens on frames [start, stop)."""

    tier: str
    term: str
    start: int
    stop: int | None  #: None while it goes on
    author: str = ""

    def is_on(self, frame: int) -> bool:
        """Return whether a frame is within it."""
        return self.start <= frame and (self.stop is None or frame < self.stop)

    @property
    def place(self) -> str:
        """Its frames, in words."""
        if self.stop is None:
            return f"from frame {self.start} on"
        return (
            f"frame {self.start}"
            if self.stop == self.start + 1
            else f"frames {self.start} to {self.stop - 1}"
        )

    @property
    def is_going_on(self) -> bool:
        """Whether it has no end yet."""
        return self.stop is None


@dataclass(frozen=True, slots=True)
class TierTable:
    """All tiers of a sequence, and what happens on them."""

    tiers: tuple[Tier, ...] = ()
    intervals: tuple[Interval, ...] = ()  #: in order of their first frames

    def tier(self, name: str) -> Tier | None:
        """Return the tier of a name."""
        return next((tier for tier in self.tiers if tier.name == name), None)

    def on(self, tier: str) -> tuple[Interval, ...]:
        """Return the intervals on a tier."""
        return tuple(interval for interval in self.intervals if interval.tier == tier)

    def term_of_key(self, key: str) -> tuple[Tier, Term] | None:
        """Return the term that a key marks, with its tier."""
        found = ((tier, term) for tier in self.tiers for term in tier.terms if term.key == key)
        return next(found, None)

    def changed(self, change: TierChange) -> TierTable:
        """Return the table after a change."""
        tiers = self.tiers if change.tiers is None else change.tiers[1]
        gone = set(change.removed)
        kept = (interval for interval in self.intervals if interval not in gone)
        return TierTable(tiers, sort_intervals((*kept, *change.added)))


@dataclass(frozen=True, slots=True)
class TierChange:
    """What an edit does to a table: only what differs, since hundreds of edits are kept."""

    removed: tuple[Interval, ...] = ()
    added: tuple[Interval, ...] = ()
    tiers: tuple[tuple[Tier, ...], tuple[Tier, ...]] | None = None  #: before and after, None if unchanged

    @property
    def inverse(self) -> TierChange:
        """The change that takes this one back."""
        return TierChange(self.added, self.removed, self.tiers and (self.tiers[1], self.tiers[0]))


def change_between(before: TierTable, after: TierTable) -> TierChange | None:
    """Return what leads from one table to another, None where they are equal."""
    if before == after:
        return None
    known, wanted = set(before.intervals), set(after.intervals)
    return TierChange(
        tuple(interval for interval in before.intervals if interval not in wanted),
        tuple(interval for interval in after.intervals if interval not in known),
        None if before.tiers == after.tiers else (before.tiers, after.tiers),
    )


def sort_intervals(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Return intervals once each, in order of their first frames."""
    return tuple(sorted(set(intervals), key=lambda one: (one.start, one.tier, one.term, one.stop or 0)))


def tier_text(tier: Tier) -> str:
    """Return a tier as a line of text, which tier_from_text reads."""
    return f"{tier.name}: " + ", ".join(f"{term.key}={term.name}" for term in tier.terms)


def tier_from_text(text: str, kind: TierKind) -> Tier | None:
    """Return the tier of a line such as "phase: preparation, d=dissection"; None where a name is missing."""
    name, _, rest = text.partition(":")
    terms = []
    for part in filter(str.strip, rest.split(",")):
        key, has_key, term = part.strip().partition("=")
        is_key = bool(has_key) and key.strip().lower() in KEYS and len(key.strip()) == 1
        terms.append(Term(term.strip(), key.strip().lower()) if is_key else Term(part.strip(), ""))
    is_complete = bool(name.strip()) and bool(terms) and all(term.name for term in terms)
    return Tier(name.strip(), kind, tuple(terms)) if is_complete else None


def give_keys(terms: Iterable[Term], taken: Iterable[str]) -> tuple[Term, ...]:
    """Return terms, those without a key or with a taken one with the next free key.

    Raises ValueError when there are more terms than keys.
    """
    used, given = set(taken), list[Term]()
    for term in terms:
        is_free = len(term.key) == 1 and term.key in KEYS and term.key not in used
        key = term.key if is_free else next_key(used)
        if not key:
            raise ValueError(f"there are only {len(KEYS)} keys for terms")
        given.append(replace(term, key=key))
        used.add(key)
    return tuple(given)


def next_key(taken: Iterable[str]) -> str:
    """Return the first key that is not taken, "" where all are."""
    used = set(taken)
    return next((key for key in KEYS if key not in used), "")
