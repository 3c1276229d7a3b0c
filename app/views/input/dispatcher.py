"""Dispatches input: to the open dialog, else to the view under the mouse, else to the actions."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import dearpygui.dearpygui as dpg

from app.actions.action import Action
from app.actions.bindings import Bindings
from app.actions.context_menus import CONTEXT_MENUS, Place
from app.actions.key_chords import chord_of_key, is_modifier
from app.domain.tool import Tool, step_size
from app.messages import events as ev
from app.views.canvas.canvas import Canvas
from app.views.canvas.gestures import DoubleClickDetector
from app.views.canvas.interaction import Button
from app.views.input.dpg_handlers import held_modifiers, mouse_position
from app.views.input.held_press import HeldPress
from app.views.input.label_number import LabelNumber
from app.views.toolkit.keyboard import Keyboard, Modifiers
from app.views.view3d.view3d_pane import View3DPane
from app.views.workbench import Workbench


class InputDispatcher:
    """Receives all input and carries out actions. touched: called on any input."""

    def __init__(
        self, actions: Mapping[str, Action], post: Callable[[ev.Event], None], touched: Callable[[], None]
    ) -> None:
        self.keyboard = Keyboard(actions)
        self.bindings = Bindings(actions)
        self._actions, self._post, self._touched = actions, post, touched
        self._bench: Workbench | None = None
        self._double_clicks = DoubleClickDetector()
        self._held = HeldPress()
        self._number = LabelNumber()

    def bind_views(self, bench: Workbench) -> None:
        """Set the views that get the input, and bind their commands."""
        self._bench = bench
        canvas = bench.canvas
        self.bindings.bind(
            {
                "edit.cancel": self.cancel,
                "polygon.delete": canvas.delete_polygon,
                "view.fit": lambda: self._view_under_mouse(bench).fit(),
                "view.zoom_object": canvas.zoom_object,
                "view.zoom_in": lambda: self._zoom(bench, 2),
                "view.zoom_out": lambda: self._zoom(bench, -2),
                "view.pan_left": lambda: self._view_under_mouse(bench).pan(-1, 0),
                "view.pan_right": lambda: self._view_under_mouse(bench).pan(1, 0),
                "view.pan_up": lambda: self._view_under_mouse(bench).pan(0, -1),
                "view.pan_down": lambda: self._view_under_mouse(bench).pan(0, 1),
                "overlay.hide": lambda: canvas.hide_masks(True),
                "timeline.in": lambda: bench.timeline.zoom(1),
                "timeline.out": lambda: bench.timeline.zoom(-1),
                "pane.side_wider": lambda: bench.splitters.step("side", 1),
                "pane.side_narrower": lambda: bench.splitters.step("side", -1),
                "pane.timeline_taller": lambda: bench.splitters.step("timeline", 1),
                "pane.timeline_lower": lambda: bench.splitters.step("timeline", -1),
                "pane.views_wider": lambda: bench.splitters.step("beside", 1),
                "pane.views_narrower": lambda: bench.splitters.step("beside", -1),
                "pane.reset": bench.splitters.reset,
                "frame.goto": bench.transport.go_to_frame,
                "label.pick": self._pick_object,
                "label.number": self._ask_label_number,
                "label.add": bench.labels.add_label,
                "label.rename": lambda: bench.labels.rename_label(bench.snapshot.label),
            },
            {"overlay.hide": lambda: canvas.hide_masks(False)},
        )

    def act(self, identity: str) -> None:
        """Carry out an action, where it makes sense now."""
        if self._bench is None:
            return
        if identity == "mask.finish" and self._bench.canvas.finish_drawing():
            return
        action, snapshot = self._actions[identity], self._bench.snapshot
        if action.is_command and action.is_ready(snapshot):
            self.bindings.run_command(identity)
        for event in action.events(snapshot):
            self._post(event)

    def cancel(self) -> None:
        """Cancel the innermost of a drag, an offer, a message and the activity panel."""
        if self._bench is None or self._bench.context_menu.hide():
            return
        if self._bench.canvas.cancel() or self._bench.view3d.cancel():
            return
        if self._bench.sheet.is_shown:
            self._post(ev.SheetToggled())
        elif self._bench.snapshot.can_resume:
            self._post(ev.PropagationResumed(False))
        elif not self._bench.toasts.dismiss() and self._bench.activity.is_shown:
            self._bench.activity.toggle()

    def on_press(self, button: Button, x: int, y: int) -> None:
        """Handle a mouse button that went down."""
        self._touched()
        bench = self._bench
        if bench is None or bench.dialogs.current is not None:
            return
        if button == "right" and self._begin_menu(bench, x, y):
            return
        is_double = button == "left" and self._double_clicks.is_double(time.perf_counter(), x, y)
        if bench.worklist.is_under_mouse():
            if button == "left":
                bench.worklist.press(y, held_modifiers(), is_double=is_double)
            return
        if button == "left" and bench.splitters.press(is_double=is_double):
            return
        if bench.sheet.is_under_mouse():
            if button == "left":
                bench.sheet.press(x, y, held_modifiers())
            return
        if bench.canvas.is_under_mouse():
            if not (is_double and bench.canvas.double_click(x, y)):
                bench.canvas.press(button, x, y, held_modifiers())
        elif button == "left" and bench.linked_views.is_under_mouse():
            bench.linked_views.press(x, y)
        elif bench.view3d.is_under_mouse():
            if not (is_double and bench.view3d.double_click(x, y)):
                bench.view3d.press(button, x, y)
        elif button == "left" and bench.timeline.is_under_mouse():
            bench.timeline.press(x)

    def on_release(self, button: Button, x: int, y: int) -> None:
        """Handle a mouse button that came up."""
        self._touched()
        self._double_clicks.move(x, y)
        if self._bench is not None:
            short = self._held.end() if button == "right" else None
            if short is not None:
                self._bench.canvas.press("right", *short, held_modifiers())
            self._bench.canvas.release(button)
            self._bench.view3d.release(button)
            self._bench.timeline.release()
            self._bench.linked_views.release()
            self._bench.splitters.release()

    def on_wheel(self, notches: float, x: int, y: int) -> None:
        """Handle a turn of the wheel."""
        self._touched()
        bench = self._bench
        if bench is None or bench.dialogs.on_wheel(notches):
            return
        if bench.worklist.is_under_mouse():
            bench.worklist.wheel(notches)
        elif bench.sheet.is_under_mouse():
            if "Ctrl" in held_modifiers():
                self._zoom(bench, notches)
            else:
                bench.sheet.wheel(notches)
        elif bench.canvas.is_under_mouse():
            if "Shift" in held_modifiers() and bench.snapshot.tools.tool.has_size:
                self._post(ev.ToolChanged(size=step_size(bench.snapshot.tools.size, notches)))
            else:
                self._turn_over_canvas(bench, notches, x, y)
        elif bench.linked_views.is_under_mouse():
            bench.linked_views.wheel(notches)
        elif bench.view3d.is_under_mouse():
            bench.view3d.wheel(notches)
        elif bench.timeline.is_under_mouse():
            bench.timeline.wheel(notches, x, held_modifiers())

    def on_key(self, key: int, held: Modifiers) -> None:
        """Handle a key that went down or repeats."""
        self._touched()
        if self._bench is None:
            return
        typing = self._bench.fields.is_typing
        identity = self.keyboard.press_key(key, held, typing=typing)
        if self._bench.dialogs.on_key(key, held) or self._on_worklist(key, held, typing):
            return
        is_on_sheet = self._bench.sheet.is_shown and not self._bench.worklist.is_shown
        if is_on_sheet and not typing and self._bench.sheet.on_key(str(chord_of_key(key, held))):
            return
        if not typing and not is_modifier(key) and self._choose_by_number(key, held):
            return
        if identity is not None and self._can_be_seen(identity):
            self.act(identity)

    def _on_worklist(self, key: int, modifiers: Modifiers, typing: bool) -> bool:
        """Give a key to the worklist while it covers the canvas; return whether the worklist handles it."""
        assert self._bench is not None
        view = self._bench.worklist
        return (
            view.is_shown
            and not is_modifier(key)
            and view.on_key(str(chord_of_key(key, modifiers)), typing=typing)
        )

    def _can_be_seen(self, identity: str) -> bool:
        """Whether the effect of an action is visible: nothing is changed below the worklist."""
        assert self._bench is not None
        return self._actions[identity].beside_worklist or not self._bench.worklist.is_shown

    def on_key_up(self, key: int) -> None:
        """Handle a key that came up."""
        self._touched()
        self._end_held_action(self.keyboard.release_key(key))

    def release_lost_keys(self) -> None:
        """End actions of keys whose release never came, and follow the mouse; called once a frame."""
        self._double_clicks.move(*mouse_position())
        if self._bench is not None and self._held.is_held(time.perf_counter(), *mouse_position()):
            self._open_menu(self._bench, "canvas", *mouse_position())
        for identity in self.keyboard.release_lost_keys(dpg.is_key_down):
            self._end_held_action(identity)

    def _begin_menu(self, bench: Workbench, x: int, y: int) -> bool:
        """Open the menu of the place under the mouse; return whether the press is used up.

        On the canvas a short press is a click, so that the menu comes when the button is held, or at once with Ctrl.
        """
        bench.context_menu.hide()
        if bench.canvas.is_under_mouse():
            if "Ctrl" in held_modifiers():
                self._open_menu(bench, "canvas", x, y)
                return True
            is_click = bench.snapshot.tools.tool is Tool.CLICK and not held_modifiers()
            if is_click:
                self._held.begin(time.perf_counter(), x, y)
            return is_click
        place = bench.place_under_mouse()
        if place is not None:
            self._open_menu(bench, place, x, y)
        return place is not None

    def _open_menu(self, bench: Workbench, place: Place, x: int, y: int) -> None:
        """Open a menu; on the canvas its object is that under the mouse."""
        if place == "canvas":
            self._pick_object()
        bench.context_menu.show_at(x, y, CONTEXT_MENUS[place], bench.snapshot, bench.keys)

    def _pick_object(self) -> None:
        """Select the object under the mouse."""
        canvas = self._bench.canvas if self._bench is not None else None
        if canvas is not None and canvas.mouse_point is not None and canvas.frame is not None:
            self._post(ev.ObjectPicked(canvas.frame, *canvas.mouse_point))

    def _ask_label_number(self) -> None:
        self._number.begin()
        self._post(ev.Noticed("info", "Type the two digits of a label, such as 0 7."))

    def _choose_by_number(self, key: int, held: Modifiers) -> bool:
        """Give a key to the number of a label; return whether it was waited for."""
        is_used, number = self._number.take_key(str(chord_of_key(key, held)))
        if number is not None:
            self._post(ev.LabelChosen(number))
        return is_used

    def _turn_over_canvas(self, bench: Workbench, notches: float, x: int, y: int) -> None:
        """Walk through the slices of a scan, or zoom: with Ctrl, on anything else, and where the setting says so."""
        info = bench.snapshot.sequence.info
        is_scan = info is not None and info.kind == "volume"
        if is_scan and bench.snapshot.view.wheel_steps and "Ctrl" not in held_modifiers():
            self._post(ev.FrameStepped(round(-notches)))
        else:
            bench.canvas.wheel(notches, x, y)

    def _zoom(self, bench: Workbench, notches: float) -> None:
        """Zoom the view under the mouse, or change the size of the contact sheet's tiles."""
        if bench.sheet.is_shown:
            self.act("sheet.larger" if notches > 0 else "sheet.smaller")
        else:
            self._view_under_mouse(bench).zoom(notches, *mouse_position())

    @staticmethod
    def _view_under_mouse(bench: Workbench) -> Canvas | View3DPane:
        """Return the 3D view where the mouse is over it, else the canvas."""
        return bench.view3d if bench.view3d.is_under_mouse() else bench.canvas

    def _end_held_action(self, identity: str | None) -> None:
        if identity is not None:
            self.bindings.release_command(identity)
