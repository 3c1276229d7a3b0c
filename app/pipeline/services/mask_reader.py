"""Read access of the services to the masks of the open sequence."""

from app.domain.annotation import Color, Mask
from app.domain.object_colors import object_colors, paint_value
from app.session.clicks import told_by_references
from app.session.state import State

Layers = tuple[tuple[int, Mask], ...]
"""What is painted on a frame: paint values of objects and masks, lower rows of the label list last."""


class MaskReader:
    """The masks as they are now, all frames. For the event loop's thread only, between two of its awaits."""

    def __init__(self, state: State) -> None:
        self._state = state

    @property
    def version(self) -> int:
        """Counter that differs after any change of a mask of the open sequence."""
        return self._state.changes

    def frames(self) -> set[int]:
        """Return the frames that hold any mask."""
        return {frame for frame, _ in self._state.cells}

    def masks(self) -> dict[tuple[int, int], Mask]:
        """Return all masks by frame and object id."""
        return {key: cell.mask for key, cell in self._state.cells.items()}

    def mask(self, frame: int, object_id: int | None) -> Mask | None:
        """Return an object's mask on a frame; None where it has none."""
        cell = self._state.annotation(frame, object_id)
        return cell.mask if cell is not None else None

    def references(self, frame: int, object_id: int | None) -> Layers:
        """Return the reference frames that tell of an object on a frame without its mask, and its masks there."""
        return (
            ()
            if self.mask(frame, object_id) is not None
            else told_by_references(self._state, frame, object_id)
        )

    def layers(self, frame: int, left_out: frozenset[int] = frozenset()) -> Layers:
        """Return what is painted on a frame, without some objects."""
        ranks = self._ranks(left_out)
        cells = [cell for cell in self._state.annotations_on(frame) if cell[0] in ranks]
        ordered = sorted(cells, key=lambda cell: ranks[cell[0]])
        return tuple((paint_value(object_id), cell.mask) for object_id, cell in ordered)

    def colored_layers(self, frame: int) -> tuple[tuple[Mask, Color], ...]:
        """Return the masks that are painted on a frame with their colours, lower ones first."""
        ranks = self._ranks(self._state.sequence.hidden)
        colors = object_colors(self._state.labels, self._state.sequence.objects)
        cells = [cell for cell in self._state.annotations_on(frame) if cell[0] in ranks]
        ordered = sorted(cells, key=lambda cell: ranks[cell[0]])
        return tuple((cell.mask, colors[object_id]) for object_id, cell in ordered)

    def all_layers(self) -> dict[int, Layers]:
        """Return what is painted on each frame that holds a mask of an object that is not hidden."""
        ranks = self._ranks(self._state.sequence.hidden)
        found: dict[int, list[tuple[int, Mask]]] = {}
        for (frame, object_id), cell in self._state.cells.items():
            if object_id in ranks:
                found.setdefault(frame, []).append((object_id, cell.mask))
        return {
            frame: tuple(
                (paint_value(key), mask) for key, mask in sorted(items, key=lambda item: ranks[item[0]])
            )
            for frame, items in found.items()
        }

    def _ranks(self, left_out: frozenset[int]) -> dict[int, tuple[int, int]]:
        """Return what objects are sorted by to be painted, by object_id: the row of the label, and their own."""
        rows = {label.value: row for row, label in enumerate(self._state.labels)}
        return {
            item.object_id: (rows.get(item.label, len(rows)), place)
            for place, item in enumerate(self._state.sequence.objects)
            if item.object_id not in left_out
        }
