"""Tiers of a scan that is sliced in another direction, or whose frames follow each other in another order. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from app.domain.frame_order import FrameOrder, frame_runs
from app.domain.tier import Interval, Term, Tier, TierTable, next_key, sort_intervals


class _Kind(NamedTuple):
    """What intervals have in common that may become one."""

    tier: str
    term: str
    author: str


class Slicing(NamedTuple):
    """How a scan is sliced: in which direction, and how the slices follow each other."""

    direction: str
    order: FrameOrder


_Frames = Mapping[_Kind, set[int]]


def turn_tiers(
    found: TierTable, own: TierTable, before: FrameOrder, after: FrameOrder, *, same_slices: bool
) -> TierTable:
    """Return the table of the direction that is turned to. found: of the one that is left. own: what is there already.

    Tiers and terms are the same in every direction. Where the slices are the same, each keeps what happens on it; in
    another direction whole time points do, and what own says of single frames stays. Intervals of own that say the
    same stay as they are, so that turning there and back changes nothing.
    """
    said, known = _frames_of(found, before), _frames_of(own, after)
    if same_slices:
        wanted: _Frames = {kind: {_moved(frame, before, after) for frame in on} for kind, on in said.items()}
    else:
        whole = {kind: _frames_at(_times(on, before), after) for kind, on in said.items()}
        wanted = _with_single_frames(whole, known, after, {tier.name for tier in _phases(found, own)})
    points = {tier.name for tier in (*own.tiers, *found.tiers) if tier.kind == "points"}
    intervals = sort_intervals(
        interval
        for kind, frames in wanted.items()
        for run in _runs(frames, is_point=kind.tier in points)
        for interval in _on_run(run, kind, own, after.frames)
    )
    return TierTable(_tiers(found, own, intervals), intervals)


def carry_tiers(
    found: TierTable, own: TierTable, elsewhere: Mapping[str, TierTable], before: Slicing, after: Slicing
) -> tuple[TierTable, dict[str, TierTable]]:
    """Return the table of the direction that is turned to, and the tables of all directions as they are now.

    elsewhere: those tables, along space, as they came along to the direction that is left. By them what was said of
    single frames finds its slices again however many directions lie between, along space or along time.
    """
    left = turn_tiers(found, TierTable(), before.order, before.order.along_space, same_slices=True)
    is_same = before.direction == after.direction
    if not is_same and (last := elsewhere.get(after.direction)) is not None:
        own = turn_tiers(last, own, after.order.along_space, after.order, same_slices=True)
    turned = turn_tiers(found, own, before.order, after.order, same_slices=is_same)
    return turned, {**elsewhere, before.direction: left}


def place_tiers(table: TierTable, places: Mapping[int, int], frames: int) -> TierTable:
    """Return the table where frames have other places, and some are gone. places: by frame; frames: there were."""
    points = {tier.name for tier in table.tiers if tier.kind == "points"}
    moved = sort_intervals(
        Interval(*kind[:2], run.start, run.stop, kind.author)
        for kind, on in _frames_of(table, FrameOrder(frames)).items()
        for run in _runs((places[frame] for frame in on if frame in places), is_point=kind.tier in points)
    )
    return TierTable(table.tiers, moved)


def _frames_of(table: TierTable, order: FrameOrder) -> dict[_Kind, set[int]]:
    frames: dict[_Kind, set[int]] = {}
    for one in table.intervals:
        span = range(one.start, _stop(one, order.frames))
        frames.setdefault(_Kind(one.tier, one.term, one.author), set()).update(span)
    return frames


def _stop(interval: Interval, frames: int) -> int:
    return frames if interval.stop is None else min(interval.stop, frames)


def _moved(frame: int, before: FrameOrder, after: FrameOrder) -> int:
    return after.frame(before.time_of(frame), before.slice_of(frame))


def _times(frames: Collection[int], order: FrameOrder) -> list[int]:
    """Return the time points of which all slices are among frames; none of a scan without time."""
    times = range(order.times if order.times > 1 else 0)
    return [time for time in times if all(frame in frames for frame in order.frames_at(time))]


def _frames_at(times: Iterable[int], order: FrameOrder) -> set[int]:
    return {frame for time in times for frame in order.frames_at(time)}


def _with_single_frames(
    whole: _Frames, known: _Frames, order: FrameOrder, phases: Collection[str]
) -> dict[_Kind, set[int]]:
    """Return whole time points with the known frames that are parts of some. phases: tiers of one at a time."""
    wanted = {}
    for kind in (*whole, *(kind for kind in known if kind not in whole)):
        there = known.get(kind, set())
        parts = there - _frames_at(_times(there, order), order)
        if kind.tier in phases:
            parts = parts.difference(*(on for other, on in whole.items() if other.tier == kind.tier))
        wanted[kind] = parts | whole.get(kind, set())
    return wanted


def _phases(*tables: TierTable) -> Iterator[Tier]:
    return (tier for table in tables for tier in table.tiers if tier.kind == "phases")


def _runs(frames: Iterable[int], *, is_point: bool) -> Iterator[range]:
    """Yield frames that follow each other as ranges; of points each alone."""
    return (range(frame, frame + 1) for frame in sorted(frames)) if is_point else frame_runs(frames)


def _on_run(run: range, kind: _Kind, own: TierTable, frames: int) -> list[Interval]:
    """Return the own intervals that fill a run, else one as long as it."""
    inside = [
        one
        for one in own.on(kind.tier)
        if (one.term, one.author) == (kind.term, kind.author)
        and run.start <= one.start
        and _stop(one, frames) <= run.stop
    ]
    filled = {frame for one in inside for frame in range(one.start, _stop(one, frames))}
    return (
        inside
        if len(filled) == len(run)
        else [Interval(kind.tier, kind.term, run.start, run.stop, kind.author)]
    )


def _tiers(found: TierTable, own: TierTable, intervals: Iterable[Interval]) -> tuple[Tier, ...]:
    """Return the tiers of found, with those and their terms of own that are in use."""
    tiers = {tier.name: tier for tier in found.tiers}
    for one in intervals:
        tier = tiers.get(one.tier) or own.tier(one.tier)
        if tier is None:
            continue
        if one.tier not in tiers:
            tier = replace(tier, terms=())
        if one.term not in {term.name for term in tier.terms}:
            key = next_key(term.key for known in tiers.values() for term in known.terms)
            tier = replace(tier, terms=(*tier.terms, Term(one.term, key)))
        tiers[one.tier] = tier
    return tuple(tiers.values())
