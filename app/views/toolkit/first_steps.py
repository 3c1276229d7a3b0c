"""The three steps of a first start: open something, click a thing, carry its mask on and look. With their keys."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import dearpygui.dearpygui as dpg

from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import ACCENT, TEXT, Sizes
from app.views.toolkit.widgets import bind_theme, callback

WIDTH = 330  # Of a button, pixels of the design.
INDENT = 34  # Of what stands behind a step's number, pixels of the design.


class FirstSteps:
    """Buttons of the ways to begin under the first step, and the next two as texts.

    ways: ids of actions with what they do; the first one is lit.
    """

    def __init__(
        self,
        parent: int,
        sizes: Sizes,
        themes: Themes,
        ways: Sequence[tuple[str, str]],
        act: Callable[[str], None],
    ) -> None:
        self._sizes, self._ways = sizes, dict(ways)
        with dpg.group(parent=parent) as group:
            self.item = int(group)
            self._step("1", "Open something")
            self._buttons = {action: self._add_button(action, act) for action in self._ways}
            bind_theme(next(iter(self._buttons.values())), themes.primary)
            self._second = self._step("2", "")
            self._third = self._step("3", "")

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Show the keys, by action id."""
        for action, item in self._buttons.items():
            dpg.set_item_label(item, f"{self._ways[action]}   {keys[action]}")
        dpg.set_value(
            self._second,
            f"Click a thing until its mask fits, a right click takes away; {keys['mask.finish']} finishes the mask",
        )
        dpg.set_value(
            self._third,
            f"{keys['propagate.both']} carries it to all frames, {keys['review.worst']} goes to those to look at, "
            f"{keys['review.accept']} accepts",
        )

    def _step(self, number: str, words: str) -> int:
        dpg.add_spacer(height=self._sizes(10))
        with dpg.group(horizontal=True, xoffset=self._sizes(INDENT)):
            dpg.add_text(number, color=ACCENT)
            return int(dpg.add_text(words, color=TEXT))

    def _add_button(self, action: str, act: Callable[[str], None]) -> int:
        with dpg.group(horizontal=True, xoffset=self._sizes(INDENT)):
            dpg.add_text("")
            return int(
                dpg.add_button(label="", width=self._sizes(WIDTH), callback=callback(partial(act, action)))
            )
