"""The worklist in a real window: files are dropped, found, opened, finished, all without the mouse."""

from __future__ import annotations

import json
from pathlib import Path

import dearpygui.dearpygui as dpg
import pytest

from app.config.pin import hash_pin
from app.domain.annotation import Status
from app.domain.worklist.entry import EntryState
from app.kiosk.settings_store import SettingsStore
from app.messages.events import OperatorChosen, SequenceRequested
from app.messages.events import worklist as we
from app.views.dialogs.data_set_dialog import DataSetDialog
from app.views.dialogs.dialogs import Dialog
from app.views.dialogs.file_browser import FileBrowser
from app.views.dialogs.prompts import LinePrompt, Question
from app.views.dialogs.quick_pick import QuickPick
from app.views.dialogs.truth_dialog import TruthDialog
from tests.gui.pilot import Pilot, film
from tests.helpers.workspaces import make_workspace

NAMES = ("colon 2.avi", "colon 10.avi", "内視鏡 下部.avi")


@pytest.fixture(scope="module")
def drop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("Framewise") / "drop"


def state(pilot: Pilot, name: str) -> EntryState | None:
    return next((e.state for e in pilot.snapshot.worklist.entries if e.name == name), None)


def shown(pilot: Pilot) -> list[str]:
    return [entry.name for entry in pilot.bench.worklist.rows.entries]


def test_an_empty_list_says_where_to_drop_files_or_why_nothing_can_come(
    pilot: Pilot, drop_folder: Path
) -> None:
    pilot.until(lambda: pilot.snapshot.worklist.folder.problem, "for the missing folder")
    pilot.shot("worklist-unplugged")
    assert pilot.bench.worklist.is_shown
    drop_folder.mkdir()
    pilot.until(lambda: not pilot.snapshot.worklist.folder.problem, "for the folder")
    pilot.frames(6)
    pilot.shot("worklist-empty")


def test_dropped_files_become_ready_with_their_pictures(pilot: Pilot, drop_folder: Path) -> None:
    for seed, name in enumerate(NAMES):
        film(drop_folder / name, seed)
    (drop_folder / "broken.mp4").write_bytes(b"no video at all" * 99)
    pilot.until(lambda: all(state(pilot, name) is EntryState.READY for name in NAMES), "for the films")
    pilot.until(lambda: state(pilot, "broken.mp4") is EntryState.FAILED, "for the refusal")
    thumbnails = pilot.bench.worklist.thumbnails
    pilot.until(lambda: thumbnails.generation >= len(NAMES), "for the pictures")
    pilot.key("shift+F9")
    pilot.until(lambda: shown(pilot)[1:3] == ["colon 2.avi", "colon 10.avi"], "for the order by name")
    pilot.until(
        lambda: (chosen := pilot.bench.worklist.chosen) and chosen.name == "colon 2.avi",
        "for the first that can be opened",
    )
    pilot.shot("worklist-ready")


def test_it_is_filtered_by_state_and_searched_by_name(pilot: Pilot) -> None:
    pilot.key("Left")
    pilot.until(lambda: shown(pilot) == ["broken.mp4"], "for those that failed")
    pilot.key("Escape")
    pilot.until(lambda: len(shown(pilot)) == 4)
    pilot.key("slash")
    pilot.until(lambda: pilot.bench.fields.is_typing, "for the field")
    pilot.write("colon 10")
    pilot.until(lambda: shown(pilot) == ["colon 10.avi"], "for what matches")
    pilot.shot("worklist-search")
    pilot.key("Escape")
    pilot.until(lambda: len(shown(pilot)) == 4, "for all of them")


def test_enter_opens_and_the_next_one_is_a_key_away(pilot: Pilot) -> None:
    pilot.key("Home", "Down", "Return")
    pilot.until(lambda: pilot.snapshot.entry is not None and pilot.bench.canvas.frame == 0, "for the film")
    assert pilot.snapshot.entry is not None
    assert pilot.snapshot.entry.name == "colon 2.avi"
    assert not pilot.bench.worklist.is_shown
    pilot.key("f")
    pilot.until(lambda: pilot.snapshot.entry and pilot.snapshot.entry.name == "colon 10.avi", "for the next")
    pilot.until(lambda: pilot.bench.canvas.frame == 0, "for its frame")


