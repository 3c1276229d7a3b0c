"""The functions of the views behind the actions of tiers."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from app.actions.bindings import Command
from app.domain.tier import KINDS, Interval, Tier, TierKind, TierTable, tier_from_text, tier_text
from app.messages import events as ev
from app.views.dialogs.prompts import LinePrompt
from app.views.dialogs.quick_pick import QuickPick
from app.views.toolkit.virtual_list import Row
from app.views.workbench import Workbench

_KINDS = {
    "phases": "one at a time, a key ends the one before too",
    "intervals": "may overlap; a key begins one and ends it",
    "points": "a key marks one frame",
}


class TierCommands:
    """Asks for tiers and their terms, and changes what is marked."""

    def __init__(self, bench: Workbench, quick_pick: QuickPick, line: LinePrompt) -> None:
        self._bench, self._quick_pick, self._line, self._post = bench, quick_pick, line, bench.post

    def commands(self) -> dict[str, Command]:
        """Return the commands by action id."""
        return {
            "tier.add": self._add,
            "tier.change": lambda: self._ask_for_tier("Change the terms of", self._change),
            "tier.delete": lambda: self._ask_for_tier("Delete", self._delete_tier),
            "interval.relabel": lambda: self._ask_here("Another term for", self._relabel),
            "interval.start": lambda: self._ask_all("Starts on this frame", self._start),
            "interval.stop": lambda: self._ask_all("Ends with this frame", self._stop),
            "interval.delete": lambda: self._ask_here("Delete", self._delete),
            "interval.unmasked": lambda: self._ask_for_term(
                "Next frame without a mask in", lambda found: self._post(ev.UnmaskedStepped(*found))
            ),
            "interval.sheet": self._filter_sheet,
            "interval.list": lambda: self._ask_all("Intervals", self._show),
        }

    @property
    def _table(self) -> TierTable:
        return self._bench.snapshot.sequence.tiers

    @property
    def _frame(self) -> int:
        return self._bench.snapshot.sequence.frame

    def _add(self) -> None:
        rows: list[Row[TierKind]] = [Row((f"{kind}: {_KINDS[kind]}", ""), kind) for kind in KINDS]
        self._quick_pick.ask_for_choice(
            "New tier of", "phases, intervals or points", rows, lambda kind: self._ask_for_text(kind, "")
        )

    def _change(self, tier: Tier) -> None:
        self._ask_for_text(tier.kind, tier_text(tier))

    def _ask_for_text(self, kind: TierKind, text: str) -> None:
        def take(line: str) -> None:
            tier = tier_from_text(line, kind)
            if tier is None:
                self._post(
                    ev.Noticed("error", "Write it as name: term, term. A key may stand before: d=dissection.")
                )
            else:
                self._post(ev.TierAdded(tier))

        self._line.ask_for_text(f"Tier of {kind}, such as phase: preparation, d=dissection", text, take)

    def _ask_for_tier(self, title: str, take: Callable[[Tier], None]) -> None:
        rows = [Row((tier_text(tier), tier.kind), tier) for tier in self._table.tiers]
        self._quick_pick.ask_for_choice(title, "Part of its name", rows, take)

    def _delete_tier(self, tier: Tier) -> None:
        self._post(ev.TierDeleted(tier.name))

    def _ask_here(self, title: str, take: Callable[[Interval], None]) -> None:
        """Ask for an interval on the frame; a single one is taken at once."""
        here = [interval for interval in self._table.intervals if interval.is_on(self._frame)]
        if len(here) == 1:
            take(here[0])
        else:
            self._ask(title, here, take)

    def _ask_all(self, title: str, take: Callable[[Interval], None]) -> None:
        """Ask for any interval, those nearest to the frame first."""
        nearest = sorted(self._table.intervals, key=lambda interval: abs(interval.start - self._frame))
        self._ask(title, nearest, take)

    def _ask(self, title: str, found: Iterable[Interval], take: Callable[[Interval], None]) -> None:
        rows = [Row((f"{one.tier}: {one.term}", one.place, one.author), one) for one in found]
        self._quick_pick.ask_for_choice(title, "Part of a term, or a frame", rows, take)

    def _filter_sheet(self) -> None:
        if self._bench.snapshot.sheet.term is not None:
            self._post(ev.SheetFiltered(None))
        else:
            self._ask_for_term("Frames without a mask in", lambda found: self._post(ev.SheetFiltered(found)))

    def _ask_for_term(self, title: str, take: Callable[[tuple[str, str]], None]) -> None:
        """Ask for a tier and term in use, those on the frame first, so that Enter goes on with one."""
        ordered = sorted(self._table.intervals, key=lambda one: not one.is_on(self._frame))
        rows = [
            Row((term, tier), (tier, term)) for tier, term in dict.fromkeys((o.tier, o.term) for o in ordered)
        ]
        self._quick_pick.ask_for_choice(title, "Part of a term", rows, take)

    def _relabel(self, interval: Interval) -> None:
        tier = self._table.tier(interval.tier)
        rows = [Row((term.name, term.key), term.name) for term in tier.terms] if tier is not None else []
        self._quick_pick.ask_for_choice(
            f"In place of {interval.term}",
            "Part of a term",
            rows,
            lambda name: self._post(ev.IntervalChanged(interval, replace(interval, term=name))),
        )

    def _start(self, interval: Interval) -> None:
        stop = interval.stop if interval.stop is None else max(interval.stop, self._frame + 1)
        self._post(ev.IntervalChanged(interval, replace(interval, start=self._frame, stop=stop)))

    def _stop(self, interval: Interval) -> None:
        tier = self._table.tier(interval.tier)
        is_point = tier is not None and tier.kind == "points"
        start = self._frame if is_point else min(interval.start, self._frame)
        self._post(ev.IntervalChanged(interval, replace(interval, start=start, stop=self._frame + 1)))

    def _delete(self, interval: Interval) -> None:
        self._post(ev.IntervalChanged(interval, None))

    def _show(self, interval: Interval) -> None:
        self._post(ev.FrameRequested(interval.start))
