"""Moving through time: steps, scrubbing, typing a number, playing, marking a range, propagating."""

from __future__ import annotations

from pathlib import Path

import dearpygui.dearpygui as dpg
import pytest

from app.domain.annotation import Status
from app.imaging.masks import encode
from app.messages.events import (
    FrameRequested,
    FramesVerified,
    LabelAdded,
    MaskSet,
    ObjectAdded,
    PropagationCancelled,
    PropagationRequested,
    RangeMarked,
    SpeedChosen,
)
from tests.gui.pilot import Pilot
from tests.helpers.shots import disc, shot, write_film

LAST = 39
CUT = 8


def wait_for_frame(pilot: Pilot, frame: int) -> None:
    """Wait until a frame is asked for and on the canvas."""
    pilot.until(
        lambda: pilot.snapshot.sequence.frame == frame == pilot.bench.canvas.frame, f"for frame {frame}"
    )


@pytest.fixture(scope="module")
def masked(opened: Pilot) -> Pilot:
    """The clip with one object on its first frame."""
    opened.click(100, 120)
    opened.until(lambda: opened.snapshot.pending and opened.snapshot.pending.mask, "for a mask")
    opened.key("space")
    opened.until(lambda: opened.snapshot.sequence.objects and opened.snapshot.pending is None)
    opened.key("space")
    opened.until(lambda: opened.snapshot.sequence.mode == "annotate")
    return opened


def test_arrows_step_and_shift_jumps_ten(opened: Pilot) -> None:
    opened.key("Right")
    wait_for_frame(opened, 1)
    opened.key("shift+Right")
    wait_for_frame(opened, 11)
    opened.key("Left")
    wait_for_frame(opened, 10)
    opened.key("shift+Left")
    wait_for_frame(opened, 0)
    opened.key("End")
    wait_for_frame(opened, LAST)
    opened.key("Home")
    wait_for_frame(opened, 0)


def test_a_typed_number_goes_there_and_its_digits_choose_no_label(opened: Pilot) -> None:
    label = opened.snapshot.label
    opened.key("ctrl+g")
    opened.frames(6)
    opened.write("17")
    opened.key("Return")
    wait_for_frame(opened, 17)
    assert opened.snapshot.label == label
    assert opened.count(FramesVerified) == 0
    opened.key("Home")
    wait_for_frame(opened, 0)