def test_nothing_is_changed_under_the_worklist(pilot: Pilot) -> None:
    pilot.click(100, 120)
    pilot.until(lambda: pilot.snapshot.pending and pilot.snapshot.pending.mask, "for a mask")
    pilot.key("F9")
    pilot.until(lambda: pilot.bench.worklist.is_shown)
    before = pilot.snapshot.sequence.frame
    pilot.key("Right", "space")
    pilot.frames(6)
    assert pilot.snapshot.pending is not None
    assert pilot.snapshot.sequence.frame == before
    pilot.key("Left", "F9", "space")
    pilot.until(lambda: not pilot.snapshot.pending, "for the mask to be taken")


def test_done_asks_for_the_frames_that_nobody_has_seen_and_says_by_whom(pilot: Pilot) -> None:
    pilot.key("ctrl+Return")
    pilot.dialog(Dialog)
    pilot.key("Escape")
    assert pilot.count(we.SequenceFinished) == 0
    pilot.loop.post(OperatorChosen("Ada Byron"))
    pilot.until(lambda: pilot.snapshot.operator)
    pilot.key("ctrl+Return")
    pilot.dialog(Dialog)
    pilot.shot("worklist-done-question")
    pilot.key("Return")
    pilot.until(lambda: state(pilot, "colon 10.avi") is EntryState.DONE, "for the end")
    assert pilot.count(we.SequenceFinished) == 1
    pilot.key("F9")
    pilot.until(lambda: pilot.bench.worklist.is_shown)
    pilot.frames(8)
    pilot.shot("worklist-done")
    assert pilot.snapshot.entry is not None
    assert pilot.snapshot.entry.finished_by == "Ada Byron"


def test_a_signed_sequence_is_locked_until_somebody_says_why_it_is_reopened(pilot: Pilot) -> None:
    pilot.key("F9")
    pilot.until(lambda: not pilot.bench.worklist.is_shown)
    pilot.key("ctrl+alt+Return")
    pilot.dialog(Question)
    pilot.shot("sign-off-question")
    pilot.key("Return")
    pilot.until(lambda: pilot.snapshot.sequence.signed_off, "for the sign-off")
    objects = pilot.snapshot.sequence.objects
    pilot.key("ctrl+z")
    pilot.click(60, 60)
    pilot.until(lambda: any("Signed off by" in toast.text for toast in pilot.snapshot.toasts))
    pilot.frames(8)
    pilot.shot("signed-off")
    assert pilot.snapshot.pending is None
    assert pilot.snapshot.sequence.objects == objects
    pilot.key("ctrl+alt+shift+Return")
    pilot.dialog(LinePrompt)
    pilot.write("the rim is wrong")
    pilot.key("Return")
    pilot.until(lambda: not pilot.snapshot.sequence.signed_off, "for the reopening")
    pilot.no_dialog()
    pilot.key("ctrl+alt+o")
    pilot.dialog(QuickPick)
    pilot.shot("sign-off-list")
    pilot.key("Escape")
    pilot.no_dialog()
    assert pilot.snapshot.sequence.sign_offs[-1].reason == "the rim is wrong"
    pilot.key("F9")
    pilot.until(lambda: pilot.bench.worklist.is_shown)


def test_a_marked_sequence_is_compared_with_another_work_and_the_report_is_named(
    pilot: Pilot, drop_folder: Path, tmp_path: Path
) -> None:
    make_workspace(tmp_path / "other", drop_folder / "colon 10.avi", {(0, 1): (Status.EDITED, 1.0)})
    (tmp_path / "out").mkdir()
    chosen = pilot.bench.worklist.rows.entries.index(pilot.snapshot.entry)
    pilot.key("Home", *["Down"] * chosen, "space", "ctrl+alt+b")
    for folder in (tmp_path / "other", tmp_path / "out"):
        browser = pilot.dialog(FileBrowser)
        browser.show_folder(folder)
        pilot.until(lambda: browser.folder == folder, "for the folder")  # noqa: B023 - called at once
        pilot.frames(6)
        pilot.shot(f"compare-{folder.name}")
        pilot.key("ctrl+Return")
    report = tmp_path / "out" / "comparison" / "report.html"
    pilot.until(lambda: any(str(report) in toast.text for toast in pilot.snapshot.toasts), "for the report")
    pilot.frames(6)
    pilot.shot("compare-done")
    assert "tool" in report.read_text()


