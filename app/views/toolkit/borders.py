"""The lines between the panes of the window."""

from collections.abc import Iterable, Iterator

import dearpygui.dearpygui as dpg

from app.views.toolkit.layout import Layout
from app.views.toolkit.theme_colors import BORDER

Line = tuple[tuple[int, int], tuple[int, int]]  # from and to, window pixels


class Borders:
    """A drawing behind the panes."""

    def __init__(self) -> None:
        self._drawing = int(dpg.add_viewport_drawlist(front=False))

    def draw(self, layout: Layout, others: Iterable[Line], *, is_covered: bool) -> None:
        """Draw the lines of a layout and others; only those above and below the worklist while it covers the panes."""
        dpg.delete_item(self._drawing, children_only=True)
        left, top, width, height = layout.side
        bottom, below = top + height, layout.transport[1]
        around = (((0, top), (left + width, top)), ((0, bottom), (left + width, bottom)))
        between = (((left, top), (left, bottom)), ((0, below), (left, below)), *_edges(layout), *others)
        for one, other in around if is_covered else (*around, *between):
            dpg.draw_line(one, other, color=BORDER, parent=self._drawing)


def _edges(layout: Layout) -> Iterator[Line]:
    """Yield the lines right of the tool bar, left of the panes and between them."""
    edge, top, _, tall = layout.canvas
    yield (edge, top), (edge, top + tall)
    for x, y, across, down in filter(None, (layout.second, *layout.panes, layout.solid)):
        yield (x, y), (x, y + down)
        yield (x, y), (x + across, y)
