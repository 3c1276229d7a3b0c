"""The keyboard: typing is typing, dialogs have the keys to themselves, keys can be changed."""

from __future__ import annotations

from pathlib import Path

import dearpygui.dearpygui as dpg

from app.kiosk.settings_store import SettingsStore
from app.messages.events import (
    ClickExpected,
    LabelAdded,
    LabelChanged,
    LabelChosen,
    LoopToggled,
    MaskFinished,
    ObjectAdded,
    PlayToggled,
    SequenceRequested,
)
from app.messages.events.night import PersonSeen
from app.views.dialogs.cheatsheet import CheatSheet
from app.views.dialogs.file_browser import FileBrowser
from app.views.dialogs.quick_pick import QuickPick
from app.views.dialogs.settings_editor import SettingsEditor
from app.views.dialogs.shortcut_editor import ShortcutEditor
from tests.gui.pilot import Pilot, film


def test_a_label_is_added_by_typing_and_nothing_else_happens(opened: Pilot) -> None:
    opened.posted.clear()
    opened.key("ctrl+l")
    opened.frames(6)
    opened.write("polyp o1 g")
    opened.shot("keyboard-typing")
    opened.key("Return")
    opened.until(lambda: opened.snapshot.labels)
    assert opened.snapshot.labels[0].name == "polyp o1 g"
    by_itself = (PersonSeen, ClickExpected)
    assert [type(event) for event in opened.posted if not isinstance(event, by_itself)] == [LabelAdded]


def test_digits_choose_labels_and_tab_reaches_no_text_field(opened: Pilot) -> None:
    for name in ("grasper", "病变 Läsion"):
        opened.loop.post(LabelAdded(name))
    opened.until(lambda: len(opened.snapshot.labels) == 3)
    opened.key("2")
    opened.until(lambda: opened.snapshot.label == 2)
    opened.key("Tab", "Tab", "Tab")
    assert not opened.bench.fields.is_typing
    opened.key("3")
    opened.until(lambda: opened.snapshot.label == 3)
    assert opened.count(LabelChosen) == 2


def test_a_label_is_renamed_in_place(opened: Pilot) -> None:
    opened.key("shift+l")
    opened.frames(6)
    opened.write("needle")
    opened.key("Return")
    opened.until(lambda: opened.count(LabelChanged))
    opened.until(lambda: opened.snapshot.labels[2].name == "needle")
    opened.frames(6)
    opened.key("shift+l")
    opened.frames(6)
    opened.write("xxx")
    opened.key("Escape")
    opened.frames(6)
    assert opened.snapshot.labels[2].name == "needle"
    opened.key("1")
    opened.until(lambda: opened.snapshot.label == 1)


def test_a_label_is_found_by_a_part_of_its_name(opened: Pilot) -> None:
    opened.key("l")
    opened.dialog(QuickPick)
    opened.write("gras")
    opened.key("Return")
    opened.until(lambda: opened.snapshot.label == 2)


def test_the_selected_object_gets_another_label_by_key(opened: Pilot) -> None:
    opened.loop.post(ObjectAdded(2))
    opened.until(lambda: opened.snapshot.sequence.selected is not None, "for the object")
    opened.key("r")
    opened.dialog(QuickPick)
    opened.write("needle")
    opened.key("Return")
    opened.until(lambda: opened.snapshot.sequence.objects[0].label == 3, "for its label")
    opened.wait_for_label(3)


def test_a_double_click_on_an_object_in_its_list_asks_for_another_label(opened: Pilot) -> None:
    name = f"#{opened.snapshot.sequence.objects[0].object_id} needle"
    (row,) = (item for item in dpg.get_all_items() if dpg.get_item_label(item) == name)
    left, top = dpg.get_item_rect_min(row)
    opened.tool("mousemove", int(left) + 8, int(top) + 6)
    opened.tool("click", "--repeat", 2, "--delay", 40, 1)
    opened.dialog(QuickPick)
    opened.write("gras")
    opened.key("Return")
    opened.until(lambda: opened.snapshot.sequence.objects[0].label == 2, "for its label")


def test_the_palette_does_anything_by_name(opened: Pilot) -> None:
    loops = opened.count(LoopToggled)
    opened.key("ctrl+p")
    opened.dialog(QuickPick)
    opened.write("loop")
    opened.shot("keyboard-palette")
    opened.key("Return")
    opened.until(lambda: opened.count(LoopToggled) == loops + 1)
    assert opened.bench.dialogs.current is None


def test_the_cheat_sheet_opens_and_any_key_closes_it(opened: Pilot) -> None:
    plays = opened.count(PlayToggled)
    opened.key("F1")
    opened.dialog(CheatSheet)
    opened.shot("keyboard-sheet")
    opened.key("p")
    opened.no_dialog()
    assert opened.count(PlayToggled) == plays