def test_the_mouse_does_it_too(pilot: Pilot) -> None:
    rows = pilot.bench.worklist.rows
    left, top = (int(value) for value in dpg.get_item_rect_min(rows.item))
    place = [entry.name for entry in rows.entries].index("内視鏡 下部.avi")
    pilot.tool("mousemove", left + 400, top + 76 * place + 30)
    pilot.tool("click", "--repeat", 2, "--delay", 40, 1)
    pilot.until(
        lambda: pilot.snapshot.entry and pilot.snapshot.entry.name == "内視鏡 下部.avi", "for the film"
    )
    pilot.until(lambda: pilot.bench.canvas.frame == 0)
    pilot.shot("worklist-opened")


def test_a_data_set_takes_the_rows_that_are_marked_or_those_that_are_shown(
    pilot: Pilot, tmp_path: Path
) -> None:
    pilot.click(100, 120)
    pilot.until(lambda: pilot.snapshot.pending and pilot.snapshot.pending.mask, "for a mask")
    pilot.key("space")
    pilot.until(lambda: state(pilot, "内視鏡 下部.avi") is EntryState.IN_WORK, "for the second annotated one")
    pilot.key("F9")
    pilot.until(lambda: pilot.bench.worklist.is_shown)
    pilot.bench.worklist.unmark()
    prints = {entry.name: entry.fingerprint for entry in pilot.snapshot.worklist.entries}
    pilot.key("Home", *["Down"] * shown(pilot).index("内視鏡 下部.avi"), "space")
    dialog = data_set_dialog(pilot)
    assert dialog.choice.fingerprints == (prints["内視鏡 下部.avi"],)
    pilot.shot("worklist-data-set-marked")
    pilot.key("s")
    assert dialog.choice.fingerprints is None
    pilot.key("Escape", "Escape")
    pilot.until(lambda: not pilot.bench.worklist.rows.marked)
    pilot.key("slash")
    pilot.until(lambda: pilot.bench.fields.is_typing, "for the field")
    pilot.write("colon 10")
    pilot.until(lambda: shown(pilot) == ["colon 10.avi"], "for what matches")
    left, top = (int(value) for value in dpg.get_item_rect_min(pilot.bench.worklist.rows.item))
    pilot.tool("mousemove", left + 400, top + 30)
    pilot.tool("click", 1)
    pilot.until(lambda: not pilot.bench.fields.is_typing, "for the end of typing")
    dialog = data_set_dialog(pilot)
    assert dialog.choice.fingerprints is None
    pilot.key("s")
    pilot.frames(6)
    assert dialog.choice.fingerprints == (prints["colon 10.avi"],)
    pilot.shot("worklist-data-set-shown")
    pilot.key("Return")
    browser = pilot.dialog(FileBrowser)
    browser.show_folder(tmp_path)
    pilot.until(lambda: browser.folder == tmp_path, "for the folder")
    pilot.frames(6)
    pilot.key("ctrl+Return")
    pilot.until(lambda: [*tmp_path.glob("[!.]*/manifest.json")], "for the data set")
    (manifest,) = (json.loads(path.read_text()) for path in tmp_path.glob("[!.]*/manifest.json"))
    assert [row["name"] for row in manifest["sequences"]] == ["colon 10"]
    pilot.key("Escape")
    pilot.until(lambda: len(shown(pilot)) == 4, "for all of them")


def data_set_dialog(pilot: Pilot) -> DataSetDialog:
    pilot.key("ctrl+alt+s")
    pilot.dialog(QuickPick)
    pilot.write("davis")
    pilot.key("Return")
    return pilot.dialog(DataSetDialog)


def test_a_file_opened_by_hand_is_followed_by_the_next_of_its_folder(pilot: Pilot, tmp_path: Path) -> None:
    first, second = (
        film(tmp_path / name, seed) for seed, name in enumerate(("by hand 2.avi", "by hand 10.avi"), 7)
    )
    pilot.loop.post(SequenceRequested(str(first)))
    pilot.wait_for_sequence(first.name)
    pilot.until(lambda: pilot.snapshot.worklist.entry_id, "for the file in the worklist")
    pilot.frames(6)
    pilot.key("f")
    pilot.wait_for_sequence(second.name)
    pilot.until(lambda: pilot.snapshot.worklist.entry_id, "for the file in the worklist")
    pilot.key("s")
    pilot.wait_for_sequence(first.name)


