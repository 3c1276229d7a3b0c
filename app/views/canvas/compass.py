"""Orientation letters at the borders of a slice: R and L, A and P, H and F."""

from types import MappingProxyType

import dearpygui.dearpygui as dpg

from app.domain.annotation import Orientation, SequenceInfo
from app.views.canvas.viewport import Viewport
from app.views.toolkit.theme_colors import MUTED, Sizes

# Left, top, right and bottom of a slice that hangs as radiologists expect.
SIDES: MappingProxyType[Orientation, str] = MappingProxyType(
    {"axial": "RALP", "coronal": "RHLF", "sagittal": "AHPF"}
)


class Compass:
    """Letters at the borders of a canvas, in screen pixels."""

    def __init__(self, canvas: int, sizes: Sizes) -> None:
        self._layer = int(dpg.add_draw_layer(parent=canvas))
        self._sizes = sizes
        self._drawn: object = None
        #: What is drawn: each letter with the left top corner of its place.
        self.letters: tuple[tuple[str, tuple[float, float]], ...] = ()

    def draw(
        self, view: Viewport | None, orientation: Orientation | None, plate: tuple[int, int] = (0, 0)
    ) -> None:
        """Draw the letters of a direction; None where the sides are not known.

        plate: right and bottom of what covers the top left corner; a letter that it would hide goes below it.
        """
        size = None if view is None else (view.width, view.height)
        if (size, orientation, plate) == self._drawn:
            return
        self._drawn = (size, orientation, plate)
        dpg.delete_item(self._layer, children_only=True)
        self.letters = ()
        if size is None or orientation is None:
            return
        width, height = size
        letter, gap = self._sizes(15), self._sizes(7)
        middle, center = (height - letter) / 2, (width - letter / 2) / 2
        right, bottom = plate
        top = gap if center > right + gap else max(gap, bottom + gap)
        positions = (
            (gap, middle),
            (center, top),
            (width - gap - letter * 0.7, middle),
            (center, height - gap - letter),
        )
        for side, position in zip(SIDES[orientation], positions, strict=True):
            dpg.draw_text(
                (position[0] + 1, position[1] + 1), side, size=letter, color=(0, 0, 0), parent=self._layer
            )
            dpg.draw_text(position, side, size=letter, color=MUTED, parent=self._layer)
        self.letters = tuple(zip(SIDES[orientation], positions, strict=True))


def sides_of(info: SequenceInfo | None) -> Orientation | None:
    """Return the orientation of a scan whose position in the patient is known, else None."""
    return info.orientation if info is not None and info.direction is not None else None
