"""Who works, what it took, what goes on and what went wrong: the panels that tell."""

from __future__ import annotations

import logging
from pathlib import Path

import dearpygui.dearpygui as dpg
import pytest

from app.kiosk.settings_store import SettingsStore
from app.messages.events import (
    FrameRequested,
    LabelAdded,
    Noticed,
    ObjectAdded,
    PropagationCancelled,
    PropagationRequested,
)
from app.messages.log_line import LogLine
from app.storage.logging.logs import open_log
from app.views.dialogs.areas_dialog import AreasDialog
from app.views.dialogs.effort_dialog import EffortDialog
from app.views.dialogs.messages_dialog import MessagesDialog
from app.views.dialogs.prompts import LinePrompt
from app.views.dialogs.quick_pick import QuickPick
from tests.gui.conftest import SIZE
from tests.gui.pilot import Pilot, film

FRAMES = 400
EYE, LOCK = 0, 1  # Buttons of a row.


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory):
    with open_log(tmp_path_factory.mktemp("log")) as log:
        yield lambda: log.recent.lines


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that is too long to be propagated through before a key stops it."""
    return film(tmp_path_factory.mktemp("media") / "disc.avi", 1, FRAMES)


def test_the_operator_is_chosen_by_key(opened: Pilot) -> None:
    opened.key("ctrl+u")
    opened.dialog(QuickPick)
    opened.write("Ada Byron")
    opened.frames(6)
    opened.shot("operator")
    opened.key("Return")
    opened.until(lambda: opened.snapshot.operator == "Ada Byron", "for the name")
    opened.key("ctrl+u")
    opened.dialog(QuickPick)
    opened.key("Down", "Return")
    opened.dialog(LinePrompt)
    opened.key("Escape")
    opened.no_dialog()


def test_activity_shows_a_propagation_beside_the_work_and_a_key_stops_it(opened: Pilot) -> None:
    opened.loop.post(LabelAdded("disc"))
    opened.until(lambda: opened.snapshot.labels)
    opened.click(100, 120)
    opened.until(lambda: opened.snapshot.pending and opened.snapshot.pending.mask, "for a mask")
    opened.key("space")
    opened.until(lambda: opened.snapshot.sequence.objects, "for the object")
    panel = opened.bench.activity
    opened.key("ctrl+b")
    opened.until(lambda: panel.is_shown, "for the panel")
    opened.shot("activity-none")
    frame = opened.snapshot.sequence.frame
    opened.key("Right")
    opened.until(
        lambda: opened.snapshot.sequence.frame == frame + 1, "for a key that the panel leaves to the work"
    )
    opened.loop.post(PropagationRequested())
    opened.until(lambda: opened.snapshot.propagation and opened.snapshot.propagation.done > 1, "for frames")
    opened.shot("activity")
    opened.key("shift+Escape")
    opened.until(lambda: opened.snapshot.propagation is None, "for the end")
    assert opened.count(PropagationCancelled) == 1
    assert 0 < opened.snapshot.unverified() < FRAMES - 1
    opened.key("ctrl+b")
    opened.until(lambda: not panel.is_shown, "for the panel to go")
    opened.key("Left")
    opened.until(lambda: opened.snapshot.sequence.frame == frame, "for the frame before")


def test_effort_counts_the_click_and_is_saved_by_a_key(opened: Pilot, clip: Path) -> None:
    opened.key("alt+u")
    opened.dialog(EffortDialog)
    opened.until(lambda: opened.snapshot.sequence.effort is not None, "for the count")
    opened.shot("effort")
    report = opened.snapshot.sequence.effort
    assert report is not None
    (_, effort), *_ = report.objects
    assert (effort.clicks, effort.frames_made, effort.operators) == (1, 1, ("Ada Byron",))
    assert [name for name, _ in report.operators] == ["Ada Byron"]
    opened.key("Return")
    table = clip.parent / "label" / "disc_effort.csv"
    opened.until(table.is_file, "for the table")
    assert "Ada Byron" in table.read_text(encoding="utf-8")


def test_messages_are_listed_read_in_full_and_copied_without_names(opened: Pilot, messages) -> None:
    opened.loop.post(Noticed("warning", "/data/Doe^John.avi: The end of this video is damaged."))
    opened.until(lambda: len(messages()) == 1, "for the log")
    logging.getLogger("test").error("the recorder of %s failed", "/data/Doe^John.avi")
    opened.until(lambda: len(messages()) == 2, "for the log")
    opened.key("ctrl+shift+b")
    rows = opened.dialog(MessagesDialog).rows
    opened.shot("messages")
    assert all(isinstance(row.value, LogLine) for row in rows)
    newest, oldest = (row.texts[2] for row in rows)
    assert "recorder" in newest
    assert "damaged" in oldest
    opened.key("ctrl+c")
    opened.until(lambda: "damaged" in dpg.get_clipboard_text(), "for the clipboard")
    assert "Doe" not in dpg.get_clipboard_text()
    opened.key("Escape")
    opened.no_dialog()


def test_areas_are_drawn_over_time_and_saved_by_a_key(opened: Pilot, clip: Path) -> None:
    opened.key("alt+y")
    opened.dialog(AreasDialog)
    opened.until(lambda: opened.snapshot.sequence.areas, "for the curves")
    opened.shot("areas")
    curve = opened.snapshot.sequence.areas[0]
    assert curve.unit == "px"
    assert min(curve.areas) > 0
    opened.key("Return")
    table = clip.parent / "label" / "disc_areas.csv"
    opened.until(table.exists, "for the table")


def test_the_eye_and_the_lock_of_a_row_hide_lock_and_show_only_it(opened: Pilot) -> None:
    opened.key("Escape")
    opened.no_dialog()
    opened.loop.post(ObjectAdded())
    opened.until(lambda: len(opened.snapshot.sequence.objects) > 1)
    opened.frames(8)
    first, second = (item.object_id for item in opened.snapshot.sequence.objects[:2])
    press_in_row(opened, second, EYE)
    opened.until(lambda: opened.snapshot.sequence.hidden == {second})
    press_in_row(opened, second, EYE)
    opened.until(lambda: not opened.snapshot.sequence.hidden)
    opened.tool("keydown", "alt")
    press_in_row(opened, second, EYE)
    opened.tool("keyup", "alt")
    opened.until(
        lambda: first in opened.snapshot.sequence.hidden and second not in opened.snapshot.sequence.hidden
    )
    press_in_row(opened, first, LOCK)
    opened.until(lambda: opened.snapshot.sequence.objects[0].locked)
    opened.shot("objects")
    press_in_row(opened, first, LOCK)
    opened.until(lambda: not opened.snapshot.sequence.objects[0].locked)


def test_edges_are_dragged_kept_and_set_back_by_a_double_click(
    opened: Pilot, settings_store: SettingsStore
) -> None:
    opened.tool("mousemove", SIZE[0] - 320, 300)
    opened.tool("mousedown", 1)
    opened.tool("mousemove", SIZE[0] - 400, 310)
    opened.tool("mouseup", 1)
    opened.until(lambda: settings_store.settings.side_width == 400)
    left, top = opened.bench.canvas.position
    lowest = top + opened.bench.canvas.size[1]
    assert left + opened.bench.canvas.size[0] == SIZE[0] - 400
    opened.tool("mousemove", 300, lowest)
    opened.tool("mousedown", 1)
    opened.tool("mousemove", 310, lowest - 60)
    opened.tool("mouseup", 1)
    opened.until(lambda: settings_store.settings.timeline_height == 188)
    opened.shot("edges")
    assert not opened.count(FrameRequested), "no drag of an edge is one of the timeline"
    opened.key("ctrl+alt+bracketleft")
    opened.until(lambda: settings_store.settings.side_width == 424)
    opened.tool("mousemove", SIZE[0] - 424, 300)
    opened.tool("click", "--repeat", 2, "--delay", 40, 1)
    opened.until(lambda: settings_store.settings.side_width == 320)
    assert settings_store.preferences().panes.timeline == 188
    border = opened.bench.side.line[0][1]
    opened.tool("mousemove", SIZE[0] - 100, border)
    opened.tool("mousedown", 1)
    opened.tool("mousemove", SIZE[0] - 110, border + 90)
    opened.tool("mouseup", 1)
    opened.until(lambda: opened.bench.side.line[0][1] == border + 90)
    opened.shot("lower settings")
    assert settings_store.preferences().panes.settings == SIZE[1] - 32 - border - 90
    opened.tool("mousemove", SIZE[0] - 100, border + 90)
    opened.tool("click", "--repeat", 2, "--delay", 40, 1)
    opened.until(lambda: opened.bench.side.line[0][1] == border)
    opened.key("ctrl+alt+0")
    opened.until(lambda: opened.bench.canvas.size[1] == lowest - top)


def press_in_row(pilot: Pilot, object_id: int, button: int) -> None:
    """Click a button in the row of an object."""
    pilot.frames(8)
    row = dpg.get_item_parent(pilot.bench.side.objects.row_of(object_id))
    buttons = [item for item in dpg.get_item_children(row, 1) if "ImageButton" in dpg.get_item_type(item)]
    left, top = dpg.get_item_rect_min(buttons[button])
    right, bottom = dpg.get_item_rect_max(buttons[button])
    pilot.tool("mousemove", int(left + right) // 2, int(top + bottom) // 2)
    pilot.tool("click", 1)


def test_a_label_is_added_by_its_code_and_gets_another_with_a_side(opened: Pilot) -> None:
    opened.key("ctrl+alt+d")
    opened.dialog(QuickPick)
    opened.write("liver")
    opened.shot("code-liver")
    opened.key("Return")
    opened.until(lambda: opened.snapshot.labels[-1].code, "for the label")
    label = opened.snapshot.labels[-1]
    assert label.name == label.code.meaning == "Liver"
    opened.key("alt+shift+l")
    opened.dialog(QuickPick)
    opened.write("left 64033007")
    opened.shot("code-side")
    opened.key("Return")
    opened.until(lambda: opened.snapshot.labels[-1].code != label.code, "for its code")
    assert opened.snapshot.labels[-1].code.meaning == "Kidney, left"
    assert opened.snapshot.labels[-1].name == "Liver"
    opened.key("alt+shift+l")
    opened.dialog(QuickPick)
    opened.key("Return")
    opened.until(lambda: opened.snapshot.labels[-1].code is None, "for it to be gone")
