"""Selection of the frames of an export, and which of them are void. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.domain.annotation import Annotation, Status

ANNOTATED = tuple(status for status in Status if status is not Status.EMPTY)
NAMED_RANGES = 5  # in one message; chosen by hand: more would cover the frame


@dataclass(frozen=True, slots=True)
class ExportSelection:
    """The frames that an exporter is asked for."""

    frames: tuple[int, ...] | None = None  #: in order, None for every one
    #: a frame leaves when each annotation on it has one of these, and one without any when EMPTY is among them;
    #: None: with any annotation, and an exporter may write the others if it can mark them as void
    statuses: tuple[Status, ...] | None = None

    def select(self, annotations: Callable[[int], Mapping[int, Annotation]], count: int) -> SelectedFrames:
        """Return the frames of a sequence of so many. annotations: of a frame, by object id."""
        wanted = frozenset(ANNOTATED if self.statuses is None else self.statuses)
        frames = range(count) if self.frames is None else self.frames
        chosen = [frame for frame in frames if _statuses(annotations(frame)) <= wanted]
        kept = frozenset(chosen)
        void = tuple(frame for frame in frames if frame not in kept)
        return SelectedFrames(tuple(chosen), void, self.statuses is not None)


DEFAULT_SELECTION = ExportSelection()


@dataclass(frozen=True, slots=True)
class ExportTarget:
    """Choices of an export that a script has besides."""

    name: str = ""  #: with which the files begin, "" for the sequence's own
    objects: tuple[int, ...] = ()  #: ids of those to write, () for all
    overwrite: bool = False  #: also where that name is another sequence's


DEFAULT_TARGET = ExportTarget()


@dataclass(frozen=True, slots=True)
class DataSetChoice:
    """What of a worklist goes into a data set."""

    fingerprints: tuple[str, ...] | None = None  #: of the sequences, None for all
    statuses: tuple[Status, ...] = ANNOTATED  #: of masks to learn from; others are void
    least_score: float = 0.0  #: of masks to learn from that no person made, in [0, 1]
    label: str = ""  #: name of the only one to learn, "" for all


ALL_SEQUENCES = DataSetChoice()


@dataclass(frozen=True, slots=True)
class SelectedFrames:
    """The frames of one export."""

    chosen: tuple[int, ...]  #: those whose masks are what the annotator wants to hand on
    void: tuple[int, ...]  #: those that were asked for but about which nothing is said
    is_strict: bool = False  #: whether void frames are left out also where they could be marked

    @property
    def shown(self) -> tuple[int, ...]:
        """The frames of a format that can show or mark void ones."""
        return self.chosen if self.is_strict else tuple(sorted(self.chosen + self.void))

    def note(self) -> str:
        """Return a sentence on what is void, "" where nothing is."""
        if not self.void:
            return ""
        total = len(self.chosen) + len(self.void)
        why = "have no mask of the chosen status" if self.is_strict else "were not annotated"
        return f"{len(self.void)} of {total} frames {why} and are void: {format_ranges(self.void)}."


NOTHING_SELECTED = SelectedFrames((), ())


def format_ranges(frames: Iterable[int]) -> str:
    """Return sorted frame numbers as text, such as "0-3, 7"; the end of a long list is left out."""
    ranges: list[list[int]] = []
    for frame in frames:
        if ranges and ranges[-1][1] == frame - 1:
            ranges[-1][1] = frame
        else:
            ranges.append([frame, frame])
    told = [str(first) if first == last else f"{first}-{last}" for first, last in ranges[:NAMED_RANGES]]
    return ", ".join([*told, "…"] if len(ranges) > NAMED_RANGES else told)


def _statuses(cells: Mapping[int, Annotation]) -> frozenset[Status]:
    return frozenset(cell.status for cell in cells.values()) or frozenset((Status.EMPTY,))
