"""Dispatches the mouse to the view under it."""

import time
from collections.abc import Callable
from dataclasses import replace

from app.actions.context_menus import CONTEXT_MENUS, Place
from app.domain.tool import Tool, step_size
from app.messages import events as ev
from app.views.canvas.canvas import Canvas
from app.views.canvas.gestures import DoubleClickDetector
from app.views.canvas.interaction import Button
from app.views.input.dpg_handlers import held_modifiers, mouse_position
from app.views.input.held_press import HeldPress
from app.views.input.pointer_rest import PointerRest
from app.views.view3d.view3d_pane import View3DPane
from app.views.workbench import Workbench


class MouseDispatcher:
    """Presses, releases and turns of the wheel at window pixels. act: carries out an action by its id."""

    def __init__(
        self, bench: Workbench, act: Callable[[str], None], post: Callable[[ev.Event], None]
    ) -> None:
        self._bench, self._act, self._post = bench, act, post
        self._double_clicks = DoubleClickDetector()
        self._held = HeldPress()
        self._rest = PointerRest()

    def on_press(self, button: Button, x: int, y: int) -> None:
        """Handle a mouse button that went down."""
        bench = self._bench
        if bench.dialogs.current is not None:
            return
        if button == "right" and self._begin_menu(x, y):
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
        elif bench.second.is_under_mouse():
            bench.second.press(button, x, y, held_modifiers())
        elif button == "left" and bench.linked_views.is_under_mouse():
            bench.linked_views.press(x, y)
        elif bench.view3d.is_under_mouse():
            if not (is_double and bench.view3d.double_click(x, y)):
                bench.view3d.press(button, x, y)
        elif button == "left" and bench.timeline.is_under_mouse():
            bench.timeline.press(x, y)

    def on_release(self, button: Button, x: int, y: int) -> None:
        """Handle a mouse button that came up."""
        self._double_clicks.move(x, y)
        bench, short = self._bench, self._held.end() if button == "right" else None
        if short is not None:
            bench.canvas.press("right", *short, held_modifiers())
        for view in (bench.canvas, bench.view3d):
            view.release(button)
        for other in (bench.timeline, bench.linked_views, bench.second, bench.splitters):
            other.release()

    def follow(self, x: int, y: int) -> None:
        """Follow the mouse, and open the menu of a press that is held; called once a frame."""
        now = time.perf_counter()
        self._double_clicks.move(x, y)
        if self._held.is_held(now, x, y):
            self._open_menu("canvas", x, y)
        self._expect_rest(now, x, y)

    def expect_press(self, button: int, x: int, y: int) -> None:
        """Tell of the click that a press, 1 left and 3 right, will be when a frame has read it.

        A software renderer draws a frame for 20 ms first.
        """
        click = self._click_at(x, y)
        if click is not None and button in (1, 3) and not held_modifiers():
            self._post(replace(click, positive=button == 1))

    def _expect_rest(self, now: float, x: int, y: int) -> None:
        """Tell of a click that may come, once for each rest of the pointer and each mask that it would change."""
        click, bench = self._click_at(x, y), self._bench
        changes = bench.snapshot.pending, bench.snapshot.sequence.selected
        if self._rest.begins(now, click and (click, *changes)) and click is not None:
            self._post(click)

    def _click_at(self, x: int, y: int) -> ev.ClickExpected | None:
        is_over = self._bench.dialogs.current is None and self._bench.canvas.is_under_mouse()
        return self._bench.canvas.expected_click(x, y) if is_over else None

    def on_wheel(self, notches: float, x: int, y: int) -> None:
        """Handle a turn of the wheel."""
        bench = self._bench
        if bench.dialogs.on_wheel(notches):
            return
        if bench.worklist.is_under_mouse():
            bench.worklist.wheel(notches)
        elif bench.sheet.is_under_mouse():
            if "Ctrl" in held_modifiers():
                self.zoom(notches)
            else:
                bench.sheet.wheel(notches)
        elif bench.canvas.is_under_mouse():
            if "Shift" in held_modifiers() and bench.snapshot.tools.tool.has_size:
                self._post(ev.ToolChanged(size=step_size(bench.snapshot.tools.size, notches)))
            else:
                self._turn_over_canvas(notches, x, y)
        elif bench.second.is_under_mouse():
            self._turn_over_canvas(notches, *bench.second.canvas_position(x, y))
        elif bench.linked_views.is_under_mouse():
            bench.linked_views.wheel(notches)
        elif bench.view3d.is_under_mouse():
            bench.view3d.wheel(notches)
        elif bench.timeline.is_under_mouse():
            bench.timeline.wheel(notches, x, held_modifiers())

    def _begin_menu(self, x: int, y: int) -> bool:
        """Open the menu of the place under the mouse; return whether the press is used up.

        On the canvas a short press is a click, so that the menu comes when the button is held, or at once with Ctrl.
        """
        bench = self._bench
        bench.context_menu.hide()
        if bench.canvas.is_under_mouse():
            if "Ctrl" in held_modifiers():
                self._open_menu("canvas", x, y)
                return True
            is_click = bench.snapshot.tools.tool is Tool.CLICK and not held_modifiers()
            if is_click:
                self._held.begin(time.perf_counter(), x, y)
            return is_click
        place = bench.place_under_mouse()
        if place is not None:
            self._open_menu(place, x, y)
        return place is not None

    def _open_menu(self, place: Place, x: int, y: int) -> None:
        """Open a menu; on the canvas its object is that under the mouse."""
        if place == "canvas":
            self.pick_object()
        bench = self._bench
        bench.context_menu.show_at(x, y, CONTEXT_MENUS[place], bench.snapshot, bench.keys)

    def pick_object(self) -> None:
        """Select the object under the mouse."""
        canvas = self._bench.canvas
        if canvas.mouse_point is not None and canvas.frame is not None:
            self._post(ev.ObjectPicked(canvas.frame, *canvas.mouse_point))

    def _turn_over_canvas(self, notches: float, x: int, y: int) -> None:
        """Step through the slices of a scan, or zoom: with Ctrl, on anything else, and where the setting says so."""
        bench = self._bench
        info = bench.snapshot.sequence.info
        is_scan = info is not None and info.kind == "volume"
        if is_scan and bench.snapshot.view.wheel_steps and "Ctrl" not in held_modifiers():
            self._post(ev.FrameStepped(round(-notches)))
        else:
            bench.canvas.wheel(notches, x, y)

    def zoom(self, notches: float) -> None:
        """Zoom the view under the mouse, or change the size of the contact sheet's tiles."""
        if self._bench.sheet.is_shown:
            self._act("sheet.larger" if notches > 0 else "sheet.smaller")
        else:
            self.view_under_mouse.zoom(notches, *mouse_position())

    @property
    def view_under_mouse(self) -> Canvas | View3DPane:
        """The 3D view where the mouse is over it, else the canvas."""
        bench = self._bench
        return bench.view3d if bench.view3d.is_under_mouse() else bench.canvas
