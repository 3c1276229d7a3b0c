"""The menus, built from the registry of actions."""

from collections.abc import Callable, Mapping
from functools import partial

import dearpygui.dearpygui as dpg

from app.actions.action import Action
from app.actions.registry import MENUS
from app.messages.snapshot import Snapshot
from app.views.toolkit.widgets import ChangeTracker, callback


class Menus:
    """The menu bar."""

    def __init__(
        self, parent: int, theme: int, actions: Mapping[str, Action], act: Callable[[str], None]
    ) -> None:
        self._actions = actions
        self._items: dict[str, int] = {}
        self._changes = ChangeTracker()
        with dpg.menu_bar(parent=parent) as self.bar:
            for title in MENUS:
                with dpg.menu(label=title) as menu:
                    dpg.bind_item_theme(menu, theme)
                    for action in actions.values():
                        if action.menu == title:
                            self._items[action.id] = self._item(action, act)

    def show_keys(self, chords: Mapping[str, str]) -> None:
        """Show the keys of these chords."""
        for identity, item in self._items.items():
            dpg.configure_item(item, shortcut=chords.get(identity, "").replace(" ", "   "))

    def refresh(self, snapshot: Snapshot) -> None:
        """Enable the actions that are ready, tick the settings that are on."""
        ready = tuple(action.is_ready(snapshot) for action in self._actions.values())
        if self._changes.is_new("ready", ready):
            for identity, is_ready in zip(self._actions, ready, strict=True):
                if self._changes.is_new(identity, is_ready):
                    dpg.configure_item(self._items[identity], enabled=is_ready)
        for action in self._actions.values():
            is_on = action.ticked(snapshot) if action.ticked is not None else None
            if is_on is not None and self._changes.is_new(f"tick {action.id}", is_on):
                dpg.set_value(self._items[action.id], is_on)

    def tick(self, identity: str, is_on: bool) -> None:
        """Tick a setting that is not part of the Snapshot."""
        dpg.set_value(self._items[identity], is_on)

    def _item(self, action: Action, act: Callable[[str], None]) -> int:
        chosen = callback(partial(act, action.id))
        return int(dpg.add_menu_item(label=action.title, callback=chosen, check=action.ticked is not None))