def test_dragging_on_the_strip_scrubs(opened: Pilot) -> None:
    timeline = opened.bench.timeline
    left, top = timeline.position
    width = timeline.width
    opened.posted.clear()
    opened.tool("mousemove", left + width // 4, top + 30)
    opened.tool("mousedown", 1)
    for share in (0.3, 0.4, 0.5):
        opened.tool("mousemove", left + int(width * share), top + 30)
    opened.tool("mouseup", 1)
    asked = [event.frame for event in opened.posted if isinstance(event, FrameRequested)]
    assert asked == sorted(asked)
    assert 18 <= asked[-1] <= 21
    wait_for_frame(opened, asked[-1])
    opened.shot("time-scrubbed")
    opened.tool("mousemove", left + 60, top + 30)
    assert opened.snapshot.sequence.frame == asked[-1]
    opened.key("Home")
    wait_for_frame(opened, 0)


def test_playing_moves_on_and_pauses(opened: Pilot) -> None:
    opened.key("shift+Down")
    opened.until(lambda: opened.count(SpeedChosen))
    opened.key("p")
    opened.until(lambda: opened.snapshot.playback.playing)
    opened.until(lambda: (opened.bench.canvas.frame or 0) >= 3, "for the film to move")
    opened.key("p")
    opened.until(lambda: not opened.snapshot.playback.playing)
    opened.key("Home")
    wait_for_frame(opened, 0)


def test_frames_that_nobody_has_looked_at_play_until_a_mistake_is_seen(opened: Pilot) -> None:
    opened.key("shift+space")
    opened.until(lambda: opened.snapshot.playback.unseen)
    start = opened.snapshot.sequence.frame
    opened.until(lambda: opened.snapshot.sequence.frame > start + 3, "for unseen frames to come")
    opened.shot("time-unseen")
    opened.key("shift+space")
    opened.until(lambda: not opened.snapshot.playback.playing)
    stopped = opened.snapshot.sequence.frame
    wait_for_frame(opened, stopped)
    opened.key("Home")
    wait_for_frame(opened, 0)


def test_a_held_key_steps_on_but_a_toggle_acts_once(opened: Pilot) -> None:
    opened.tool("keydown", "Right")
    opened.until(lambda: opened.snapshot.sequence.frame >= 4, "for the key to repeat")
    opened.tool("keyup", "Right")
    loop = opened.snapshot.playback.loop
    opened.tool("keydown", "o")
    opened.frames(40)
    opened.tool("keyup", "o")
    opened.until(lambda: opened.snapshot.playback.loop != loop)
    opened.key("o")
    opened.until(lambda: opened.snapshot.playback.loop == loop)
    opened.key("Home")
    wait_for_frame(opened, 0)


def test_a_marked_range_is_what_propagation_keeps_to(masked: Pilot) -> None:
    masked.key("bracketleft")
    masked.key("shift+Right", "bracketright")
    masked.until(lambda: masked.snapshot.sequence.marks == (0, 11))
    masked.shot("time-marked")
    masked.key("g")
    masked.until(lambda: masked.count(PropagationRequested))
    asked = masked.last(PropagationRequested)
    assert isinstance(asked, PropagationRequested)
    assert (asked.start, asked.stop) == (0, 11)
    propagated = Status.PROPAGATED
    masked.until(lambda: masked.snapshot.tracks[0].statuses[1:11] == bytes([propagated]) * 10)
    masked.until(lambda: masked.snapshot.propagation is None)
    assert set(masked.snapshot.tracks[0].statuses[11:]) == {Status.EMPTY}
    masked.key("backslash")
    masked.until(lambda: masked.snapshot.sequence.marks == (None, None))
    assert masked.count(RangeMarked) == 3


def test_a_propagation_shows_its_progress_and_can_be_stopped(masked: Pilot) -> None:
    masked.key("g")
    masked.until(lambda: masked.snapshot.propagation and masked.snapshot.propagation.done > 1)
    masked.shot("time-propagating")
    masked.key("shift+Escape")
    masked.until(lambda: masked.count(PropagationCancelled) or masked.snapshot.propagation is None)
    masked.until(lambda: masked.snapshot.propagation is None)


def test_verifying_goes_on_to_the_worst_frame(masked: Pilot) -> None:
    masked.key("Home", "Right")
    wait_for_frame(masked, 1)
    masked.key("v")
    masked.until(lambda: masked.snapshot.tracks[0].statuses[1] == Status.VERIFIED)
    masked.until(lambda: masked.snapshot.sequence.frame != 1)
    masked.until(lambda: masked.bench.canvas.frame == masked.snapshot.sequence.frame)
    masked.shot("time-verified")


def test_frames_marked_on_the_contact_sheet_are_verified_together_and_a_click_goes_to_one(
    masked: Pilot,
) -> None:
    masked.key("Home")
    wait_for_frame(masked, 0)
    masked.key("F4")
    sheet = masked.bench.sheet
    masked.until(lambda: sheet.is_shown and sheet.grid.seen[1] > 6, "for the sheet")
    masked.until(lambda: sheet.drawn >= {0, 1, 2}, "for its tiles")

    def point(frame: int) -> tuple[int, int]:
        x, y, width, height = sheet.grid.box(frame)
        left, top = masked.bench.canvas.position
        return left + x + width // 2, top + y + height // 2

    for frame in (2, 4):
        masked.tool("mousemove", *point(frame))
        masked.tool("keydown", "ctrl", "click", 1, "keyup", "ctrl")
    masked.until(lambda: masked.snapshot.sheet.marked == {2, 4}, "for the marks")
    masked.key("v")
    masked.until(lambda: not masked.snapshot.sheet.marked, "for the verification")
    status = masked.snapshot.tracks[0].statuses
    assert {frame for frame, found in enumerate(status) if found == Status.VERIFIED} >= {2, 4}
    masked.tool("mousemove", *point(5))
    masked.tool("click", 1)
    masked.until(lambda: not sheet.is_shown, "for the frame")
    wait_for_frame(masked, 5)


def test_propagation_stops_at_a_cut_and_a_key_goes_on(opened: Pilot, tmp_path: Path) -> None:
    film = write_film(
        tmp_path / "two shots.avi", [*shot(1, CUT, (40, 60)), *shot(2, CUT, None, shades=(100, 220))]
    )
    opened.loop.commands.files.open_sequence(film)
    opened.until(lambda: (info := opened.snapshot.sequence.info) and info.path == str(film), "for the film")
    opened.loop.post(LabelAdded("disc"))
    opened.loop.post(ObjectAdded())
    opened.until(lambda: opened.snapshot.sequence.selected is not None, "for the object")
    chosen = opened.snapshot.sequence.selected
    assert chosen is not None
    opened.loop.post(MaskSet(0, chosen, encode(disc((40, 60)))))
    opened.key("g")
    opened.until(lambda: opened.snapshot.sequence.stopped_at == (CUT,), "for the cut")
    opened.until(lambda: any("Stopped at a cut" in toast.text for toast in opened.snapshot.toasts))
    opened.frames(6)
    rows = [dpg.get_item_children(window, 1)[0] for window in opened.bench.toasts.windows]
    texts = [dpg.get_value(item) for row in rows for item in dpg.get_item_children(row, 1)]
    key = opened.bench.keys["propagate.over_cuts"]
    assert f"Stopped at a cut at frame {CUT}.\n{key}: Go on over the cut" in texts
    statuses = opened.snapshot.tracks[0].statuses
    assert all(statuses[:CUT]) and not any(statuses[CUT:])
    opened.frames(6)
    opened.shot("time-cut")
    opened.key("ctrl+shift+g")
    opened.until(lambda: all(opened.snapshot.tracks[0].statuses), "for the shot beyond it")