def choose(pilot: Pilot, entry_id: str) -> None:
    """Show the worklist and choose a row."""
    if not pilot.bench.worklist.is_shown:
        pilot.key("F9")
        pilot.until(lambda: pilot.bench.worklist.is_shown)
    ids = [entry.entry_id for entry in pilot.bench.worklist.rows.entries]
    pilot.key("Home", *["Down"] * ids.index(entry_id))
    pilot.until(lambda: (chosen := pilot.bench.worklist.chosen) and chosen.entry_id == entry_id)


def test_a_finished_sequence_is_read_again_without_its_masks_and_the_reading_is_withdrawn(
    pilot: Pilot,
) -> None:
    first = next(entry for entry in pilot.snapshot.worklist.entries if entry.name == "colon 10.avi")
    choose(pilot, first.entry_id)
    pilot.key("Return")
    pilot.until(lambda: pilot.snapshot.worklist.entry_id == first.entry_id, "for the first reading")
    pilot.until(lambda: not pilot.bench.worklist.is_shown)
    assert pilot.snapshot.sequence.objects
    pilot.key("ctrl+Return")
    pilot.until(lambda: state(pilot, "colon 10.avi") is EntryState.DONE, "for the end")
    choose(pilot, first.entry_id)
    pilot.key("ctrl+alt+r")
    pilot.until(lambda: any(entry.repeats for entry in pilot.snapshot.worklist.entries), "for the row")
    row = next(entry for entry in pilot.snapshot.worklist.entries if entry.repeats)
    pilot.until(lambda: row.entry_id in {entry.entry_id for entry in pilot.bench.worklist.rows.entries})
    choose(pilot, row.entry_id)
    pilot.frames(6)
    pilot.shot("repeat-row")
    pilot.key("Return")
    pilot.until(lambda: pilot.snapshot.worklist.entry_id == row.entry_id, "for the repeat reading")
    pilot.until(lambda: not pilot.bench.worklist.is_shown and pilot.bench.canvas.frame == 0)
    pilot.frames(6)
    pilot.shot("repeat-opened")
    assert pilot.snapshot.sequence.objects == ()
    assert pilot.snapshot.labels
    choose(pilot, first.entry_id)
    pilot.key("Return")
    pilot.until(lambda: pilot.snapshot.worklist.entry_id == first.entry_id, "for the first reading again")
    assert pilot.snapshot.sequence.objects
    choose(pilot, row.entry_id)
    pilot.key("ctrl+alt+r")
    pilot.dialog(Question)
    pilot.shot("repeat-withdraw")
    pilot.key("Return")
    pilot.until(
        lambda: not any(entry.repeats for entry in pilot.snapshot.worklist.entries), "for the row to go"
    )
    pilot.no_dialog()


def test_the_lead_alone_sees_known_truth(
    pilot: Pilot, drop_folder: Path, settings_store: SettingsStore, tmp_path: Path
) -> None:
    pilot.key("ctrl+alt+k")
    pilot.until(lambda: any("Set a PIN first" in toast.text for toast in pilot.snapshot.toasts))
    pilot.loop.commands.preferences.update(pin=hash_pin("4711"))
    make_workspace(tmp_path / "truth", drop_folder / "colon 10.avi", {(0, 1): (Status.EDITED, 1.0)})
    settings_store.change_setting("truth_folder", str(tmp_path / "truth"))
    pilot.key("ctrl+alt+k")
    pilot.dialog(LinePrompt)
    pilot.write("4711")
    pilot.key("Return")
    dialog = pilot.dialog(TruthDialog)
    pilot.until(lambda: dialog.rows, "for the agreement")
    pilot.frames(8)
    pilot.shot("known-truth")
    assert str(tmp_path) not in repr(pilot.snapshot)
    pilot.key("Escape")
    pilot.no_dialog()
    assert dialog.rows == ()
