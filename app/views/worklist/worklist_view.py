"""The worklist over the whole window: search, filters, and the state of each sequence."""

import time
from collections.abc import Callable
from functools import partial

import dearpygui.dearpygui as dpg

from app.domain.worklist.entry import WorklistEntry
from app.domain.worklist.sorting import count_by_state, filter_entries, sort_entries, upcoming_entries
from app.messages.snapshot import Snapshot
from app.views.toolkit import theme_colors as p
from app.views.toolkit.first_steps import FirstSteps
from app.views.toolkit.fonts import BODY, Fonts
from app.views.toolkit.keyboard import Modifiers
from app.views.toolkit.text_fields import TextFields
from app.views.toolkit.textures import Texture
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import Sizes
from app.views.toolkit.widgets import (
    ChangeTracker,
    add_pane,
    add_tooltip,
    bind_theme,
    callback,
    set_bounds,
    text_width,
    value_callback,
)
from app.views.worklist.thumbnails import Thumbnails
from app.views.worklist.worklist_rows import ROW, WorklistRows
from app.views.worklist.worklist_texts import (
    FILTERS,
    describe_drop_folder,
    filter_titles,
    order_by_need,
    shorten_text,
)

# Unscaled pixels: around everything, heights of head, foot and first steps; left edge of the folder line, and width of
# the buttons after it.
MARGIN, HEAD, FOOT, EMPTY = 18, 102, 34, 230
LINE, BUTTONS = 126, 190
SORTINGS = {"arrival": "By arrival", "name": "By name"}
WAYS = (
    ("file.open", "Open a video, image or scan"),
    ("file.open_folder", "Open a folder of images or slices"),
    ("file.demo", "See a demo first"),
    ("worklist.folder", "Choose another drop folder"),
)


