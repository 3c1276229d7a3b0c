"""The menu of the right mouse button, filled anew for each place."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import dearpygui.dearpygui as dpg

from app.actions.action import Action
from app.messages.snapshot import Snapshot
from app.views.toolkit.widgets import bind_theme, callback


class ContextMenu:
    """A popup of actions with their keys; a click elsewhere or Escape closes it."""

    def __init__(self, theme: int, actions: Mapping[str, Action], act: Callable[[str], None]) -> None:
        self._actions, self._act = actions, act
        options = {"popup": True, "show": False, "no_title_bar": True, "no_move": True, "autosize": True}
        self.window = bind_theme(
            int(dpg.add_window(no_saved_settings=True, min_size=(20, 20), **options)), theme
        )

    @property
    def is_shown(self) -> bool:
        """Whether it is open."""
        return bool(dpg.is_item_shown(self.window))

    def show_at(
        self, x: int, y: int, wanted: Sequence[str], snapshot: Snapshot, keys: Mapping[str, str]
    ) -> None:
        """Open it at a window position. wanted: ids of actions, "" for a line. keys: by action id."""
        dpg.delete_item(self.window, children_only=True)
        for identity in wanted:
            if not identity:
                dpg.add_separator(parent=self.window)
                continue
            action = self._actions[identity]
            is_on = action.ticked is not None and bool(action.ticked(snapshot))
            dpg.add_menu_item(
                label=action.title,
                parent=self.window,
                shortcut=keys.get(identity, ""),
                enabled=action.is_ready(snapshot),
                check=action.ticked is not None,
                default_value=is_on,
                callback=callback(partial(self._choose, identity)),
            )
        width, height = dpg.get_viewport_client_width(), dpg.get_viewport_client_height()
        tall = len(wanted) * 30  # About: the popup's size is known only once it was drawn.
        dpg.configure_item(self.window, pos=(min(x, width - 320), max(min(y, height - tall), 0)), show=True)

    def hide(self) -> bool:
        """Close it; return whether it was open."""
        was_shown = self.is_shown
        dpg.configure_item(self.window, show=False)
        return was_shown

    def _choose(self, identity: str) -> None:
        self.hide()
        self._act(identity)
