"""Dear PyGui's mouse and keyboard handlers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dearpygui.dearpygui as dpg

from app.views.canvas.interaction import Button
from app.views.toolkit.keyboard import Modifiers
from app.views.toolkit.modifier_state import HeldModifiers

if TYPE_CHECKING:  # which takes the mouse's position from here
    from app.views.input.dispatcher import InputDispatcher

_BUTTONS: dict[int, Button] = {0: "left", 1: "right", 2: "middle"}


class InputHandlers:
    """Registers the handlers and forwards their events.

    Positions are window pixels; notches of the wheel turned away from the user are positive.
    """

    def __init__(self, listener: InputDispatcher) -> None:
        self._listener = listener
        self._held = HeldModifiers()
        with dpg.handler_registry():
            dpg.add_mouse_click_handler(callback=self._press)
            dpg.add_mouse_release_handler(callback=self._release)
            dpg.add_mouse_wheel_handler(callback=self._wheel)
            dpg.add_key_press_handler(callback=self._key)
            dpg.add_key_release_handler(callback=self._key_up)

    def release_lost_keys(self) -> None:
        """Drop modifiers that are no longer held; called after every frame."""
        self._held.release_lost_keys(dpg.is_key_down)

    def _press(self, _sender: Any, button: int, _user: Any) -> None:
        if button in _BUTTONS:
            self._listener.on_press(_BUTTONS[button], *mouse_position())

    def _release(self, _sender: Any, button: int, _user: Any) -> None:
        if button in _BUTTONS:
            self._listener.on_release(_BUTTONS[button], *mouse_position())

    def _wheel(self, _sender: Any, notches: float, _user: Any) -> None:
        self._listener.on_wheel(float(notches), *mouse_position())

    def _key(self, _sender: Any, key: int, _user: Any) -> None:
        self._held.press_key(int(key))
        self._listener.on_key(int(key), held_modifiers() | self._held.names)

    def _key_up(self, _sender: Any, key: int, _user: Any) -> None:
        self._held.release_key(int(key))
        self._listener.on_key_up(int(key))


def mouse_position() -> tuple[int, int]:
    """Return the mouse position in window pixels."""
    x, y = dpg.get_mouse_pos(local=False)
    return int(x), int(y)


def held_modifiers() -> Modifiers:
    """Return the modifiers that are down."""
    keys = {"Ctrl": dpg.mvKey_ModCtrl, "Shift": dpg.mvKey_ModShift, "Alt": dpg.mvKey_ModAlt}
    return frozenset(name for name, key in keys.items() if dpg.is_key_down(key))
