"""Dragging of an edge of an interval along the timeline. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from app.domain.tier import Interval, TierTable
from app.messages.events import IntervalChanged


@dataclass(slots=True)
class EdgeDrag:
    """An edge that is held. Edges lie between frames: edge n is the left side of frame n."""

    touching: tuple[Interval, ...]  #: that begin or end there
    origin: int
    is_point: bool
    edge: int  #: where it is now

    def move(self, edge: int, cuts: Iterable[int], reach: float) -> None:
        """Move it, onto a cut within a reach in frames."""
        near = [cut for cut in cuts if abs(cut - edge) <= reach]
        self.edge = min(near, key=lambda cut: abs(cut - edge), default=edge)

    def change(self) -> IntervalChanged | None:
        """Return what letting go does: where two touch, the one grows that the edge was dragged away from."""
        if self.edge == self.origin:
            return None
        ending = [one for one in self.touching if one.stop == self.origin]
        starting = [one for one in self.touching if one.start == self.origin]
        held = (ending or starting if self.edge > self.origin else starting or ending)[0]
        if self.is_point:
            start = held.start + self.edge - self.origin
            return IntervalChanged(held, replace(held, start=start, stop=start + 1))
        if held in ending:
            return IntervalChanged(held, replace(held, stop=max(self.edge, held.start + 1)))
        last = self.edge if held.stop is None else held.stop - 1
        return IntervalChanged(held, replace(held, start=min(self.edge, last)))


def grab_edge(
    table: TierTable, tier: str, x: float, place: Callable[[int], float], reach: float
) -> EdgeDrag | None:
    """Return the edge of a tier's interval nearest to x, within a reach in pixels. place: returns the x of an edge."""
    edges = {edge for one in table.on(tier) for edge in (one.start, one.stop) if edge is not None}
    near = [edge for edge in edges if abs(place(edge) - x) <= reach]
    if not near:
        return None
    edge = min(near, key=lambda known: abs(place(known) - x))
    touching = tuple(one for one in table.on(tier) if edge in (one.start, one.stop))
    found = table.tier(tier)
    return EdgeDrag(touching, edge, found is not None and found.kind == "points", edge)
