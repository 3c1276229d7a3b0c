"""Where propagation has stopped at cuts between shots. Pure data."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class CutStop:
    """A cut beyond which an object was not found again."""

    object_id: int
    reference: int  #: frame of the reference that the pass came from
    version: int  #: of that reference
    direction: int  #: 1 or -1
    cut: int  #: the first frame of the later shot

    @property
    def beyond(self) -> int:
        """The first frame beyond the cut, in the direction of the pass."""
        return self.cut if self.direction > 0 else self.cut - 1

    def hides(self, frame: int) -> bool:
        """Whether a frame lies beyond the cut."""
        return (frame - self.beyond) * self.direction >= 0


@dataclass(slots=True)
class CutStops:
    """The stops of a sequence. One of a reference that has changed since then no longer holds."""

    _found: dict[tuple[int, int, int], CutStop] = field(default_factory=dict)

    def add(self, stops: Iterable[CutStop]) -> None:
        """Add stops; a newer one of the same reference and direction takes the place of the one before."""
        self._found |= {(stop.object_id, stop.reference, stop.direction): stop for stop in stops}

    def drop(self, is_over: Callable[[CutStop], bool]) -> tuple[CutStop, ...]:
        """Forget some stops and return them."""
        over = tuple(stop for stop in self._found.values() if is_over(stop))
        self._found = {key: stop for key, stop in self._found.items() if stop not in over}
        return over

    def find(self, object_id: int, reference: int, version: int, direction: int) -> CutStop | None:
        """Return the stop of passes from a reference in a direction, None where there is none that holds."""
        found = self._found.get((object_id, reference, direction))
        return found if found is not None and found.version == version else None

    def all(self) -> tuple[CutStop, ...]:
        """Return all of them, in the order of time."""
        return tuple(
            sorted(self._found.values(), key=lambda stop: (stop.cut, stop.object_id, stop.direction))
        )


def stops_to_wire(stops: Iterable[CutStop]) -> list[list[int]]:
    """Return stops as plain data, for the journal."""
    return [[one.object_id, one.reference, one.version, one.direction, one.cut] for one in stops]


def stops_from_wire(wire: object) -> tuple[CutStop, ...]:
    """Return the stops of plain data; what is none is left out."""
    return tuple(found for row in wire if (found := _from_wire(row))) if isinstance(wire, list) else ()


def _from_wire(row: object) -> CutStop | None:
    match row:
        case [int(object_id), int(reference), int(version), (1 | -1) as direction, int(cut)]:
            return CutStop(object_id, reference, version, direction, cut)
    return None
