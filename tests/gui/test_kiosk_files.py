"""In kiosk mode file dialogs stay in their folders, the drop folder is behind the PIN, and work has a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dearpygui.dearpygui as dpg
import pytest

from app.config.pin import hash_pin
from app.kiosk.settings_store import SettingsStore
from app.messages.events import LabelAdded, LabelsSaveRequested, OperatorChosen
from app.messages.events.worklist import DropFolderChosen
from app.views.dialogs.file_access import FileAccess
from app.views.dialogs.file_browser import FileBrowser
from app.views.dialogs.prompts import LinePrompt, Question
from app.views.dialogs.quick_pick import QuickPick
from app.views.loop import WindowOptions
from tests.gui.conftest import SIZE
from tests.gui.pilot import Pilot


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The only folder of the dialogs; a link in it leads out."""
    folder = tmp_path_factory.mktemp("allowed")
    (folder / "inner").mkdir()
    (folder / "out").symlink_to(folder.parent)
    return folder


@pytest.fixture(scope="module")
def access(root: Path) -> Callable[[], FileAccess]:
    return lambda: FileAccess((root,), lambda path: path.name == "own.txt")


@pytest.fixture(scope="module")
def window_options(settings_store: SettingsStore) -> WindowOptions:
    preferences = replace(settings_store.preferences(), pin=hash_pin("4711"))
    return WindowOptions(
        size=SIZE, locked=True, preferences=preferences, save=settings_store.save_preferences
    )


@pytest.fixture
def browser(pilot: Pilot, root: Path) -> FileBrowser:
    pilot.key("ctrl+a")
    found = pilot.dialog(FileBrowser)
    listed(pilot, found)
    return found


def listed(pilot: Pilot, browser: FileBrowser) -> None:
    pilot.until(lambda: not any("Reading" in row.texts[0] for row in browser.rows), "for the folder")


def test_the_dialog_begins_in_its_folder_and_does_not_leave_it(
    pilot: Pilot, browser: FileBrowser, root: Path
) -> None:
    assert browser.folder == root
    pilot.key("BackSpace")
    pilot.frames(6)
    assert browser.folder == root and "outside" in browser.rows[0].texts[0]
    for typed in ("/", "/etc/", "~root/", "~nobody-of-this-name/"):
        pilot.write(typed)
        assert browser.folder == root
        pilot.tool("key", "--repeat", len(typed), "BackSpace")
    pilot.shot("kiosk-browser")
    pilot.key("Escape")
    pilot.no_dialog()


def test_a_link_leads_nowhere_and_a_folder_inside_is_entered(
    pilot: Pilot, browser: FileBrowser, root: Path
) -> None:
    browser.show_folder(root / "out")
    pilot.frames(6)
    assert browser.folder == root and "outside" in browser.rows[0].texts[0]
    browser.show_folder(root / "inner")
    listed(pilot, browser)
    assert browser.folder == root / "inner"
    pilot.key("Escape")
    pilot.no_dialog()


def save_labels(pilot: Pilot, name: str) -> None:
    pilot.key("ctrl+shift+s")
    browser = pilot.dialog(FileBrowser)
    listed(pilot, browser)
    (field,) = (item for item in dpg.get_all_items() if dpg.get_value(item) == "labels.txt")
    dpg.set_value(field, name)
    browser.finish()
    pilot.frames(6)


def test_labels_replace_a_file_only_after_a_question(opened: Pilot, root: Path) -> None:
    opened.loop.post(LabelAdded("tool"))
    opened.until(lambda: opened.snapshot.labels)
    (root / "list.txt").write_text("mine")
    save_labels(opened, "list")
    opened.dialog(Question)
    opened.key("Escape")
    opened.no_dialog()
    assert opened.count(LabelsSaveRequested) == 0 and (root / "list.txt").read_text() == "mine"
    save_labels(opened, "list")
    opened.dialog(Question)
    opened.key("Return")
    opened.until(lambda: "tool" in (root / "list.txt").read_text(), "for the file")


@pytest.mark.parametrize("name", ["settings.toml", "clip.mp4"])
def test_labels_take_the_name_of_no_other_kind_of_file(opened: Pilot, root: Path, name: str) -> None:
    (root / name).write_text("mine")
    save_labels(opened, name)
    opened.until((root / f"{name}.txt").exists, "for the file")
    assert (root / name).read_text() == "mine"


def test_labels_do_not_replace_what_belongs_to_the_program(opened: Pilot, root: Path) -> None:
    (root / "own.txt").write_text("own")
    before = opened.count(LabelsSaveRequested)
    save_labels(opened, "own.txt")
    opened.frames(10)
    assert opened.bench.dialogs.current is None
    assert opened.count(LabelsSaveRequested) == before and (root / "own.txt").read_text() == "own"


def test_the_drop_folder_is_chosen_behind_the_pin(pilot: Pilot) -> None:
    pilot.key("ctrl+shift+r")
    pilot.dialog(LinePrompt)
    pilot.key("Escape")
    pilot.no_dialog()
    assert pilot.count(DropFolderChosen) == 0
    pilot.key("ctrl+shift+r")
    pilot.dialog(LinePrompt)
    pilot.write("4711")
    pilot.key("Return")
    pilot.dialog(FileBrowser)
    pilot.key("Escape")
    pilot.no_dialog()


def test_who_works_is_asked_until_a_name_is_given(pilot: Pilot) -> None:
    pilot.loop.commands.require_operator()
    for _ in range(3):
        pilot.dialog(QuickPick)
        pilot.key("Escape")
    pilot.dialog(QuickPick)
    assert pilot.count(OperatorChosen) == 0
    pilot.key("Return")
    pilot.dialog(LinePrompt)
    pilot.key("Return")
    pilot.dialog(QuickPick)
    pilot.key("Return")
    pilot.dialog(LinePrompt)
    pilot.write("Ada")
    pilot.key("Return")
    pilot.until(lambda: pilot.snapshot.operator == "Ada")
    pilot.frames(10)
    assert pilot.bench.dialogs.current is None
