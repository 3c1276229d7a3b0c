"""The menus, built from the registry of actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import dearpygui.dearpygui as dpg

from app.actions.registry import GROUPS, Action
from app.imaging.volume_geometry import ORIENTATIONS
from app.messages.snapshot import Snapshot
from app.views.toolkit.widgets import ChangeTracker, callback

TICKED = (
    "overlay.toggle", "component.toggle", "prefetch.toggle", "play.loop", "file.autosave",
    "solid.toggle", "solid.close", "solid.slice",
    "scan.linked", "scan.axial", "scan.coronal", "scan.sagittal",
)  # fmt: skip


class Menus:
    """A menu for each group of actions."""

    def __init__(
        self, parent: int, theme: int, actions: Mapping[str, Action], act: Callable[[str], None]
    ) -> None:
        self._actions = actions
        self._items: dict[str, int] = {}
        self._memory = ChangeTracker()
        with dpg.menu_bar(parent=parent) as self.bar:
            for group in GROUPS:
                with dpg.menu(label=group) as menu:
                    dpg.bind_item_theme(menu, theme)
                    for action in actions.values():
                        if action.group == group:
                            self._items[action.id] = self._item(action, act)

    def show_keys(self, chords: Mapping[str, str]) -> None:
        """Show the keys."""
        for identity, item in self._items.items():
            dpg.configure_item(item, shortcut=chords.get(identity, "").replace(" ", "   "))

    def refresh(self, snapshot: Snapshot) -> None:
        """Enable what makes sense now, tick what is on."""
        ready = tuple(action.ready(snapshot) for action in self._actions.values())
        if self._memory.is_new("ready", ready):
            for identity, is_ready in zip(self._actions, ready, strict=True):
                if self._memory.is_new(identity, is_ready):
                    dpg.configure_item(self._items[identity], enabled=is_ready)
        view = snapshot.view
        direction = snapshot.sequence.orientation if snapshot.sequence is not None else None
        ticks = {
            "overlay.toggle": view.overlay_visible,
            "solid.toggle": snapshot.view3d.shown,
            "solid.close": snapshot.view3d.close,
            "solid.slice": snapshot.view3d.slice_shown,
            "component.toggle": view.largest_component,
            "prefetch.toggle": view.prefetch,
            "play.loop": snapshot.loop,
            "scan.linked": view.linked,
            **{f"scan.{name}": name == direction for name in ORIENTATIONS},
        }
        if self._memory.is_new("ticks", tuple(ticks.values())):
            for identity, is_on in ticks.items():
                dpg.set_value(self._items[identity], is_on)

    def tick(self, identity: str, is_on: bool) -> None:
        """Tick a setting that is no part of the Snapshot."""
        dpg.set_value(self._items[identity], is_on)

    def _item(self, action: Action, act: Callable[[str], None]) -> int:
        def choose() -> None:
            act(action.id)

        is_ticked = action.id in TICKED
        return int(dpg.add_menu_item(label=action.title, callback=callback(choose), check=is_ticked))
