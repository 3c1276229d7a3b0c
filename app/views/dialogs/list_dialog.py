"""The base class of dialogs around a list."""

from __future__ import annotations

from typing import Generic, TypeVar

from app.views.dialogs.dialogs import Dialog
from app.views.toolkit.virtual_list import RowList

T = TypeVar("T")


class ListDialog(Dialog, Generic[T]):
    """Gives the wheel to the list, and shows fewer rows on a low screen."""

    _list: RowList[T]

    def on_wheel(self, notches: float) -> None:
        """Scroll the list."""
        self._list.on_wheel(notches)

    def shrink(self, missing: int) -> None:
        """Show fewer rows."""
        self._list.shrink(missing)
