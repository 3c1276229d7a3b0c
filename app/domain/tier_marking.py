"""What pressing a term's key on a frame makes of a table. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from app.domain.tier import Interval, Term, Tier, TierTable, sort_intervals

MOST_LAID: Final = 1000  # phases; a second's work on the event loop's thread, by estimate


def press_term(table: TierTable, tier: Tier, term: Term, frame: int, author: str = "") -> TierTable:
    """Return the table after a term's key was pressed while a frame was on the screen.

    A point is marked on the frame. An interval that goes on ends with the frame, otherwise one begins there. A phase
    begins there and ends the one before; pressed again, it ends with the frame.
    """
    if tier.kind == "points":
        return add_interval(table, tier, Interval(tier.name, term.name, frame, frame + 1, author))
    own = [one for one in table.on(tier.name) if one.term == term.name]
    if tier.kind == "phases":
        own = [one for one in own if one.is_on(frame)]
    running = [one for one in own if one.is_going_on]
    if running:
        return _end(table, running[-1], frame)
    if tier.kind == "phases" and own:
        return table
    return add_interval(table, tier, Interval(tier.name, term.name, frame, None, author))


def add_interval(table: TierTable, tier: Tier, interval: Interval) -> TierTable:
    """Return the table with another interval; points are one frame, phases that a phase meets are cut back or go."""
    others = table.intervals
    if tier.kind == "points":
        interval = replace(interval, stop=interval.start + 1)
    if tier.kind == "phases":
        later = [one.start for one in table.on(tier.name) if one.start > interval.start]
        if interval.stop is None and later:
            interval = replace(interval, stop=min(later))
        others = tuple(
            part for one in others for part in (_outside(one, interval) if one.tier == tier.name else (one,))
        )
    if any(replace(one, author=interval.author) == interval for one in others):
        return replace(table, intervals=others)
    return replace(table, intervals=sort_intervals((*others, interval)))


def add_intervals(table: TierTable, tier: Tier, intervals: Sequence[Interval]) -> TierTable:
    """Return the table with many intervals of a tier; what is there already stays, with its author.

    Raises ValueError for more phases that meet others than can be laid one over the other in a moment.
    """
    if tier.kind == "phases" and (table.on(tier.name) or _overlap(intervals)):
        if len(intervals) > MOST_LAID:
            raise ValueError(f"more than {MOST_LAID} phases meet others")
        for interval in intervals:
            table = add_interval(table, tier, interval)
        return table
    known = {replace(one, author="") for one in table.intervals}
    if tier.kind == "points":
        intervals = [replace(one, stop=one.start + 1) for one in intervals]
    fresh = [one for one in intervals if replace(one, author="") not in known]
    return replace(table, intervals=sort_intervals((*table.intervals, *fresh)))


def _overlap(phases: Sequence[Interval]) -> bool:
    ordered = sort_intervals(phases)
    return any(one.stop is None or one.stop > after.start for one, after in pairwise(ordered))


def replace_interval(table: TierTable, before: Interval, after: Interval | None) -> TierTable:
    """Return the table with an interval in place of another one, or without it; the same where there is none."""
    tier = table.tier(before.tier if after is None else after.tier)
    if before not in table.intervals or tier is None:
        return table
    rest = replace(table, intervals=tuple(one for one in table.intervals if one != before))
    return rest if after is None else add_interval(rest, tier, after)


def _end(table: TierTable, interval: Interval, frame: int) -> TierTable:
    """End an interval with a frame, which may lie before its first one."""
    first, last = sorted((interval.start, frame))
    ended = replace(interval, start=first, stop=last + 1)
    return replace_interval(table, interval, ended)


def _outside(phase: Interval, taken: Interval) -> tuple[Interval, ...]:
    """Return what is left of a phase beside another one."""
    parts = []
    if phase.start < taken.start:
        ends_before = phase.stop is not None and phase.stop <= taken.start
        parts.append(phase if ends_before else replace(phase, stop=taken.start))
    if taken.stop is not None and (phase.stop is None or phase.stop > taken.stop):
        parts.append(replace(phase, start=max(phase.start, taken.stop)))
    return tuple(parts)
