"""Overlays on the canvas: the welcome panel when nothing is open, the prompt to resume a propagation."""

from collections.abc import Callable, Mapping

import dearpygui.dearpygui as dpg

from app.messages.events import Event, PropagationResumed
from app.messages.snapshot import Snapshot
from app.views.toolkit import theme_colors as p
from app.views.toolkit.first_steps import FirstSteps
from app.views.toolkit.fonts import Fonts
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import ChangeTracker, add_floating_window, bind_theme, callback

_WAYS = (
    ("file.open", "Open a video, image or scan"),
    ("file.open_folder", "Open a folder of images or slices"),
    ("file.demo", "See a demo first"),
    ("worklist.toggle", "Go to the worklist"),
)


class WelcomePanel:
    """The first steps, while nothing is open."""

    def __init__(self, sizes: Sizes, fonts: Fonts, themes: Themes, act: Callable[[str], None]) -> None:
        self._sizes, self._changes = sizes, ChangeTracker()
        self.window = add_floating_window(themes.plain)
        title = dpg.add_text("Framewise", parent=self.window)
        if fonts.hero:
            dpg.bind_item_font(title, fonts.hero)
        self._text = int(dpg.add_text("", parent=self.window, color=p.MUTED))
        self._steps = FirstSteps(self.window, sizes, themes, _WAYS, act)

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Show the keys, by action id."""
        self._steps.show_keys(keys)

    def refresh(self, snapshot: Snapshot, *, is_covered: bool) -> None:
        """Show the panel while nothing is open, or what is being opened."""
        show = snapshot.sequence.info is None and not is_covered
        name = snapshot.tasks.opening.rsplit("/", 1)[-1]
        words = f"Opening {name}…" if name else "Choose what to annotate."
        if self._changes.is_new("shown", (show, words)):
            dpg.configure_item(self.window, show=show)
            dpg.set_value(self._text, words)

    def center_in(self, x: int, y: int, width: int, height: int) -> None:
        """Centre the panel in an area of the window."""
        across, down = dpg.get_item_rect_size(self.window)
        dpg.configure_item(self.window, pos=(x + (width - int(across)) // 2, y + (height - int(down)) // 3))


class ResumePrompt:
    """A bar that asks whether to resume a propagation that was interrupted."""

    def __init__(self, sizes: Sizes, themes: Themes, post: Callable[[Event], None]) -> None:
        self._changes = ChangeTracker()
        self.window = add_floating_window(themes.card)
        with dpg.group(horizontal=True, parent=self.window, horizontal_spacing=sizes(12)):
            self._text = int(dpg.add_text("A propagation was cut off. Go on with it?"))
            yes = dpg.add_button(
                label="Go on   Enter", callback=callback(lambda: post(PropagationResumed(True)))
            )
            bind_theme(int(yes), themes.primary)
            dpg.add_button(label="Not now   Esc", callback=callback(lambda: post(PropagationResumed(False))))

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the prompt while there is something to resume."""
        if self._changes.is_new("offer", snapshot.can_resume):
            dpg.configure_item(self.window, show=snapshot.can_resume)

    def center_in(self, x: int, y: int, width: int) -> None:
        """Centre the prompt at the top of an area of the window."""
        across, _ = dpg.get_item_rect_size(self.window)
        dpg.configure_item(self.window, pos=(x + (width - int(across)) // 2, y + 12))


def first_chord(chords: Mapping[str, str], action: str) -> str:
    """Return the first of an action's chords."""
    return (chords.get(action, "").split() or [""])[0]
