"""Tiers and intervals as plain data, for the journal and for JSON. Pure."""

from collections.abc import Iterable

from app.domain.tier import KINDS, Interval, Term, Tier, TierChange, TierTable, sort_intervals


def tiers_to_wire(tiers: Iterable[Tier]) -> list[object]:
    """Return tiers as plain data."""
    return [[tier.name, tier.kind, [[term.name, term.key] for term in tier.terms]] for tier in tiers]


def tiers_from_wire(wire: object) -> tuple[Tier, ...]:
    """Return the tiers of plain data; what is none is left out."""
    return tuple(tier for row in _rows(wire) if (tier := _tier(row)))


def intervals_to_wire(intervals: Iterable[Interval]) -> list[object]:
    """Return intervals as plain data."""
    return [[one.tier, one.term, one.start, one.stop, one.author] for one in intervals]


def intervals_from_wire(wire: object) -> tuple[Interval, ...]:
    """Return the intervals of plain data; what is none is left out."""
    return tuple(interval for row in _rows(wire) if (interval := _interval(row)))


def table_from_wire(tiers: object, intervals: object) -> TierTable:
    """Return the table of plain data."""
    return TierTable(tiers_from_wire(tiers), sort_intervals(intervals_from_wire(intervals)))


def change_to_wire(change: TierChange) -> tuple[list[object], list[object]]:
    """Return what a change takes away and what it brings, as plain data."""
    before, after = (None, None) if change.tiers is None else map(tiers_to_wire, change.tiers)
    return [before, intervals_to_wire(change.removed)], [after, intervals_to_wire(change.added)]


def change_from_wire(before: object, after: object) -> TierChange:
    """Return the change of plain data. Raises ValueError where it is none."""
    match before, after:
        case [old, list(removed)], [new, list(added)]:
            tiers = None if old is None or new is None else (tiers_from_wire(old), tiers_from_wire(new))
            return TierChange(intervals_from_wire(removed), intervals_from_wire(added), tiers)
    raise ValueError("this is no change of tiers")


def _rows(wire: object) -> list[object]:
    return wire if isinstance(wire, list) else []


def _tier(row: object) -> Tier | None:
    match row:
        case [str(name), str(kind), list(terms)] if kind in KINDS:
            found = [Term(term[0], term[1]) for term in terms if _is_term(term)]
            return Tier(name, next(one for one in KINDS if one == kind), tuple(found))
    return None


def _is_term(row: object) -> bool:
    match row:
        case [str(), str()]:
            return True
    return False


def _interval(row: object) -> Interval | None:
    match row:
        case [str(tier), str(term), int(start), int() | None as stop, str(author)]:
            return Interval(tier, term, start, stop, author) if stop is None or stop > start else None
    return None
