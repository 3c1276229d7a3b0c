"""Every act is in the registry once, has a key in every preset, and no two acts share one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from app.actions.action import PRESETS
from app.actions.edit_actions import label_keys
from app.actions.file_actions import HELP, WORKLIST
from app.actions.key_chords import parse_all, parse_chord
from app.actions.key_presets import PRESET_KEYS
from app.actions.registry import MENUS, chords_of, registry
from app.domain.adjustment import Adjustment
from app.domain.annotation import Label, Object, SequenceInfo, Window
from app.domain.comment import Comment
from app.messages import events as e
from app.messages.snapshot import (
    EditsState,
    Pending,
    PlaybackState,
    PropagationState,
    SequenceState,
    Snapshot,
    View,
)

OPEN = Snapshot(
    sequence=SequenceState(
        SequenceInfo("clip", "/clip.mp4", "video", 100, 64, 48, fps=25.0),
        40,
        objects=(Object(3, 1),),
        selected=3,
    ),
    labels=(Label(1, "tool", (255, 0, 0)), Label(12, "polyp", (0, 255, 0))),
    label=1,
)
EISEG = {
    "file.open": "Ctrl+A",
    "file.open_folder": "Shift+A",
    "sequence.previous": "S",
    "sequence.next": "F",
    "mask.finish": "Space",
    "edit.undo": "Ctrl+Z",
    "edit.redo": "Ctrl+Y",
    "clicks.clear": "Ctrl+Shift+Z",
    "file.export": "Ctrl+S",
    "file.close": "Ctrl+W",
    "polygon.delete": "Backspace",
    "help.shortcuts": "E",
    "file.autosave": "X",
    "model.open": "Ctrl+M",
}


def made(identity: str, **changes: object) -> tuple[e.Event, ...]:
    action = registry()[identity]
    assert not action.is_command
    return action.events(replace(OPEN, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_act_has_a_key_and_no_key_two_acts(preset: str) -> None:
    chords = chords_of(preset, {})
    assert set(chords) == set(registry())
    used = Counter(chord for text in chords.values() for chord in parse_all(text))
    assert all(parse_all(text) for text in chords.values())
    assert [str(chord) for chord, times in used.items() if times > 1] == []


def test_presets_name_actions_that_there_are() -> None:
    assert all(keys.keys() <= registry().keys() for keys in PRESET_KEYS.values())
    assert (
        chords_of("slicer", {})["edit.undo"] == "Ctrl+Z Z" and chords_of("itksnap", {})["tool.brush"] == "4"
    )
    assert chords_of("slicer", {})["file.open"] == "Ctrl+A"


def test_nothing_is_changed_below_the_worklist() -> None:
    beside = {action.id for action in registry().values() if action.beside_worklist}
    assert {"file.open", "worklist.toggle", "help.palette", "propagate.cancel"} <= beside
    assert {registry()[identity].menu for identity in beside - {"propagate.cancel"}} == {
        "File",
        "Worklist",
        "Help",
    }


def test_an_action_that_is_there_twice_stops_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.actions.registry._MENUS", (HELP, WORKLIST, HELP))
    with pytest.raises(ValueError, match="3 ids"):
        registry()


def test_the_keys_of_eiseg_hold() -> None:
    chords = chords_of("eiseg", {})
    assert {identity: chords[identity] for identity in EISEG} == EISEG


def test_what_the_operator_changed_wins_over_the_preset() -> None:
    assert chords_of("cvat", {"play.toggle": "F9"})["play.toggle"] == "F9"
    assert chords_of("unknown", {}) == chords_of("eiseg", {})


def test_every_action_reads_well() -> None:
    for action in registry().values():
        assert action.menu in MENUS
        assert action.title
        assert action.help.endswith(".")


def test_nothing_is_posted_without_a_sequence() -> None:
    switches = {f"{name}.toggle" for name in ("overlay", "component", "tidy", "prefetch", "cuts")}
    anytime = switches | {"review.order"}
    for action in registry().values():
        if action.id.split(".")[0] not in {"opacity", "threshold", "radius"}:
            assert action.id in anytime or action.events(Snapshot()) == (), action.id


def test_digits_pick_the_label_of_that_value_first() -> None:
    labels = [Label(value, "", (0, 0, 0)) for value in (30, 3, 1, 20)]
    assert label_keys(labels) == {1: 1, 2: 30, 3: 3, 4: 20}
    assert label_keys(labels[1:]) == {1: 1, 2: 20, 3: 3}
    assert made("label.2") == (e.LabelChosen(12),)
    assert made("label.9") == ()


def test_a_switch_is_ticked_while_it_is_on() -> None:
    ticked = registry()["prefetch.toggle"].ticked
    assert ticked is not None
    assert ticked(replace(OPEN, view=View(prefetch=True))) is True
    assert ticked(replace(OPEN, view=View(prefetch=False))) is False


def test_range_marks_keep_the_other_end_only_when_it_makes_sense() -> None:
    assert made("marks.start", sequence=replace(OPEN.sequence, marks=(None, 60))) == (e.RangeMarked(40, 60),)
    assert made("marks.start", sequence=replace(OPEN.sequence, marks=(None, 40))) == (
        e.RangeMarked(40, None),
    )
    assert made("marks.stop", sequence=replace(OPEN.sequence, marks=(10, None))) == (e.RangeMarked(10, 41),)
    assert made("marks.stop", sequence=replace(OPEN.sequence, marks=(41, 60))) == (e.RangeMarked(None, 41),)


def test_propagation_keeps_to_the_marked_range() -> None:
    assert made("propagate.both", sequence=replace(OPEN.sequence, marks=(5, 9))) == (
        e.PropagationRequested(5, 9, "both"),
    )
    assert made("propagate.both", sequence=replace(OPEN.sequence, objects=())) == ()


def test_enter_accepts_the_offer_before_it_verifies() -> None:
    assert made("review.accept", can_resume=True) == (e.PropagationResumed(True),)
    assert made("review.accept") == (e.FramesVerified(40, 41), e.WorstFrameRequested())


def test_stop_ends_what_is_under_way() -> None:
    assert made("propagate.cancel") == ()
    running = PropagationState(1, 0, 9, 3, None, prefetch=False)
    assert made("propagate.cancel", propagation=running) == (e.PropagationCancelled(),)


def test_speed_walks_the_steps_and_stops_at_the_ends() -> None:
    assert made("play.faster", playback=PlaybackState(speed=1.0)) == (e.SpeedChosen(2.0),)
    assert made("play.slower", playback=PlaybackState(speed=1.0)) == (e.SpeedChosen(0.5),)
    assert made("play.faster", playback=PlaybackState(speed=10.0)) == ()


def test_undo_and_clear_are_ready_only_when_there_is_something() -> None:
    actions = registry()
    assert not actions["edit.undo"].is_ready(OPEN)
    assert not actions["clicks.clear"].is_ready(OPEN)
    pending = Snapshot(
        sequence=OPEN.sequence, pending=Pending(0, None, None, ()), edits=EditsState(can_undo=True)
    )
    assert actions["clicks.clear"].is_ready(pending)
    assert actions["edit.undo"].is_ready(pending)


def test_an_action_for_an_object_says_that_none_is_selected() -> None:
    unselected = Snapshot(sequence=replace(OPEN.sequence, selected=None))
    for identity in ("mask.delete", "object.delete", "object.name", "mask.copy", "object.hide"):
        action = registry()[identity]
        assert action.lacks(unselected) == f"{action.title}: select an object first."
        assert action.lacks(Snapshot()) == action.lacks(OPEN) == ""
    assert registry()["frame.next"].lacks(unselected) == ""


def test_keys_that_must_not_repeat_do_not() -> None:
    actions = registry()
    for identity in ("mask.finish", "play.toggle", "polygon.delete", "mask.delete", "propagate.both"):
        assert not actions[identity].repeats
    assert actions["frame.next"].repeats
    assert parse_chord(chords_of("eiseg", {})["overlay.hide"]) == parse_chord("H")
    assert actions["overlay.hide"].held


def test_windows_and_directions_are_for_scans_only() -> None:
    scan = SequenceInfo("ct", "/ct", "volume", 9, 24, 20, orientation="axial", window=Window(400, 40))
    shown = {"sequence": SequenceState(scan, 40), "view": View(window=Window(400, 40))}
    for identity in registry():
        if identity.startswith(("window.", "scan.")):
            assert not any(isinstance(event, e.WindowChanged) for event in made(identity))
            assert made(identity, **shown), identity
        if identity.startswith("picture."):
            assert made(identity) and made(identity, **shown) == ()
    assert made("window.lung", **shown) == (e.WindowChanged(1500, -600),)
    assert made("window.own", **shown) == (e.WindowChanged(400, 40),)
    assert made("scan.coronal", **shown) == (e.OrientationChosen("coronal"),)
    (wider,) = made("window.wider", **shown)
    assert isinstance(wider, e.WindowChanged) and wider.width > 400 and wider.center == 40


def test_on_a_video_the_keys_of_the_window_change_brightness_and_contrast() -> None:
    (change,) = made("window.narrower")
    assert isinstance(change, e.ViewChanged) and change.adjustment is not None
    assert change.adjustment.contrast > 1 and change.adjustment.brightness == 0
    shown = {"view": View(adjustment=change.adjustment)}
    assert made("window.own", **shown) == (e.ViewChanged(adjustment=Adjustment()),)


def test_the_mark_of_a_key_image_is_a_tag_that_comes_and_goes() -> None:
    assert made("comment.key") == (e.CommentAdded("#key", 40, 41),)
    said = (Comment(1, "#key", 30, 50), Comment(2, "smoke #key", 40, 41))
    assert made("comment.key", sequence=replace(OPEN.sequence, comments=said[:1])) == (
        e.CommentAdded("#key", 40, 41),
    )
    assert made("comment.key", sequence=replace(OPEN.sequence, comments=said)) == (
        e.CommentChanged(2, "smoke"),
    )
    assert made("comment.key", sequence=replace(OPEN.sequence, comments=(Comment(2, "#key", 40, 41),))) == (
        e.CommentChanged(2, ""),
    )
