"""What the window shows when nothing is open, when something goes wrong, and in another size."""

from __future__ import annotations

import ctypes
from functools import partial
from pathlib import Path

import cv2
import dearpygui.dearpygui as dpg
import numpy as np
import pytest
from dearpygui import _dearpygui

from app.domain.annotation import Label
from app.messages.events import (
    ClickAdded,
    LabelChosen,
    LabelsReplaced,
    Noticed,
    ObjectAdded,
    PropagationRequested,
    PropagationResumed,
    SequenceOpened,
    StorageFailed,
    ToastDismissed,
)
from app.views.dialogs.dialogs import Dialog
from app.views.toolkit import fonts
from tests.gui.pilot import Pilot


def broken(_sender: object, _data: object, _user: object) -> None:
    raise RuntimeError("this button is broken")


def test_an_empty_window_says_what_to_do(pilot: Pilot) -> None:
    pilot.tool("mousemove", 600, 300)
    pilot.shot("look-welcome")
    assert dpg.is_item_shown(pilot.bench.welcome.window)


def test_a_broken_callback_becomes_a_message_and_the_window_lives_on(pilot: Pilot) -> None:
    pilot.loop.display.run_callbacks([(broken, 0, None, None)])
    pilot.until(lambda: any("broken" in toast.text for toast in pilot.snapshot.toasts))
    pilot.frames(6)
    pilot.shot("look-broken")
    pilot.key("Escape")
    pilot.until(lambda: not pilot.snapshot.toasts)


def test_opening_what_is_no_sequence_names_it_and_goes_on(pilot: Pilot, tmp_path: Path) -> None:
    wrong = tmp_path / "letter.mp4"
    wrong.write_text("Dear doctor, ")
    pilot.loop.commands.files.open_sequence(wrong)
    pilot.until(lambda: any("letter.mp4" in toast.text for toast in pilot.snapshot.toasts))
    pilot.frames(6)
    pilot.shot("look-not-a-video")
    pilot.key("Escape")
    pilot.until(lambda: not pilot.snapshot.toasts)


def test_messages_go_away_by_themselves_but_errors_stay(opened: Pilot) -> None:
    opened.loop.post(Noticed("info", "Labels loaded."))
    opened.loop.post(Noticed("error", "There is no space left on /data: free some and try again."))
    opened.until(lambda: len(opened.bench.toasts) == 2)
    opened.frames(6)
    opened.shot("look-toasts")
    opened.until(lambda: opened.count(ToastDismissed) >= 3, "for the first message to go")
    opened.until(lambda: len(opened.snapshot.toasts) == 1)
    assert opened.snapshot.toasts[0].level == "error"
    opened.key("Escape")
    opened.until(lambda: not opened.snapshot.toasts)


