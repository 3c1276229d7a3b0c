"""A finished sequence comes again by rule, opens without its masks for whom the rule says, and can be withdrawn."""

from __future__ import annotations

from pathlib import Path

from app.domain.worklist.entry import EntryState, WorklistEntry
from app.domain.worklist.repeat_readings import RepeatRule
from app.messages import events as ev
from app.messages.events import worklist as we
from framewise import Workspace
from tests.pipeline.services.test_worklist_sync import Workstation, movie, workstation


def repeat_of(station: Workstation) -> WorklistEntry:
    """Wait for the row of a repeat reading."""
    seen = station.until(lambda seen: any(entry.repeats for entry in seen.worklist.entries))
    return next(entry for entry in seen.worklist.entries if entry.repeats)


def finish(station: Workstation) -> None:
    station.client.post(we.SequenceFinished(accept=True))


def test_a_finished_sequence_is_read_again_by_another_operator(tmp_path: Path) -> None:
    with workstation(tmp_path, repeats=RepeatRule(1, 0.0, "other")) as station:
        clip = movie(station.drop / "clip.mp4")
        station.entry("clip.mp4", EntryState.READY)
        station.annotate(station.open(clip))
        finish(station)
        row = repeat_of(station)
        assert (row.name, row.state, row.labels) == ("clip.mp4", EntryState.READY, ())
        station.client.post(ev.SequenceRequested(row.path))
        station.until(lambda seen: seen.toasts and "somebody else than Ada" in seen.toasts[-1].text)

        station.client.post(ev.OperatorChosen("Bo"))
        station.client.post(ev.SequenceRequested(row.path))
        seen = station.until(lambda seen: seen.worklist.entry_id == row.entry_id and seen.labels)
        assert seen.sequence.info is not None and seen.sequence.info.path == str(clip)
        assert seen.sequence.objects == () and [label.name for label in seen.labels] == ["tool"]
        station.client.post(we.RepeatToggled(row.entry_id))
        station.until(lambda seen: "leave it first" in seen.toasts[-1].text)
        station.client.post(ev.ObjectAdded())
        station.annotate(seen.sequence.info, 1)
        finish(station)
        station.until(lambda seen: seen.entry and seen.entry.finished_by == "Bo")
        first = next(entry for entry in station.client.newest.worklist.entries if not entry.repeats)
        assert (first.finished_by, first.repeat) == ("Ada", "asked")
        assert len(station.client.newest.worklist.entries) == 2
        ((one, other),) = Workspace(tmp_path / "work").repeat_readings
        assert [bool(frame.masks[1].any()) for frame in (one[0], one[1])] == [True, False]
        assert [bool(frame.masks[1].any()) for frame in (other[0], other[1])] == [False, True]

        station.client.post(ev.SequenceRequested(str(clip)))
        station.until(lambda seen: seen.worklist.entry_id == first.entry_id)
        station.client.post(we.RepeatToggled(row.entry_id))
        station.until(lambda seen: len(seen.worklist.entries) == 1)
        assert Workspace(tmp_path / "work").repeat_readings == ()
        assert station.client.newest.worklist.entries[0].repeat == "withdrawn"
        station.client.post(we.RepeatToggled(first.entry_id))
        assert repeat_of(station).entry_id != row.entry_id
    with workstation(tmp_path) as station:
        assert repeat_of(station).state is EntryState.READY
