"""Dispatches input: to the open dialog, else to the view under the mouse, else to the actions."""

from collections.abc import Callable, Mapping

import dearpygui.dearpygui as dpg

from app.actions.action import Action
from app.actions.bindings import Bindings
from app.actions.key_chords import chord_of_key, is_modifier
from app.messages import events as ev
from app.views.canvas.interaction import Button
from app.views.input.dpg_handlers import mouse_position
from app.views.input.label_number import LabelNumber
from app.views.input.mouse_dispatcher import MouseDispatcher
from app.views.toolkit.keyboard import Keyboard, Modifiers
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
        self.mouse: MouseDispatcher | None = None  #: None until the views are there
        self._number = LabelNumber()

    def bind_views(self, bench: Workbench) -> None:
        """Set the views that get the input, and bind their commands."""
        self._bench = bench
        self.mouse = mouse = MouseDispatcher(bench, self.act, self._post)
        canvas = bench.canvas
        self.bindings.bind(
            {
                "edit.cancel": self.cancel,
                "polygon.delete": canvas.delete_polygon,
                "view.fit": lambda: mouse.view_under_mouse.fit(),
                "view.zoom_object": canvas.zoom_object,
                "view.zoom_in": lambda: mouse.zoom(2),
                "view.zoom_out": lambda: mouse.zoom(-2),
                "view.pan_left": lambda: mouse.view_under_mouse.pan(-1, 0),
                "view.pan_right": lambda: mouse.view_under_mouse.pan(1, 0),
                "view.pan_up": lambda: mouse.view_under_mouse.pan(0, -1),
                "view.pan_down": lambda: mouse.view_under_mouse.pan(0, 1),
                "overlay.hide": lambda: canvas.hide_masks(True),
                "timeline.in": lambda: bench.timeline.zoom(1),
                "timeline.out": lambda: bench.timeline.zoom(-1),
                "pane.side_wider": lambda: bench.splitters.step("side", 1),
                "pane.side_narrower": lambda: bench.splitters.step("side", -1),
                "pane.timeline_taller": lambda: bench.splitters.step("timeline", 1),
                "pane.timeline_lower": lambda: bench.splitters.step("timeline", -1),
                "pane.views_wider": lambda: bench.splitters.step("beside", 1),
                "pane.views_narrower": lambda: bench.splitters.step("beside", -1),
                "pane.settings_taller": lambda: bench.splitters.step("settings", 1),
                "pane.settings_lower": lambda: bench.splitters.step("settings", -1),
                "pane.second_wider": lambda: bench.splitters.step("second", 1),
                "pane.second_narrower": lambda: bench.splitters.step("second", -1),
                "pane.reset": bench.splitters.reset,
                "frame.goto": bench.transport.go_to_frame,
                "label.pick": mouse.pick_object,
                "label.number": self._ask_label_number,
                "label.add": bench.side.labels.add_label,
                "label.rename": lambda: bench.side.labels.rename_label(bench.snapshot.label),
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
        post: Callable[[ev.Event], None] = self._post
        if self._bench.second.is_under_mouse():
            snapshot, post = self._bench.second.window_shown, self._bench.second.take_window
        if action.is_command and action.is_ready(snapshot):
            self.bindings.run_command(identity)
        for event in action.events(snapshot):
            post(event)
        if lacking := action.lacks(snapshot):
            self._post(ev.Noticed("info", lacking))

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
        elif self._bench.second.is_shown:
            self._post(ev.SecondSeriesClosed())
        elif self._bench.snapshot.sequence.marking:
            self._post(ev.MarkingToggled())
        elif not self._bench.toasts.dismiss() and self._bench.activity.is_shown:
            self._bench.activity.toggle()

    def on_press(self, button: Button, x: int, y: int) -> None:
        """Handle a mouse button that went down."""
        self._touched()
        if self.mouse is not None:
            self.mouse.on_press(button, x, y)

    def expect_press(self, button: int, x: int, y: int) -> None:
        """Take in that a mouse button, 1 left and 3 right, went down; on_press follows when a frame has read it."""
        if self.mouse is not None:
            self.mouse.expect_press(button, x, y)

    def on_release(self, button: Button, x: int, y: int) -> None:
        """Handle a mouse button that came up."""
        self._touched()
        if self.mouse is not None:
            self.mouse.on_release(button, x, y)

    def on_wheel(self, notches: float, x: int, y: int) -> None:
        """Handle a turn of the wheel."""
        self._touched()
        if self.mouse is not None:
            self.mouse.on_wheel(notches, x, y)

    def on_key(self, key: int, held: Modifiers) -> None:
        """Handle a key that went down or repeats."""
        self._touched()
        if self._bench is None:
            return
        typing = self._bench.fields.is_typing
        is_repeated = self.keyboard.is_held(key)
        identity = self.keyboard.press_key(key, held, typing=typing)
        if self._bench.dialogs.on_key(key, held) or self._on_worklist(key, held, typing):
            return
        is_on_sheet = self._bench.sheet.is_shown and not self._bench.worklist.is_shown
        if is_on_sheet and not typing and self._bench.sheet.on_key(str(chord_of_key(key, held))):
            return
        if not typing and not is_modifier(key) and self._choose_by_number(key, held):
            return
        if not typing and self._mark_by_key(key, held, is_repeated=is_repeated):
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
        if self.mouse is not None:
            self.mouse.follow(*mouse_position())
        for identity in self.keyboard.release_lost_keys(dpg.is_key_down):
            self._end_held_action(identity)

    def _ask_label_number(self) -> None:
        self._number.begin()
        self._post(ev.Noticed("info", "Type the two digits of a label, such as 0 7."))

    def _choose_by_number(self, key: int, held: Modifiers) -> bool:
        """Give a key to the number of a label; return whether it was waited for."""
        is_used, number = self._number.take_key(str(chord_of_key(key, held)))
        if number is not None:
            self._post(ev.LabelChosen(number))
        return is_used

    def _mark_by_key(self, key: int, held: Modifiers, *, is_repeated: bool) -> bool:
        """Mark what a key stands for on the frame that was on the screen; return whether it is the key of a term."""
        assert self._bench is not None
        sequence = self._bench.snapshot.sequence
        if not sequence.marking or is_modifier(key) or self._bench.worklist.is_shown:
            return False
        found = sequence.tiers.term_of_key(str(chord_of_key(key, held)).lower())
        if found is None:
            return False
        shown = self._bench.frame_at_key
        if not is_repeated:
            frame = sequence.frame if shown is None else shown
            self._post(ev.TermPressed(found[0].name, found[1].name, frame))
        return True

    def _end_held_action(self, identity: str | None) -> None:
        if identity is not None:
            self.bindings.release_command(identity)
