"""Phases and points are marked by keys while the film plays, on the frame that is on the screen, and changed after."""

from __future__ import annotations

import time

import dearpygui.dearpygui as dpg

from app.domain.tier import Interval
from app.messages.events import PlayToggled, TermPressed
from app.views.dialogs.prompts import LinePrompt
from app.views.dialogs.quick_pick import QuickPick
from tests.gui.pilot import Pilot


def intervals(pilot: Pilot) -> tuple[Interval, ...]:
    return pilot.snapshot.sequence.tiers.intervals


def add_tier(pilot: Pilot, kind: str, line: str) -> None:
    count = len(pilot.snapshot.sequence.tiers.tiers)
    pilot.key("ctrl+j")
    pilot.dialog(QuickPick)
    pilot.write(kind)
    pilot.key("Return")
    pilot.dialog(LinePrompt)
    pilot.write(line)
    pilot.key("Return")
    pilot.until(lambda: len(pilot.snapshot.sequence.tiers.tiers) == count + 1, "for the tier")


def test_keys_mark_the_shown_frame_while_the_film_plays(opened: Pilot) -> None:
    add_tier(opened, "phases", "phase: prepare, cut")
    add_tier(opened, "points", "mark: b=bleeding")
    opened.key("ctrl+t")
    opened.until(lambda: opened.snapshot.sequence.marking)
    opened.key("p")
    opened.until(lambda: opened.snapshot.playback.playing and (opened.bench.canvas.frame or 0) > 1)
    looped = []
    for key in ("1", "b", "2", "b"):
        before = opened.bench.shown.frame_at(time.monotonic()) or 0
        opened.key(key)
        after, pressed = opened.bench.canvas.frame or 0, opened.last(TermPressed)
        assert isinstance(pressed, TermPressed)
        looped.append(after < before)
        assert looped[-1] or before <= pressed.frame <= after
        opened.until(lambda: intervals(opened))
    if opened.snapshot.playback.playing:
        opened.key("p")
    opened.until(lambda: not opened.snapshot.playback.playing, "for the pause")
    assert opened.count(TermPressed) == 4 and opened.count(PlayToggled) == 2
    opened.until(lambda: len(intervals(opened)) >= 3, "for the marks")
    opened.shot("tiers")


def test_the_edge_between_two_phases_is_dragged(opened: Pilot) -> None:
    phases = [one for one in intervals(opened) if one.tier == "phase"]
    edge = next(one.stop for one in phases if one.stop is not None)
    timeline, frames = opened.bench.timeline, 40
    left, span = timeline.position[0] + timeline.left, timeline.span
    bottom = timeline.position[1] + dpg.get_item_height(timeline.item) - 24
    opened.tool("mousemove", left + edge * span // frames, bottom - 15 - 8)
    opened.tool("mousedown", 1)
    opened.tool("mousemove", left + (edge + 1) * span // frames, bottom - 15 - 8)
    opened.shot("edge")
    opened.tool("mouseup", 1)
    opened.until(
        lambda: (
            edge + 1 in {one.stop for one in intervals(opened)} | {one.start for one in intervals(opened)}
        ),
        "for the edge",
    )


def test_a_mark_on_a_frame_is_deleted_and_brought_back(opened: Pilot) -> None:
    before = intervals(opened)
    point = next(one for one in before if one.tier == "mark")
    opened.key("ctrl+shift+j")
    opened.dialog(QuickPick)
    opened.write("bleeding")
    opened.key("Return")
    opened.until(
        lambda: any(one.is_on(opened.snapshot.sequence.frame) and one.tier == "mark" for one in before)
    )
    opened.key("ctrl+shift+t")
    if opened.loop.bench.dialogs.current is not None:
        opened.write("bleeding")
        opened.key("Return")
    opened.until(lambda: len(intervals(opened)) == len(before) - 1, "for the deletion")
    opened.key("ctrl+z")
    opened.until(lambda: intervals(opened) == before and point in before, "for the undo")
    opened.key("Escape")
    opened.until(lambda: not opened.snapshot.sequence.marking, "for the end of marking")


def test_the_sheet_shows_frames_of_a_phase_without_a_mask_alone(opened: Pilot) -> None:
    cut = {
        frame for one in intervals(opened) if one.term == "cut" for frame in range(one.start, one.stop or 40)
    }
    opened.key("ctrl+F4")
    opened.dialog(QuickPick)
    opened.write("cut")
    opened.key("Return")
    opened.until(lambda: opened.snapshot.sheet.term == ("phase", "cut"), "for the sheet")
    assert set(opened.snapshot.sheet.order) == cut
    opened.until(
        lambda: opened.bench.sheet.drawn == frozenset(opened.bench.sheet.grid.seen_frames), "for tiles"
    )
    assert opened.bench.sheet.drawn <= cut
    opened.shot("sheet")
    opened.key("ctrl+F4")
    opened.until(
        lambda: opened.snapshot.sheet.term is None and not opened.snapshot.sheet.order, "for all frames"
    )
    opened.key("F4")
    opened.until(lambda: not opened.snapshot.sheet.shown, "for the frame")
