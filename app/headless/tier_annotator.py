"""The library for tiers: phases, intervals and points in time beside the masks."""

from collections.abc import Iterable
from pathlib import Path
from typing import SupportsIndex

from app.domain.errors import ImportMasksError, UsageError
from app.domain.tier import KEYS, Interval, Term, Tier, TierKind
from app.headless.base import BaseAnnotator, serialized
from app.headless.validation import as_choice, as_frame, as_path
from app.messages import events as ev
from app.session.tiers import spell_tier
from app.storage.importers.import_registry import TIER_SUFFIXES


class TierAnnotator(BaseAnnotator):
    """The part of an Annotator that says what happens when."""

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The tiers of the sequence."""
        return self.client.read_state(lambda state: state.sequence.tiers.tiers)

    @property
    def intervals(self) -> tuple[Interval, ...]:
        """What happens on the tiers, in order of the first frames."""
        return self.client.read_state(lambda state: state.sequence.tiers.intervals)

    @serialized
    def add_tier(self, name: str, terms: Iterable[str], kind: TierKind = "intervals") -> Tier:
        """Add a tier, or change the terms of the one of that name; terms in use stay.

        kind: of "phases" at most one goes on at a time, "intervals" may overlap, "points" are one frame long.
        Raises UsageError for an empty name, no terms or too many.
        """
        _ = self.sequence
        as_choice(kind, TierKind, "kind of tier")
        if isinstance(terms, str) or not isinstance(terms, Iterable):
            raise UsageError("The terms must be a list of names.", subject=repr(terms))
        texts = [name, *terms]
        if len(texts) < 2 or not all(isinstance(text, str) and spell_tier(text) for text in texts):
            raise UsageError("A tier and its terms must have names.", subject=repr(texts))
        self.client.post(ev.TierAdded(Tier(name, kind, tuple(Term(text, "") for text in texts[1:]))))
        made = next((tier for tier in self.tiers if tier.name == spell_tier(name)), None)
        if made is None:
            raise UsageError(f"There are more than {len(KEYS)} terms.", subject=name)
        return made

    @serialized
    def delete_tier(self, name: str) -> None:
        """Delete a tier with its intervals. Raises UsageError where there is none of that name."""
        self.client.post(ev.TierDeleted(self._tier(name).name))

    @serialized
    def add_interval(
        self, tier: str, term: str, first: SupportsIndex, last: SupportsIndex | None = None
    ) -> None:
        """Say that something happens from a first to a last frame, both within; without a last one, on the first.

        A phase takes its frames from those that are there. Raises UsageError for an unknown tier or term, a point
        that is longer than a frame, or no frames.
        """
        info, found = self.sequence, self._tier(tier)
        if term not in {known.name for known in found.terms}:
            known = ", ".join(known.name for known in found.terms)
            raise UsageError(
                f"The tier {tier} has no such term.", subject=repr(term), remedy=f"Choose one of {known}."
            )
        start = as_frame(first, info)
        stop = start + 1 if last is None else as_frame(last, info) + 1
        if stop <= start or (found.kind == "points" and stop > start + 1):
            raise UsageError(f"These are no frames for {found.kind}.", subject=f"{start} to {stop - 1}")
        self.client.post(ev.IntervalAdded(tier, term, start, stop))

    @serialized
    def load_intervals(self, path: str | Path) -> tuple[str, ...]:
        """Add the tiers and intervals of a file as one edit: of export("intervals"), save_tiers or ELAN.

        Bad rows and what lies beyond the sequence are left out; warnings name them. Raises ImportMasksError for any
        other file.
        """
        _ = self.sequence
        place = as_path(path)
        if place.suffix.lower() not in TIER_SUFFIXES:
            known = ", ".join(sorted(TIER_SUFFIXES))
            raise ImportMasksError(
                "The intervals cannot be read: it is no such file.",
                subject=place,
                remedy=f"Give one of {known}.",
            )
        return self.client.import_masks(place)

    @serialized
    def save_tiers(self, path: str | Path) -> None:
        """Write the tiers with their terms and keys as JSON, without intervals, for load_intervals elsewhere.

        Raises UsageError where there is no tier, ExportError or StorageFull.
        """
        _ = self.sequence
        if not self.tiers:
            raise UsageError("There is no tier yet.", remedy="Add one first.")
        self.client.save_tiers(as_path(path))

    @serialized
    def delete_interval(self, interval: Interval) -> None:
        """Delete an interval. Raises UsageError where it is none of the sequence."""
        if interval not in self.intervals:
            raise UsageError("There is no such interval.", subject=repr(interval))
        self.client.post(ev.IntervalChanged(interval, None))

    def _tier(self, name: str) -> Tier:
        found = next((tier for tier in self.tiers if tier.name == name), None)
        if found is None:
            known = ", ".join(tier.name for tier in self.tiers) or "none yet"
            raise UsageError("There is no such tier.", subject=repr(name), remedy=f"There is {known}.")
        return found
