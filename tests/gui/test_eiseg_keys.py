"""The keys that EISeg's users have in their fingers, pressed in a window."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.kiosk.settings_store import SettingsStore
from app.messages.events import ClicksCleared, MaskFinished, PolygonDeleted, Redone, SequenceClosed, Undone
from tests.gui.pilot import Pilot, film

DIALOGS = {"ctrl+a": "FileBrowser", "shift+a": "FileBrowser", "ctrl+s": "ExportDialog", "e": "ShortcutEditor"}


def dialog(pilot: Pilot) -> str:
    current = pilot.bench.dialogs.current
    return type(current).__name__ if current else ""


@pytest.mark.parametrize("key", [*DIALOGS, "ctrl+m"])
def test_keys_that_ask_open_a_dialog_and_escape_leaves_it(opened: Pilot, key: str) -> None:
    opened.key(key)
    opened.until(lambda: dialog(opened), key)
    assert dialog(opened) == DIALOGS.get(key, dialog(opened))
    opened.frames(6)
    opened.key("Escape")
    opened.until(lambda: not dialog(opened))
    opened.frames(6)


def test_clicks_are_taken_back_brought_back_and_cleared(opened: Pilot) -> None:
    def clicks() -> int:
        return len(opened.snapshot.pending.clicks) if opened.snapshot.pending else 0

    opened.click(100, 120)
    opened.until(lambda: clicks() == 1)
    for key, kind, left in (("ctrl+z", Undone, 0), ("ctrl+y", Redone, 1), ("ctrl+shift+z", ClicksCleared, 0)):
        opened.key(key)
        opened.until(lambda kind=kind, left=left: opened.count(kind) and clicks() == left, key)


def test_space_finishes_then_toggles_editing_and_backspace_deletes_the_polygon(opened: Pilot) -> None:
    opened.click(100, 120)
    opened.until(lambda: opened.snapshot.pending and opened.snapshot.pending.mask, "for a mask")
    for mode in ("edit", "annotate", "edit"):
        finished = opened.count(MaskFinished)
        opened.key("space")
        opened.until(lambda mode=mode: opened.snapshot.mode == mode and opened.snapshot.pending is None, mode)
        assert opened.count(MaskFinished) == finished + 1
    opened.until(lambda: opened.snapshot.polygons, "for outlines")
    opened.point(100, 120)
    opened.key("BackSpace")
    opened.until(lambda: opened.count(PolygonDeleted))


def test_x_turns_the_export_on_leaving_on_and_off(opened: Pilot, book: SettingsStore) -> None:
    before = book.settings.autosave
    for wanted in (not before, before):
        opened.key("x")
        opened.until(lambda wanted=wanted: book.settings.autosave is wanted)


def test_f_and_s_walk_through_the_files_and_ctrl_w_closes(opened: Pilot, clip: Path) -> None:
    film(clip.parent / "next.avi", 2)
    for key, name in (("f", "next.avi"), ("s", clip.name)):
        opened.key(key)
        opened.until(
            lambda name=name: opened.snapshot.sequence and opened.snapshot.sequence.path.endswith(name), key
        )
        opened.until(lambda: opened.bench.canvas.frame is not None)
    opened.key("ctrl+w")
    opened.until(lambda: opened.count(SequenceClosed) and opened.snapshot.sequence is None)