def test_a_click_on_a_message_is_for_the_frame_below_except_on_its_button(opened: Pilot) -> None:
    opened.loop.post(Noticed("error", "There is no space left on /data: free some and try again."))
    opened.until(lambda: len(opened.bench.toasts) == 1)
    opened.frames(6)
    card = opened.bench.toasts.windows[0]
    (left, top), (width, height) = dpg.get_item_pos(card), dpg.get_item_rect_size(card)
    opened.posted.clear()
    opened.tool("mousemove", left + width // 3, top + height // 2)
    opened.tool("click", 1)
    opened.until(lambda: opened.count(ClickAdded) == 1, "for the click")
    assert len(opened.snapshot.toasts) == 1
    opened.tool("mousemove", left + width - opened.bench.sizes(20), top + height // 2)
    opened.tool("click", 1)
    opened.until(lambda: not opened.snapshot.toasts, "for the message to go")
    assert opened.count(ClickAdded) == 1
    opened.key("ctrl+shift+z")
    opened.until(lambda: opened.snapshot.pending is None)


def test_quitting_asks_only_when_something_would_be_lost(opened: Pilot) -> None:
    opened.loop.post(StorageFailed("The disk is full."))
    opened.until(lambda: not opened.snapshot.edits.saved)
    opened.key("ctrl+q")
    opened.dialog(Dialog)
    opened.shot("look-unsaved")
    opened.key("Escape")
    opened.no_dialog()
    assert opened.loop.display.is_open


def test_a_propagation_that_was_cut_off_is_offered_until_answered(opened: Pilot) -> None:
    info = opened.snapshot.sequence.info
    assert info is not None
    for key, accepted in (("Escape", False), ("Return", True)):
        opened.loop.post(SequenceOpened(info, unfinished=PropagationRequested(0, 5)))
        opened.until(lambda: opened.snapshot.can_resume)
        opened.frames(6)
        opened.shot("look-offer")
        opened.key(key)
        opened.until(lambda: not opened.snapshot.can_resume)
        assert opened.last(PropagationResumed) == PropagationResumed(accepted)


def test_full_screen_and_back(opened: Pilot) -> None:
    before = opened.loop.display.size
    opened.key("F11")
    opened.until(lambda: opened.loop.display.size == (1920, 1080))
    opened.frames(8)
    opened.shot("look-fullscreen")
    opened.key("F11")
    opened.until(lambda: opened.loop.display.size == before)


def test_everything_finds_its_place_in_a_small_window(opened: Pilot) -> None:
    dpg.set_viewport_width(900)
    dpg.set_viewport_height(600)
    opened.until(lambda: opened.loop.display.size == (900, 600))
    opened.frames(8)
    opened.key("0")
    picture = cv2.imread(str(opened.shot("look-small")))
    assert picture is not None
    assert picture.shape[:2] == (600, 900)
    view = opened.bench.canvas.interaction.view
    assert view is not None
    assert view.to_canvas(319, 239)[0] < 600


def test_names_in_any_script_can_be_read(opened: Pilot) -> None:
    if fonts.find_font(("NotoSansCJK-Regular.ttc",)) is None or fonts.find_font(("DejaVuSans.ttf",)) is None:
        pytest.skip("the fonts that tool/setup.sh installs are not there")
    lacking = missing("Příčný żółć ğış ăâț ούρηθρα ΐώ їєґ 上行結腸 升结肠 상행결장")
    assert lacking == ""


def test_an_ellipsis_stands_on_the_line_and_not_above_it(opened: Pilot) -> None:
    if fonts.find_font(("DejaVuSans.ttf",)) is None:
        pytest.skip("the fonts that tool/setup.sh installs are not there")
    drawing = dpg.add_viewport_drawlist()
    dpg.draw_rectangle((0, 0), (300, 130), color=(0, 0, 0), fill=(0, 0, 0), parent=drawing)
    dpg.draw_text((100, 10), "…", size=100, color=(255, 255, 255), parent=drawing)
    screen = cv2.imread(str(opened.shot("window-ellipsis")))
    dpg.delete_item(drawing)
    assert screen is not None
    rows = np.flatnonzero(screen[:130, :300].min(axis=2).max(axis=1) > 200)
    assert len(rows)
    assert rows.min() > 10 + 60


def test_many_objects_leave_everything_else_in_reach(opened: Pilot) -> None:
    labels = tuple(
        Label(value, f"a polyp on a stalk, number {value}", (value, 90, 200)) for value in range(1, 61)
    )
    opened.loop.post(LabelsReplaced(labels))
    for label in labels:
        opened.loop.post(ObjectAdded(label.value))
    opened.until(lambda: len(opened.snapshot.sequence.objects) >= len(labels))
    opened.loop.post(LabelChosen(40))
    opened.until(lambda: opened.snapshot.label == 40)
    opened.frames(8)
    bench = opened.bench
    for panel in (bench.side.labels, bench.side.objects):
        opened.until(partial(shows_chosen_rows, panel.box.item))
        assert len(chosen_rows(panel.box.item)) == 1
        assert not dpg.is_item_visible(rows_of(panel.box.item)[0])
    opened.shot("look-many")
    assert dpg.is_item_visible(bench.side.labels.add_button)


def missing(text: str) -> str:
    """The characters that the font on the screen has not."""
    library = ctypes.CDLL(_dearpygui.__file__)
    find, has = library["_ZN5ImGui7GetFontEv"], library["_ZN6ImFont13IsGlyphInFontEj"]
    find.restype = ctypes.c_void_p
    has.argtypes, has.restype = (ctypes.c_void_p, ctypes.c_uint), ctypes.c_bool
    font = find()
    return "".join(character for character in text if not has(font, ord(character)))


def chosen_rows(item: int) -> list[int]:
    """The rows of a table in a box that are chosen."""
    return [row for row in rows_of(item) if dpg.get_value(row)]


def shows_chosen_rows(item: int) -> bool:
    """Whether all of them are in sight."""
    return all(dpg.is_item_visible(row) for row in chosen_rows(item))


def rows_of(item: int) -> list[int]:
    """The rows of a table in a box that can be chosen."""
    below = [child for slot in dpg.get_item_children(item).values() for child in slot]
    kinds = {child: dpg.get_item_type(child) for child in below}
    found = [child for child, kind in kinds.items() if kind.endswith("mvSelectable")]
    return found + [row for child in below for row in rows_of(child)]


def test_quitting_ends_the_loop(opened: Pilot) -> None:
    opened.loop.post(StorageFailed("The disk is full."))
    opened.until(lambda: not opened.snapshot.edits.saved)
    opened.key("ctrl+q")
    opened.dialog(Dialog)
    opened.key("Return")
    opened.until(lambda: not opened.loop.display.is_open)
