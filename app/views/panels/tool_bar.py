"""The tool bar left of the canvas: a button for each tool and the actions used most."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate

import dearpygui.dearpygui as dpg

from app.actions.action import Action
from app.actions.tool_actions import TOOLS
from app.actions.tool_buttons import TOOL_BUTTONS
from app.messages.snapshot import Snapshot
from app.views.toolkit.layout import Area
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import ChangeTracker, add_pane, add_tooltip, bind_theme, callback, set_bounds

WIDTH = 46  # Of a column, pixels of the design.
ICON, BUTTON = (
    22,
    34,
)  # Sides of an icon and of a button, pixels of the design: one column on a full-HD screen.
GAP, BETWEEN = 1, 12  # Between buttons and between groups, pixels of the design.
FADED = 60  # Alpha of the icon of an action that makes no sense now.


class ToolBar:
    """Buttons of icons; what they do and their keys are in their tooltips."""

    def __init__(
        self,
        parent: int,
        icons: Mapping[str, int],
        sizes: Sizes,
        themes: Themes,
        actions: Mapping[str, Action],
        act: Callable[[str], None],
    ) -> None:
        self.pane = add_pane(parent, themes.menu)
        self._sizes, self._themes, self._actions = sizes, themes, actions
        self._changes = ChangeTracker()
        self._buttons: dict[str, int] = {}
        self._hints: dict[str, int] = {}
        self._places: list[int] = []
        self.lines: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()  #: between groups, window pixels
        side = sizes(ICON)
        for button in (button for group in TOOL_BUTTONS for button in group):
            # An item that has a position of its own shows no tooltip, so a group has it.
            self._places.append(int(dpg.add_group(parent=self.pane)))
            item = int(
                dpg.add_image_button(icons[button.icon], parent=self._places[-1], width=side, height=side)
            )
            dpg.set_item_callback(item, callback(partial(act, button.action)))
            self._hints[button.action] = add_tooltip(bind_theme(item, themes.tool), "")
            self._buttons[button.action] = item

    def columns(self, height: int) -> int:
        """Return how many columns the buttons take within a height, in pixels."""
        return 1 + max(column for column, _ in place_buttons(_counts(), round(height / self._sizes.scale)))

    def set_tooltips(self, hints: Mapping[str, str]) -> None:
        """Show what each button does, with its key."""
        for action, item in self._hints.items():
            dpg.set_value(item, hints.get(action, ""))

    def refresh(self, snapshot: Snapshot) -> None:
        """Light the button of the active tool, and less those of what is on; fade what makes no sense now."""
        for identity, item in self._buttons.items():
            action = self._actions[identity]
            is_on = action.ticked is not None and bool(action.ticked(snapshot))
            is_ready = action.is_ready(snapshot)
            if self._changes.is_new(identity, (is_on and is_ready, is_ready)):
                lit = self._themes.tool_active if action.menu == TOOLS.title else self._themes.tool_on
                bind_theme(item, lit if is_on and is_ready else self._themes.tool)
                dpg.configure_item(item, tint_color=(255, 255, 255, 255 if is_ready else FADED))

    def resize(self, area: Area) -> None:
        """Set position and size, in window pixels."""
        if not self._changes.is_new("area", area):
            return
        sizes = self._sizes
        set_bounds(self.pane, *area)
        places = list(place_buttons(_counts(), round(area[3] / sizes.scale)))
        pad = (WIDTH - BUTTON) // 2
        for place, (column, top) in zip(self._places, places, strict=True):
            dpg.configure_item(place, pos=(sizes(column * WIDTH + pad), sizes(top)))
        left, above = area[:2]
        firsts = [places[first] for first in accumulate(_counts()[:-1])]
        self.lines = tuple(
            (
                (left + sizes(column * WIDTH + 8), above + sizes(top - BETWEEN / 2)),
                (left + sizes((column + 1) * WIDTH - 8), above + sizes(top - BETWEEN / 2)),
            )
            for column, top in firsts
            if top > pad
        )


def place_buttons(groups: Sequence[int], height: int) -> Iterator[tuple[int, int]]:
    """Yield column and top of each button, in pixels of the design; a column that is full ends.

    groups: how many buttons each group has. height: of the bar.
    """
    pad = (WIDTH - BUTTON) // 2
    column, top = 0, pad
    for number, count in enumerate(groups):
        top += BETWEEN - GAP if number and top > pad else 0
        for _ in range(count):
            if top + BUTTON > height and top > pad:
                column, top = column + 1, pad
            yield column, top
            top += BUTTON + GAP


def _counts() -> list[int]:
    return [len(group) for group in TOOL_BUTTONS]