def test_a_key_is_changed_and_a_clash_is_refused(opened: Pilot) -> None:
    opened.key("e")
    opened.dialog(ShortcutEditor)
    opened.write("finish")
    opened.key("Return", "g")
    opened.shot("keyboard-clash")
    preferences = opened.loop.commands.preferences.current
    assert preferences.chords == {}
    opened.key("Return", "ctrl+alt+v")
    opened.until(lambda: opened.loop.commands.preferences.current.chords == {"mask.finish": "Ctrl+Alt+V"})
    opened.key("Escape")
    opened.no_dialog()
    finished = opened.count(MaskFinished)
    opened.key("space")
    opened.key("ctrl+alt+v")
    opened.until(lambda: opened.count(MaskFinished) == finished + 1)
    opened.key("ctrl+alt+v")
    opened.until(lambda: opened.snapshot.sequence.mode == "annotate")


def test_a_setting_is_changed_and_lies_in_the_file_at_once(
    opened: Pilot, settings_store: SettingsStore
) -> None:
    opened.key("F10")
    opened.dialog(SettingsEditor)
    opened.write("megabytes")
    opened.key("Return")
    opened.frames(6)
    opened.shot("keyboard-settings")
    opened.key("ctrl+a")
    opened.write("99999999")
    opened.key("Return")
    assert settings_store.settings.cache_megabytes == 512
    opened.shot("keyboard-settings-wrong")
    opened.key("Return")
    opened.frames(6)
    opened.key("ctrl+a")
    opened.write("256")
    opened.key("Return")
    opened.until(lambda: settings_store.settings.cache_megabytes == 256)
    opened.key("Escape")
    opened.no_dialog()


def test_a_list_gives_way_so_that_a_dialog_fits_a_low_screen(opened: Pilot) -> None:
    height = dpg.get_viewport_height()
    dpg.set_viewport_height(460)
    opened.until(lambda: dpg.get_viewport_client_height() < 470)
    opened.key("F10")
    dialog = opened.dialog(SettingsEditor)
    lowest = max(dpg.get_item_rect_max(item)[1] for item in dpg.get_item_children(dialog.window, 1)[-1:])
    assert lowest <= dialog.bottom
    opened.shot("keyboard-settings-low")
    opened.key("Escape")
    dpg.set_viewport_height(height)
    opened.until(lambda: dpg.get_viewport_height() == height)


def test_a_dialog_lies_in_the_middle_of_a_small_screen(opened: Pilot) -> None:
    before = dpg.get_viewport_width(), dpg.get_viewport_height()
    dpg.set_viewport_width(1024)
    dpg.set_viewport_height(768)
    opened.until(lambda: opened.loop.display.size == (1024, 768), "for the smaller window")
    opened.key("F10")
    dialog = opened.dialog(SettingsEditor)
    opened.frames(12)
    opened.shot("keyboard-settings-1024")
    (left, top), (width, height) = dpg.get_item_pos(dialog.window), dpg.get_item_rect_size(dialog.window)
    assert abs(left - (1024 - width) / 2) <= 1
    assert 0 < top <= (768 - height) / 2
    assert dialog.bottom == top + height
    opened.key("Escape")
    dpg.set_viewport_width(before[0])
    dpg.set_viewport_height(before[1])
    opened.until(lambda: (dpg.get_viewport_width(), dpg.get_viewport_height()) == before)


def test_another_preset_takes_effect_at_once(opened: Pilot) -> None:
    frame = opened.snapshot.sequence.frame
    opened.loop.commands.editor.show("eiseg", {})
    opened.loop.commands.editor.choose_preset("cvat")
    opened.loop.commands.editor.close()
    opened.key("f")
    opened.until(lambda: opened.snapshot.sequence.frame == frame + 1)
    opened.loop.commands.editor.choose_preset("eiseg")


def test_a_file_is_chosen_without_the_mouse(opened: Pilot, clip: Path) -> None:
    (clip.parent / "notes.txt").write_text("not a film")
    film(clip.parent / "other10.avi", 2)
    opened.key("ctrl+a")
    opened.dialog(FileBrowser)
    browser = opened.loop.commands.files.browser
    browser.show_folder(clip.parent)
    opened.until(lambda: len(browser.rows) == 2, "for the folder to be listed")
    opened.shot("keyboard-browser")
    opened.write("oth")
    opened.until(lambda: len(browser.rows) == 1)
    opened.posted.clear()
    opened.key("Return")
    opened.until(lambda: opened.count(SequenceRequested))
    asked = opened.last(SequenceRequested)
    assert isinstance(asked, SequenceRequested)
    assert Path(asked.path).name == "other10.avi"
    opened.until(
        lambda: opened.snapshot.sequence.info and opened.snapshot.sequence.info.path.endswith("other10.avi")
    )


def test_s_goes_to_the_sequence_before(opened: Pilot) -> None:
    opened.until(lambda: opened.bench.canvas.frame is not None)
    opened.key("s")
    opened.until(
        lambda: opened.snapshot.sequence.info and opened.snapshot.sequence.info.path.endswith("disc.avi")
    )
