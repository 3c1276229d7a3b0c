"""The keys that EISeg's users have in their fingers, pressed in a window."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.kiosk.settings_store import SettingsStore
from app.messages.events import (
    ClicksCleared,
    Event,
    MaskFinished,
    PolygonDeleted,
    Redone,
    SequenceClosed,
    Undone,
)
from app.views.dialogs.dialogs import Dialog
from app.views.dialogs.export_dialog import ExportDialog
from app.views.dialogs.file_browser import FileBrowser
from app.views.dialogs.models_dialog import ModelsDialog
from app.views.dialogs.shortcut_editor import ShortcutEditor
from tests.gui.pilot import Pilot, film

DIALOGS: dict[str, type[Dialog]] = {
    "ctrl+a": FileBrowser,
    "shift+a": FileBrowser,
    "ctrl+s": ExportDialog,
    "e": ShortcutEditor,
    "ctrl+m": ModelsDialog,
}


@pytest.mark.parametrize("key", DIALOGS)
def test_keys_that_ask_open_a_dialog_and_escape_leaves_it(opened: Pilot, key: str) -> None:
    opened.key(key)
    opened.dialog(DIALOGS[key])
    opened.key("Escape")
    opened.no_dialog()
    opened.frames(6)


def test_clicks_are_taken_back_brought_back_and_cleared(opened: Pilot) -> None:
    def wait_for(kind: type[Event], left: int) -> None:
        opened.until(lambda: opened.count(kind) and clicks() == left, kind.__name__)

    def clicks() -> int:
        return len(opened.snapshot.pending.prompts) if opened.snapshot.pending else 0

    opened.click(100, 120)
    opened.until(lambda: clicks() == 1)
    for key, kind, left in (("ctrl+z", Undone, 0), ("ctrl+y", Redone, 1), ("ctrl+shift+z", ClicksCleared, 0)):
        opened.key(key)
        wait_for(kind, left)


def test_space_finishes_then_toggles_editing_and_backspace_deletes_the_polygon(opened: Pilot) -> None:
    def wait_for(mode: str) -> None:
        opened.until(lambda: opened.snapshot.sequence.mode == mode and opened.snapshot.pending is None, mode)

    opened.click(100, 120)
    opened.until(lambda: opened.snapshot.pending and opened.snapshot.pending.mask, "for a mask")
    for mode in ("edit", "annotate", "edit"):
        finished = opened.count(MaskFinished)
        opened.key("space")
        wait_for(mode)
        assert opened.count(MaskFinished) == finished + 1
    opened.until(lambda: opened.snapshot.polygons, "for outlines")
    opened.point(100, 120)
    opened.key("BackSpace")
    opened.until(lambda: opened.count(PolygonDeleted))


def test_x_turns_the_export_on_leaving_on_and_off(opened: Pilot, settings_store: SettingsStore) -> None:
    before = settings_store.settings.autosave
    opened.key("x")
    opened.until(lambda: settings_store.settings.autosave is not before)
    opened.key("x")
    opened.until(lambda: settings_store.settings.autosave is before)


def test_f_and_s_walk_through_the_files_and_ctrl_w_closes(opened: Pilot, clip: Path) -> None:
    film(clip.parent / "next.avi", 2)
    for key, name in (("f", "next.avi"), ("s", clip.name)):
        opened.key(key)
        opened.wait_for_sequence(name)
    opened.key("ctrl+w")
    opened.until(lambda: opened.count(SequenceClosed) and opened.snapshot.sequence.info is None)
