"""Tracks which text field has the keyboard: its keys are text, not actions."""

import dearpygui.dearpygui as dpg


class TextFields:
    """All text fields. One that was active a frame ago still counts, since Enter and Escape end typing."""

    def __init__(self) -> None:
        self._items: set[int] = set()
        self._now = self._before = False

    def add(self, item: int | str) -> int:
        """Add an item and return it."""
        self._items.add(int(item))
        return int(item)

    def discard(self, item: int) -> None:
        """Remove an item that is about to be deleted."""
        self._items.discard(item)

    def update_focus(self) -> None:
        """Update which field has the keyboard. To be called once after each frame."""
        self._before = self._now
        self._now = any(dpg.is_item_active(item) for item in self._items)

    @property
    def is_typing(self) -> bool:
        """Whether keys belong to a text field."""
        return self._now or self._before
