"""Kiosk mode: the window fills the screen, and only an operator gets out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.config.pin import hash_pin
from app.kiosk.settings_store import SettingsStore
from app.messages.events import Noticed, OperatorChosen
from app.views.dialogs.prompts import LinePrompt, Question
from app.views.dialogs.quick_pick import QuickPick
from app.views.loop import WindowOptions
from tests.gui.conftest import SIZE
from tests.gui.monitor import unplugged
from tests.gui.pilot import Pilot


@pytest.fixture(scope="module")
def window_options(settings_store: SettingsStore) -> WindowOptions:
    preferences = replace(settings_store.preferences(), pin=hash_pin("4711"))
    return WindowOptions(
        size=SIZE, locked=True, preferences=preferences, save=settings_store.save_preferences
    )


def hold(pilot: Pilot) -> None:
    pilot.tool("keydown", "ctrl", "keydown", "alt", "keydown", "q")
    pilot.dialog(LinePrompt)
    pilot.tool("keyup", "q", "keyup", "alt", "keyup", "ctrl")
    pilot.frames(6)


def test_the_window_fills_the_screen(pilot: Pilot) -> None:
    pilot.until(lambda: pilot.loop.display.size == (1920, 1080))
    pilot.frames(8)
    pilot.shot("kiosk")


def test_the_window_follows_an_unplugged_monitor_and_another_resolution(opened: Pilot) -> None:
    opened.key("ctrl+u")
    opened.dialog(QuickPick)
    with unplugged(1280, 720):
        opened.until(lambda: opened.loop.display.size == (1280, 720), "for the smaller screen")
        opened.frames(8)
        opened.shot("kiosk-unplugged")
        opened.key("Escape")
        opened.no_dialog()
        opened.click(100, 120)
        opened.until(lambda: opened.snapshot.pending and opened.snapshot.pending.mask, "for a mask")
    opened.until(lambda: opened.loop.display.size == (1920, 1080), "for the larger screen")
    opened.key("ctrl+shift+z")
    opened.until(lambda: opened.snapshot.pending is None)


def test_nobody_gets_out_by_the_usual_ways(pilot: Pilot) -> None:
    pilot.key("ctrl+q")
    pilot.until(lambda: pilot.count(Noticed))
    pilot.loop.display.on_close()
    pilot.key("F11")
    pilot.frames(10)
    assert pilot.loop.display.is_open
    assert pilot.loop.display.size == (1920, 1080)


def test_a_short_press_asks_nothing(pilot: Pilot) -> None:
    pilot.tool("keydown", "ctrl", "keydown", "alt", "key", "q", "keyup", "alt", "keyup", "ctrl")
    pilot.frames(10)
    assert pilot.bench.dialogs.current is None


def test_signing_off_and_reopening_ask_for_the_pin(opened: Pilot) -> None:
    opened.loop.post(OperatorChosen("Ada"))
    opened.until(lambda: opened.snapshot.operator)
    for keys, asked in (("ctrl+alt+Return", Question), ("ctrl+alt+shift+Return", LinePrompt)):
        opened.key(keys)
        prompt = opened.dialog(LinePrompt)
        opened.write("4711")
        opened.key("Return")
        opened.until(lambda: opened.bench.dialogs.current not in (prompt, None), "for the PIN")  # noqa: B023 - called at once
        opened.dialog(asked)
        if asked is LinePrompt:
            opened.write("too early")
        opened.key("Return")
        opened.no_dialog()
        is_signed = asked is Question
        opened.until(lambda: bool(opened.snapshot.sequence.signed_off) == is_signed)  # noqa: B023 - called at once
    assert [found.by for found in opened.snapshot.sequence.sign_offs] == ["Ada", "Ada"]


def test_a_wrong_pin_leads_nowhere_and_the_right_one_out(pilot: Pilot) -> None:
    hold(pilot)
    pilot.write("0815")
    pilot.shot("kiosk-pin")
    asked = pilot.count(Noticed)
    pilot.key("Return")
    pilot.until(lambda: pilot.count(Noticed) > asked, "for the refusal")
    assert pilot.loop.display.is_open
    hold(pilot)
    pilot.write("4711")
    pilot.key("Return")
    pilot.until(lambda: not pilot.loop.display.is_open)
