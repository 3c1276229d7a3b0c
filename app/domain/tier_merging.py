"""Tiers of two tables, or of a table and a file, brought together. Pure."""

from dataclasses import replace

from app.domain.journal_merging import Conflict
from app.domain.tier import LONGEST_NAME, Interval, Term, Tier, TierTable, give_keys
from app.domain.tier_marking import add_intervals


def put_tier(table: TierTable, wanted: Tier) -> TierTable:
    """Return the table with a tier in place of the one of its name, or after the others; the same without a name.

    Terms in use stay, and so does the kind where there are intervals. Raises ValueError for more terms than keys.
    """
    name = wanted.name.strip()[:LONGEST_NAME]
    if not name:
        return table
    terms = {term.name.strip()[:LONGEST_NAME]: term.key for term in wanted.terms if term.name.strip()}
    for interval in table.on(name):
        terms.setdefault(interval.term, "")
    taken = [term.key for tier in table.tiers if tier.name != name for term in tier.terms]
    made = Tier(name, wanted.kind, give_keys([Term(*pair) for pair in terms.items()], taken))
    before = table.tier(name)
    if before is None:
        return replace(table, tiers=(*table.tiers, made))
    made = replace(made, kind=before.kind if table.on(name) else made.kind)
    return replace(table, tiers=tuple(made if tier.name == name else tier for tier in table.tiers))


def merge_tiers(
    ours: TierTable, theirs: TierTable, frames: int, conflict: Conflict = "take"
) -> tuple[TierTable, int]:
    """Return ours with their tiers, terms and intervals, and how many intervals were left out: beyond the sequence.

    Tiers and terms are the same where their names are; ours keep keys and kind. frames: of the sequence. conflict:
    whose phase stays where both have one. Raises ValueError for more terms than keys, or too many phases.
    """
    merged, left_out = ours, len(theirs.intervals)
    for tier in theirs.tiers:
        known = ours.tier(tier.name)
        if known is not None:
            names = {term.name for term in known.terms}
            terms = (*known.terms, *(term for term in tier.terms if term.name not in names))
            tier = replace(known, terms=terms)
        merged = put_tier(merged, tier)
    for tier in merged.tiers:
        found = [one for one in theirs.on(tier.name) if _fits(one, tier, frames)]
        left_out -= len(found)
        if tier.kind == "phases" and conflict == "keep":
            rest = tuple(one for one in merged.intervals if one.tier != tier.name)
            laid = add_intervals(replace(merged, intervals=rest), tier, found)
            merged = add_intervals(laid, tier, merged.on(tier.name))
        else:
            merged = add_intervals(merged, tier, found)
    return merged, left_out


def _fits(interval: Interval, tier: Tier, frames: int) -> bool:
    """Whether an interval has frames of the sequence and a term of its tier."""
    last = interval.start if interval.stop is None else interval.stop - 1
    return interval.term in {term.name for term in tier.terms} and 0 <= interval.start <= last < frames