class WorklistView:
    """Shown when nothing is open, and over what is open when it is asked for.

    act: carries out an action by its id. enter: opens an entry, or tries it again.
    """

    def __init__(
        self,
        parent: int,
        sizes: Sizes,
        fonts: Fonts,
        themes: Themes,
        fields: TextFields,
        texture: Texture,
        act: Callable[[str], None],
    ) -> None:
        self._sizes, self._fonts, self._themes, self._fields = sizes, fonts, themes, fields
        self._changes = ChangeTracker()
        self._snapshot = Snapshot()
        self._text, self._filter = "", 0
        self._is_wanted = True
        self._width = 0
        self._keys: dict[str, str] = {}
        self.enter: Callable[[WorklistEntry], None] = lambda entry: None
        self.window = add_pane(parent, themes.bare)
        dpg.configure_item(self.window, show=False)
        self._make_head(act)
        body = dpg.add_child_window(
            parent=self.window, border=False, no_scrollbar=True, no_scroll_with_mouse=True
        )
        self._body = bind_theme(int(body), themes.bare)
        self.thumbnails = Thumbnails(texture)
        self.rows = WorklistRows(self._body, sizes, self.thumbnails)
        self._chosen_id = ""
        self._make_empty(act)
        self._foot = int(dpg.add_text("", parent=self.window, color=p.MUTED))
        if fonts.small:
            dpg.bind_item_font(self._foot, fonts.small)

    @property
    def is_shown(self) -> bool:
        """Whether it covers the canvas."""
        return self._is_wanted and (self._is_in_use or self._snapshot.sequence.info is not None)

    @property
    def chosen(self) -> WorklistEntry | None:
        """The entry that is chosen."""
        return self.rows.chosen

    @property
    def _is_in_use(self) -> bool:
        worklist = self._snapshot.worklist
        return bool(worklist.folder.path or worklist.entries)

    def show_keys(self, keys: dict[str, str]) -> None:
        """Show the keys, by action id."""
        self._keys = keys
        words = (
            "Enter opens",
            "Space marks",
            f"{keys['night.queue']} queues for the night",
            "Left and Right filter",
            f"{keys['worklist.find']} finds",
            f"{keys['worklist.order']} orders",
            f"{keys['worklist.again']} looks again",
            f"{keys['worklist.toggle']} goes back to the frame",
        )
        dpg.set_value(self._foot, "   ·   ".join(words))
        self._steps.show_keys(keys)

    def toggle(self) -> None:
        """Show the worklist, or return to the open sequence."""
        self._is_wanted = not self._is_wanted
        self._update()

    def focus_filter(self) -> None:
        """Show the worklist and begin a new search."""
        self._is_wanted = True
        self._clear_search()
        self._update()
        dpg.focus_item(self._field)

    def refresh(self, snapshot: Snapshot) -> None:
        """Accept a new Snapshot; the worklist hides when a sequence opens, and shows when it is closed."""
        before, self._snapshot = self._snapshot, snapshot
        path = snapshot.sequence.info.path if snapshot.sequence.info is not None else ""
        if path != (before.sequence.info.path if before.sequence.info is not None else ""):
            self._is_wanted = not path
            self._chosen_id = ""
            self._clear_search()
        self._update()

    def draw(self) -> None:
        """Redraw what has changed; called in every frame."""
        self.thumbnails.tick()
        if self.is_shown:
            snapshot = self._snapshot
            self.rows.draw(snapshot.worklist.entry_id, snapshot.night, time.time())

    def resize(self, x: int, y: int, width: int, height: int) -> None:
        """Set position and size, in window pixels."""
        sizes, margin = self._sizes, self._sizes(MARGIN)
        if not self._changes.is_new("area", (x, y, width, height)):
            return
        set_bounds(self.window, x, y, width, height)
        down = max(height - sizes(HEAD + FOOT), sizes(ROW))
        set_bounds(self._body, margin, sizes(HEAD), width - 2 * margin, down)
        self.rows.resize(width - 2 * margin, down)
        dpg.configure_item(self._field, width=min(sizes(280), width // 5))
        dpg.configure_item(self._foot, pos=(margin, height - sizes(FOOT) + sizes(6)))
        above = min(down // 4, max(down - sizes(EMPTY), 0))
        dpg.configure_item(self._empty, pos=((width - 2 * margin) // 2 - sizes(260), above))
        self._width = width
        self._show_folder()

    def on_key(self, key: str, *, typing: bool) -> bool:
        """Handle a key while the worklist is shown; return whether it was used."""
        steps = {
            "Up": -1,
            "Down": 1,
            "PageUp": -self.rows.window.visible,
            "PageDown": self.rows.window.visible,
        }
        ends = {"Home": 0, "End": len(self.rows.entries) - 1}
        if key in steps:
            self._choose_row(self.rows.window.chosen + steps[key])
        elif key == "Enter":
            self._open_chosen()
        elif key == "Escape":
            self._leave()
        elif typing:
            return False
        elif key in ("Space", "Shift+Down", "Shift+Up"):
            self._mark_rows(
                self.rows.window.chosen, self.rows.window.chosen + (-1 if key.endswith("Up") else 1)
            )
        elif key in ends:
            self._choose_row(ends[key])
        elif key in ("Left", "Right"):
            self._choose_filter((self._filter + (1 if key == "Right" else -1)) % len(FILTERS))
        else:
            return False
        return True

    def is_under_mouse(self) -> bool:
        """Return whether the mouse is over the rows."""
        return self.is_shown and bool(dpg.is_item_hovered(self.rows.item))

    @property
    def marked(self) -> tuple[WorklistEntry, ...]:
        """The marked entries in the order that they are shown in, or else the chosen one."""
        found = tuple(entry for entry in self.rows.entries if entry.entry_id in self.rows.marked)
        return found or ((self.rows.chosen,) if self.rows.chosen is not None else ())

    def unmark(self) -> None:
        """Mark no entry."""
        self.rows.marked = frozenset()

    def _mark_rows(self, row: int, target: int) -> None:
        """Mark a row, or not any more, and choose another one."""
        if 0 <= row < len(self.rows.entries):
            self.rows.marked ^= {self.rows.entries[row].entry_id}
        self._choose_row(target)

    def press(self, y: int, modifiers: Modifiers, *, is_double: bool) -> None:
        """Choose the row at a height in window pixels; a double click opens it, with Ctrl it is marked.

        With Shift all rows from the chosen one to this are marked.
        """
        row = self.rows.row_at(y - int(dpg.get_item_rect_min(self.rows.item)[1]))
        if row is None:
            return
        chosen = self.rows.window.chosen
        if "Ctrl" in modifiers:
            self._mark_rows(row, row)
            return
        if "Shift" in modifiers:
            between = self.rows.entries[min(row, chosen) : max(row, chosen) + 1]
            self.rows.marked |= {entry.entry_id for entry in between}
        again = row == chosen
        self._choose_row(row)
        if is_double and again:
            self._open_chosen()

    def wheel(self, notches: float) -> None:
        """Scroll by wheel notches."""
        self.rows.window.scroll(round(-2 * notches))

    def _choose_row(self, row: int) -> None:
        self.rows.window.choose_row(row)
        self._chosen_id = self.rows.chosen.entry_id if self.rows.chosen is not None else ""

    def _open_chosen(self) -> None:
        entry = self.rows.chosen
        if entry is not None:
            self.enter(entry)

    def _leave(self) -> None:
        """Clear marks, then search and filter, or else return to the open sequence."""
        if self.rows.marked:
            self.unmark()
        elif self._text or self._filter:
            self._clear_search()
            self._choose_filter(0)
        elif self._snapshot.sequence.info is not None:
            self.toggle()

    def _clear_search(self) -> None:
        dpg.set_value(self._field, "")
        self._text = ""

    def _update(self) -> None:
        if self._changes.is_new("shown", self.is_shown):
            dpg.configure_item(self.window, show=self.is_shown)
        worklist = self._snapshot.worklist
        filled = (worklist.entries, worklist.sorting, self._text, self._filter, self._snapshot.night.entries)
        if self.is_shown and self._changes.is_new("rows", filled):
            self._fill()
        self._show_folder()

    def _fill(self) -> None:
        entries = self._snapshot.worklist.entries
        found = filter_entries(entries, self._text, FILTERS[self._filter].states)
        shown = sort_entries(found, self._snapshot.worklist.sorting)
        if FILTERS[self._filter].is_night:
            found = shown = order_by_need(shown, self._snapshot.night)
        night = len(order_by_need(entries, self._snapshot.night))
        first = next((entry.entry_id for entry in upcoming_entries(shown, "", 1)), "")
        self.rows.show_entries(shown, self._chosen_id or self._snapshot.worklist.entry_id or first)
        for index, (item, label) in enumerate(
            zip(self._chips, filter_titles(FILTERS, count_by_state(entries), night), strict=True)
        ):
            dpg.set_item_label(item, label)
            dpg.bind_item_theme(item, self._themes.chosen if index == self._filter else self._themes.flat)
        dpg.set_item_label(self._order, SORTINGS[self._snapshot.worklist.sorting])
        dpg.configure_item(self.rows.item, show=bool(found))
        dpg.configure_item(self._empty, show=not found)
        title = "No sequence matches." if entries else "Nothing has come yet."
        dpg.set_value(self._empty_title, title)
        dpg.configure_item(self._first_steps, show=not entries)

    def _show_folder(self) -> None:
        folder, width = self._snapshot.worklist.folder, self._width
        if not self._changes.is_new("folder", (folder, self._snapshot.tasks.opening, width)):
            return
        words, color = describe_drop_folder(folder)
        opening = self._snapshot.tasks.opening.rsplit("/", 1)[-1]
        if opening:
            words, color = f"Opening {opening}…", p.ACCENT
        body = self._sizes(BODY)
        shown = shorten_text(
            words.encode("utf-8", "replace").decode(),
            width - self._sizes(LINE + BUTTONS + MARGIN),
            lambda part: text_width(part, body, body),
        )
        dpg.set_value(self._line, shown)
        dpg.configure_item(self._line, color=color)
        dpg.set_value(self._line_tip, folder.path.encode("utf-8", "replace").decode())

    def _choose_filter(self, number: int) -> None:
        self._filter = number
        self._update()

    def _search(self, text: str) -> None:
        self._text = text
        self._update()

    def _make_head(self, act: Callable[[str], None]) -> None:
        sizes = self._sizes
        margin = sizes(MARGIN)
        title = dpg.add_text("Worklist", parent=self.window, pos=(margin, sizes(14)))
        if self._fonts.title:
            dpg.bind_item_font(title, self._fonts.title)
        row = {"parent": self.window, "horizontal": True, "horizontal_spacing": sizes(12)}
        with dpg.group(pos=(sizes(LINE), sizes(16)), **row):
            self._line = int(dpg.add_text("", color=p.MUTED))
            self._line_tip = add_tooltip(self._line, "")
            for action, label in (("worklist.folder", "Change"), ("worklist.again", "Look again")):
                item = dpg.add_button(label=label, callback=callback(partial(act, action)), small=True)
                bind_theme(int(item), self._themes.flat)
        with dpg.group(pos=(margin, sizes(58)), **row):
            field = dpg.add_input_text(
                hint="Find a sequence", width=sizes(280), callback=value_callback(self._search)
            )
            self._field = self._fields.add(int(field))
            self._chips = [
                int(dpg.add_button(label=item.name, callback=callback(partial(self._choose_filter, number))))
                for number, item in enumerate(FILTERS)
            ]
            order = dpg.add_button(label="", callback=callback(lambda: act("worklist.order")))
            self._order = int(order)

    def _make_empty(self, act: Callable[[str], None]) -> None:
        sizes = self._sizes
        with dpg.group(parent=self._body, show=False) as empty:
            self._empty = int(empty)
            self._empty_title = int(dpg.add_text(""))
            if self._fonts.title:
                dpg.bind_item_font(self._empty_title, self._fonts.title)
            with dpg.group() as steps:
                self._first_steps = int(steps)
                dpg.add_text(
                    "Copy a video, a scan file or a folder of DICOM slices into the drop folder, over the network or\n"
                    "from a USB drive. It shows up here by itself, and is ready as soon as the copy is complete.",
                    color=p.MUTED,
                )
                dpg.add_spacer(height=sizes(10))
                self._steps = FirstSteps(self._first_steps, sizes, self._themes, WAYS, act)
