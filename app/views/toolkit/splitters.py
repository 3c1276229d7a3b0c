"""The edges between panes that are dragged with the mouse; a double click on one sets it back."""

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import dearpygui.dearpygui as dpg

from app.views.toolkit.layout import Edge, Layout, PaneSizes
from app.views.toolkit.theme_colors import ACCENT, Sizes
from app.views.toolkit.widgets import add_pane, set_bounds

REACH = 7  # Width of the strip that can be dragged, pixels of the design.
LIT = 2  # Width of the line in it while the mouse is over it, pixels of the design.


class Splitters:
    """Narrow panes over the edges. Positions are window pixels.

    on_change: called with new sizes once a drag or key has ended.
    """

    def __init__(self, window: int, theme: int, sizes: Sizes) -> None:
        self._sizes = sizes
        self.wanted = PaneSizes()
        self.on_change: Callable[[PaneSizes], None] = lambda wanted: None
        self._layout: Layout | None = None
        self._held: Edge | None = None
        self._panes = {edge: add_pane(window, theme) for edge in get_args(Edge)}
        self._lines = {edge: int(dpg.add_drawlist(1, 1, parent=pane)) for edge, pane in self._panes.items()}
        self._lit: Edge | None = None

    def arrange(self, layout: Layout, *, are_shown: bool) -> None:
        """Lie over the edges of a layout, or nowhere."""
        self._layout = layout
        width = self._sizes(REACH)
        for edge, pane in self._panes.items():
            place = layout.edges.get(edge) if are_shown else None
            dpg.configure_item(pane, show=place is not None)
            if place is not None:
                x, y, across, down = place
                left, top = (x, y - width // 2) if across else (x - width // 2, y)
                set_bounds(pane, left, top, across or width, down or width)
                dpg.configure_item(self._lines[edge], width=across or width, height=down or width)
        self._lit = None

    def draw(self) -> None:
        """Light the edge that is held or under the mouse."""
        lit = self._held or self._under_mouse()
        if lit == self._lit:
            return
        self._lit = lit
        for edge, item in self._lines.items():
            dpg.delete_item(item, children_only=True)
            if edge == lit:
                across, down = dpg.get_item_width(item) or 1, dpg.get_item_height(item) or 1
                middle = self._sizes(REACH) // 2
                ends = ((0, middle), (across, middle)) if across > down else ((middle, 0), (middle, down))
                dpg.draw_line(*ends, color=ACCENT, thickness=self._sizes(LIT), parent=item)

    def press(self, *, is_double: bool) -> bool:
        """Take hold of the edge under the mouse, or set it back after a double click; return whether there is one."""
        edge = self._under_mouse()
        if edge is None:
            return False
        if is_double:
            self._held = None
            self._change(replace(self.wanted, **{edge: getattr(PaneSizes(), edge)}))
            return True
        self._held = edge
        return True

    def move(self, x: int, y: int) -> None:
        """Let the edge that is held follow the mouse."""
        if self._held is not None and self._layout is not None:
            self.wanted = self._layout.moved(self._held, x, y, self.wanted, self._sizes)

    def release(self) -> None:
        """Let go."""
        if self._held is not None:
            self._held = None
            self._change(self.wanted)

    def step(self, edge: Edge, steps: int) -> None:
        """Make the pane behind an edge larger by some steps, or smaller."""
        if self._layout is not None:
            self._change(self._layout.stepped(edge, steps, self.wanted, self._sizes))

    def reset(self) -> None:
        """Set all edges back."""
        self._change(PaneSizes())

    def _change(self, wanted: PaneSizes) -> None:
        self.wanted = wanted
        self.on_change(wanted)

    def _under_mouse(self) -> Edge | None:
        return next((edge for edge, item in self._lines.items() if dpg.is_item_hovered(item)), None)
