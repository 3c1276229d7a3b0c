"""The base class of dialogs around a list."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Generic, TypeVar

from app.views.dialogs.dialogs import Dialog
from app.views.toolkit.virtual_list import RowList

T = TypeVar("T")
Keys = Mapping[str, Callable[[], object]]


class ListDialog(Dialog, Generic[T]):
    """Gives the wheel and keys to the list, and shows fewer rows on a low screen."""

    _list: RowList[T]

    @property
    def keys(self) -> Keys:
        """What keys do, besides Enter and those of the list."""
        return MappingProxyType({})

    def on_key(self, key: str) -> None:
        """Act, accept, or move in the list."""
        act = self.keys.get(key)
        if act is not None:
            act()
        elif key == "Enter":
            self.accept()
        else:
            self._list.on_key(key)

    def on_wheel(self, notches: float) -> None:
        """Scroll the list."""
        self._list.on_wheel(notches)

    def shrink(self, missing: int) -> None:
        """Show fewer rows."""
        self._list.shrink(missing)
