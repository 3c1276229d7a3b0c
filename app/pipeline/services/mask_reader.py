"""Read access of the services to the masks of the open sequence."""

from __future__ import annotations

from app.domain.annotation import Color, Mask
from app.domain.object_colors import object_colors
from app.session.state import State

Layers = tuple[tuple[int, Mask], ...]
"""What is painted on a frame: label values and masks, lower rows of the label list last."""


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

    def layers(self, frame: int, left_out: frozenset[int] = frozenset()) -> Layers:
        """Return what is painted on a frame, without some objects."""
        rows = self._rows()
        values = {
            item.object_id: item.label for item in self._state.objects if item.object_id not in left_out
        }
        cells = self._state.annotations_on(frame)
        found = [(values[object_id], cell.mask) for object_id, cell in cells if object_id in values]
        return tuple(sorted(found, key=lambda item: rows.get(item[0], len(rows))))

    def colored_layers(self, frame: int) -> tuple[tuple[Mask, Color], ...]:
        """Return the masks that are painted on a frame with their colours, lower ones first."""
        rows, colors = self._rows(), object_colors(self._state.labels, self._state.objects)
        values = {item.object_id: item.label for item in self._state.objects}
        cells = [cell for cell in self._state.annotations_on(frame) if cell[0] not in self._state.hidden]
        ordered = sorted(cells, key=lambda cell: rows.get(values[cell[0]], len(rows)))
        return tuple((cell.mask, colors[object_id]) for object_id, cell in ordered)

    def all_layers(self) -> dict[int, Layers]:
        """Return what is painted on each frame that holds a mask."""
        rows = self._rows()
        values = {item.object_id: item.label for item in self._state.objects}
        found: dict[int, list[tuple[int, Mask]]] = {}
        for (frame, object_id), cell in self._state.cells.items():
            if object_id in values:
                found.setdefault(frame, []).append((values[object_id], cell.mask))
        return {
            frame: tuple(sorted(items, key=lambda item: rows.get(item[0], len(rows))))
            for frame, items in found.items()
        }

    def _rows(self) -> dict[int, int]:
        return {label.value: row for row, label in enumerate(self._state.labels)}
