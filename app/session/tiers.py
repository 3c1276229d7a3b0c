"""Handlers of tiers and of what happens on them; each change is an edit."""

from dataclasses import replace

from app.domain.history import Edit
from app.domain.tier import (
    LONGEST_NAME,
    TAKE_OVER_TITLE,
    Interval,
    Tier,
    TierChange,
    TierTable,
    change_between,
)
from app.domain.tier_marking import add_interval, press_term, replace_interval
from app.domain.tier_merging import merge_tiers, put_tier
from app.domain.unmasked_frames import masked_frames, unmasked_frames
from app.files.odd_names import clean_text
from app.messages import events as ev
from app.messages.orders import Order, Record
from app.messages.tier_orders import KeepTiers, SaveTiers
from app.session import navigation
from app.session.state import State


def on_tier_added(state: State, event: ev.TierAdded) -> list[Order]:
    """Add a tier, or change the terms of the one of that name; terms in use stay."""
    table = state.sequence.tiers
    try:
        after = put_tier(table, _spelled(event.tier))
    except ValueError as error:
        state.add_toast("error", f"The tier {event.tier.name} was not added: {error}.")
        return []
    return _commit(state, after, "Add tier" if len(after.tiers) > len(table.tiers) else "Change tier")


def _spelled(tier: Tier) -> Tier:
    terms = tuple(replace(term, name=spell_tier(term.name)) for term in tier.terms)
    return replace(tier, name=spell_tier(tier.name), terms=terms)


def spell_tier(text: str) -> str:
    """Return the name of a tier or term as it is kept."""
    return clean_text(text).strip()[:LONGEST_NAME]


def on_recalled(state: State, event: ev.TiersRecalled) -> list[Order]:
    """Offer the tiers of an earlier start to sequences of their kind."""
    state.tiers_by_kind[event.kind] = event.tiers
    return []


def on_save(state: State, event: ev.TiersSaveRequested) -> list[Order]:
    """Write the tiers, without intervals."""
    if not state.sequence.tiers.tiers:
        state.add_toast("warning", "There is no tier yet: add one first.")
        return []
    return [SaveTiers(event.path)]


def take_over(state: State) -> list[Order]:
    """Give a sequence without tiers those last used for its kind; no step of undo."""
    table, kind = state.sequence.tiers, state.label_kind
    if table.tiers:
        state.tiers_by_kind[kind] = table.tiers
        return []
    known = state.tiers_by_kind.get(kind, ())
    if not known or state.sequence.signed_off is not None:
        return []
    edit = Edit(state.next_edit, TAKE_OVER_TITLE, tiers=TierChange(tiers=((), known)))
    state.next_edit += 1
    state.apply(edit)
    return [Record(edit, "done")]


def keep(state: State, edit: Edit) -> list[Order]:
    """Remember the tiers for later sequences where an edit has changed them."""
    if edit.tiers is None or edit.tiers.tiers is None:
        return []
    tiers, kind = state.sequence.tiers.tiers, state.label_kind
    state.tiers_by_kind[kind] = tiers
    return [KeepTiers(tiers, kind)]


def merge_imported(state: State, imported: TierTable) -> tuple[TierTable, tuple[str, ...]]:
    """Return the table with tiers and intervals of a file, and what there is to say.

    What lies beyond the sequence is left out, and counted. An error leaves the table as it is.
    """
    frames = state.sequence.info.frames if state.sequence.info is not None else 0
    try:
        table, left_out = merge_tiers(state.sequence.tiers, imported, frames)
    except ValueError as error:
        return state.sequence.tiers, (f"The intervals cannot be imported: {error}.",)
    if not left_out:
        return table, ()
    noun = "1 interval is" if left_out == 1 else f"{left_out} intervals are"
    return table, (f"{noun} left out: beyond the sequence, or of no term of the tier.",)


def on_tier_deleted(state: State, event: ev.TierDeleted) -> list[Order]:
    """Delete a tier with its intervals."""
    table = state.sequence.tiers
    tiers = tuple(tier for tier in table.tiers if tier.name != event.name)
    intervals = tuple(one for one in table.intervals if one.tier != event.name)
    return _commit(state, TierTable(tiers, intervals), "Delete tier")


def on_marking(state: State, _event: ev.MarkingToggled) -> list[Order]:
    """Let the keys of terms mark what happens, or not any more."""
    is_on = not state.sequence.marking and bool(state.sequence.tiers.tiers)
    state.sequence = replace(state.sequence, marking=is_on)
    return []


def on_pressed(state: State, event: ev.TermPressed) -> list[Order]:
    """Mark, begin or end what a term stands for; the frame is the one that was on the screen."""
    table = state.sequence.tiers
    tier = table.tier(event.tier)
    term = next((one for one in tier.terms if one.name == event.term), None) if tier is not None else None
    if tier is None or term is None or not _is_frame(state, event.frame):
        return []
    after = press_term(table, tier, term, event.frame, state.operator)
    return _commit(state, after, f"Mark {term.name}")


def on_added(state: State, event: ev.IntervalAdded) -> list[Order]:
    """Add an interval on a tier that is there."""
    table, stop = state.sequence.tiers, event.stop
    tier = table.tier(event.tier)
    if tier is None or event.term not in {term.name for term in tier.terms}:
        return []
    last = event.start if stop is None else stop - 1
    if last < event.start or not _is_frame(state, event.start) or not _is_frame(state, last):
        return []
    made = Interval(tier.name, event.term, event.start, stop, state.operator)
    return _commit(state, add_interval(table, tier, made), f"Mark {event.term}")


def on_changed(state: State, event: ev.IntervalChanged) -> list[Order]:
    """Change an interval, or delete it."""
    after = event.after
    if after is not None and after.stop is not None and after.stop <= after.start:
        return []
    title = "Delete interval" if after is None else "Change interval"
    return _commit(state, replace_interval(state.sequence.tiers, event.before, after), title)


def on_unmasked(state: State, event: ev.UnmaskedStepped) -> list[Order]:
    """Go to the next frame of a term without a mask, after the last one to the first; say where there is none."""
    found = frames_without_mask(state, event.tier, event.term)
    if not found:
        state.add_toast("info", f"Every frame of {event.term} has a mask.")
        return []
    target = next((frame for frame in found if frame > state.sequence.frame), found[0])
    return navigation.on_requested(state, ev.FrameRequested(target))


def frames_without_mask(state: State, tier: str, term: str) -> tuple[int, ...]:
    """Return the frames on which a term goes on and no object has a mask, in order."""
    if state.sequence.info is None:
        return ()
    statuses = (state.track_of(item).statuses for item in state.sequence.objects)
    masked = masked_frames(statuses, state.sequence.info.frames)
    return unmasked_frames(state.sequence.tiers, tier, term, masked)


def _is_frame(state: State, frame: int) -> bool:
    return state.sequence.info is not None and 0 <= frame < state.sequence.info.frames


def _commit(state: State, after: TierTable, title: str) -> list[Order]:
    change = change_between(state.sequence.tiers, after)
    if change is None or state.sequence.info is None:
        return []
    edit = Edit(state.next_edit, title, tiers=change)
    return [*state.commit(edit), *keep(state, edit)]
