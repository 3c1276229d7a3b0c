"""The worklist of a running pipeline: from a file that is dropped to a sequence that is done."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import SequenceInfo
from app.domain.tier import Term, Tier
from app.domain.worklist.entry import EntryState, WorklistEntry
from app.domain.worklist.repeat_readings import RepeatRule
from app.domain.worklist.sorting import filter_entries
from app.imaging.masks import encode
from app.messages import events as ev
from app.messages.events import worklist as we
from app.messages.snapshot import Snapshot
from app.pipeline.client import Client
from app.pipeline.options import Options
from app.pipeline.pipeline import Pipeline
from tests.pipeline.drop_folder.folder_bench import movie as write_movie

PATIENCE = 120.0


def movie(path: Path, seed: int = 0) -> Path:
    """Write a small video and return where."""
    write_movie(path, seed=seed)
    return path


class Workstation:
    """A pipeline with a drop folder."""

    def __init__(self, client: Client, drop: Path) -> None:
        self.client, self.drop = client, drop

    def until(self, condition: Callable[[Snapshot], object]) -> Snapshot:
        ends = time.monotonic() + PATIENCE
        while True:
            self.client.wait_until_durable()
            if condition(self.client.newest):
                return self.client.newest
            assert time.monotonic() < ends, self.client.newest.worklist
            time.sleep(0.02)

    def entry(self, name: str, state: EntryState) -> WorklistEntry:
        """Wait until a sequence is in a state."""

        def found(snapshot: Snapshot) -> list[WorklistEntry]:
            return [one for one in snapshot.worklist.entries if one.name == name and one.state is state]

        return found(self.until(found))[0]

    def open(self, path: Path) -> SequenceInfo:
        self.client.post(ev.SequenceRequested(str(path)))
        info = self.until(
            lambda seen: seen.sequence.info and seen.sequence.info.path == str(path)
        ).sequence.info
        assert info is not None
        return info

    def ahead(self) -> dict[Path, str]:
        """The sources opened in advance, with their keys."""

        async def ask(pipeline: Pipeline) -> dict[Path, str]:
            return pipeline.services.opener.ahead

        return self.client.run_coroutine(ask)

    def key(self) -> str:
        """The key of the open sequence."""

        async def ask(pipeline: Pipeline) -> str:
            assert pipeline.services.sequences.current is not None
            return pipeline.services.sequences.current.key

        return self.client.run_coroutine(ask)

    def annotate(self, info: SequenceInfo, frame: int = 0) -> None:
        """Put a mask on a frame."""
        shape = np.zeros((info.height, info.width), bool)
        shape[4:12, 4:12] = True
        if not self.client.newest.sequence.objects:
            self.client.post(ev.LabelAdded("tool"))
            self.client.post(ev.ObjectAdded())
        self.client.post(ev.MaskSet(frame, self.client.newest.sequence.objects[0].object_id, encode(shape)))


@contextmanager
def workstation(
    folder: Path, operator: str = "Ada", repeats: RepeatRule | None = None
) -> Iterator[Workstation]:
    drop = folder / "drop"
    drop.mkdir(exist_ok=True)
    options = Options(
        folder / "work",
        engine="classic",
        prefetch=False,
        threads=1,
        operator=operator,
        drop_folder=drop,
        repeats=repeats or RepeatRule(),
    )
    with Client(options) as client:
        yield Workstation(client, drop)


def test_a_sequence_goes_from_the_drop_folder_to_done_and_back(tmp_path: Path) -> None:
    with workstation(tmp_path) as station:
        clip = movie(station.drop / "clip.mp4")
        ready = station.entry("clip.mp4", EntryState.READY)
        assert Path(ready.thumbnail).is_file()
        info = station.open(clip)
        working = station.entry("clip.mp4", EntryState.IN_WORK)
        assert (working.entry_id, station.client.newest.worklist.entry_id) == (ready.entry_id, ready.entry_id)
        station.annotate(info)
        seen = station.until(lambda seen: seen.entry and seen.entry.progress > 0)
        assert seen.entry is not None and seen.entry.labels == ("tool",)
        assert seen.entry.progress == pytest.approx(1 / info.frames)
        assert seen.edits.unreviewed == info.frames - 1
        station.client.post(ev.TierAdded(Tier("phase", "phases", (Term("cut", ""),))))
        station.client.post(ev.IntervalAdded("phase", "cut", 0, 3))
        seen = station.until(lambda seen: seen.entry and seen.entry.unmasked)
        assert seen.entry is not None and seen.entry.unmasked == ("cut: 2 without a mask",)
        assert filter_entries(seen.worklist.entries, "cut without mask") == (seen.entry,)
        station.client.post(we.SequenceFinished())
        assert station.client.newest.entry is not None
        assert station.client.newest.entry.state is EntryState.IN_WORK
        station.client.post(we.SequenceFinished(accept=True))
        done = station.entry("clip.mp4", EntryState.DONE)
        assert (done.finished_by, done.progress, done.unmasked) == ("Ada", 1.0, ())
        assert done.finished_at is not None
    with workstation(tmp_path, "Grace") as station:
        assert station.entry("clip.mp4", EntryState.DONE).finished_by == "Ada"
        info = station.open(clip)
        assert station.until(lambda seen: seen.entry).edits.unreviewed == 0
        assert station.entry("clip.mp4", EntryState.DONE).finished_at == done.finished_at
        station.client.post(we.SequenceReopened())
        assert station.entry("clip.mp4", EntryState.IN_WORK).finished_by == ""
        station.client.post(we.SequenceFinished())
        assert station.entry("clip.mp4", EntryState.DONE).finished_by == "Grace"
        station.client.post(ev.FramesVerified(0, 1, verified=False))
        station.entry("clip.mp4", EntryState.IN_WORK)


def test_a_propagation_is_seen_in_the_list_and_ends_there(tmp_path: Path) -> None:
    with workstation(tmp_path) as station:
        clip = movie(station.drop / "clip.mp4")
        station.entry("clip.mp4", EntryState.READY)
        station.annotate(station.open(clip))
        states: list[EntryState] = []

        def listen(event: ev.Event) -> None:
            if isinstance(event, we.WorklistChanged):
                states.extend(entry.state for entry in event.worklist.entries)

        with station.client.host.listening(listen):
            station.client.post(ev.PropagationRequested())
            station.until(lambda seen: seen.propagation is None and EntryState.PROPAGATING in states)
            station.entry("clip.mp4", EntryState.IN_WORK)


def test_a_sequence_from_elsewhere_joins_the_list_and_a_dropped_copy_of_it_is_the_same(
    tmp_path: Path,
) -> None:
    clip = movie(tmp_path / "mine.mp4")
    with workstation(tmp_path) as station:
        station.open(clip)
        entry = station.entry("mine.mp4", EntryState.IN_WORK)
        assert not entry.dropped
        shutil.copy(clip, station.drop / "copy.mp4")
        assert station.entry("copy.mp4", EntryState.IN_WORK).entry_id == entry.entry_id
        assert len(station.client.newest.worklist.entries) == 1


def test_another_drop_folder_takes_over_at_once_and_keeps_what_was_worked_on(tmp_path: Path) -> None:
    with workstation(tmp_path) as station:
        worked, fresh = movie(station.drop / "worked.mp4"), station.drop / "fresh.mp4"
        movie(fresh, seed=2)
        station.entry("fresh.mp4", EntryState.READY)
        station.entry("worked.mp4", EntryState.READY)
        station.open(worked)
        station.entry("worked.mp4", EntryState.IN_WORK)
        other = tmp_path / "other"
        other.mkdir()
        movie(other / "new.mp4", seed=3)
        station.client.post(we.DropFolderChosen(str(other)))
        station.entry("new.mp4", EntryState.READY)
        names = {entry.name for entry in station.client.newest.worklist.entries}
        assert names == {"worked.mp4", "new.mp4"}
        assert station.client.newest.worklist.folder.path == str(other)


def test_no_drop_folder_counts_at_once_and_the_list_is_there_again_with_the_next_one(tmp_path: Path) -> None:
    with workstation(tmp_path) as station:
        worked = movie(station.drop / "worked.mp4")
        station.entry("worked.mp4", EntryState.READY)
        info = station.open(worked)
        station.entry("worked.mp4", EntryState.IN_WORK)
        for _ in range(2):
            station.client.post(we.DropFolderChosen(""))
            seen = station.until(lambda seen: not seen.worklist.folder.path)
            assert (seen.worklist.entries, seen.worklist.entry_id) == ((), "")
        movie(station.drop / "new.mp4", seed=3)
        station.annotate(info)
        station.client.post(we.DropFolderChosen(str(station.drop)))
        station.entry("new.mp4", EntryState.READY)
        assert (
            station.client.newest.worklist.entry_id
            == station.entry("worked.mp4", EntryState.IN_WORK).entry_id
        )


def test_an_unplugged_folder_is_shown_and_comes_back_by_itself(tmp_path: Path) -> None:
    with workstation(tmp_path) as station:
        movie(station.drop / "clip.mp4")
        station.entry("clip.mp4", EntryState.READY)
        station.drop.rename(tmp_path / "away")
        seen = station.until(lambda seen: seen.worklist.folder.problem)
        assert seen.worklist.entries[0].missing
        (tmp_path / "away").rename(station.drop)
        seen = station.until(
            lambda seen: not seen.worklist.folder.problem and not seen.worklist.entries[0].missing
        )
        assert seen.worklist.entries[0].can_open


def test_a_worklist_that_another_instance_holds_costs_a_message_and_no_more(tmp_path: Path) -> None:
    with workstation(tmp_path) as first:
        clip = movie(first.drop / "clip.mp4")
        first.entry("clip.mp4", EntryState.READY)
        with workstation(tmp_path) as second:
            second.until(lambda seen: any("worklist" in toast.text for toast in seen.toasts))
            assert second.open(clip).frames > 1


def test_the_next_sequences_are_opened_and_encoded_beforehand(tmp_path: Path) -> None:
    with workstation(tmp_path) as station:
        first, second = movie(station.drop / "a.mp4"), movie(station.drop / "b.mp4", seed=2)
        station.entry("a.mp4", EntryState.READY)
        station.entry("b.mp4", EntryState.READY)
        station.open(first)
        station.until(lambda seen: station.ahead().keys() == {second} and not seen.tasks.warming)
        key = station.ahead()[second]
        station.open(second)
        assert station.key() == key
        assert station.client.image(0).shape == (48, 64, 3)
        assert not station.ahead()


def test_what_was_prepared_and_then_replaced_is_opened_as_it_is_now(tmp_path: Path) -> None:
    with workstation(tmp_path) as station:
        first, second = movie(station.drop / "a.mp4"), movie(station.drop / "b.mp4", seed=2)
        station.entry("a.mp4", EntryState.READY)
        station.entry("b.mp4", EntryState.READY)
        station.open(first)
        station.until(lambda seen: station.ahead().keys() == {second} and not seen.tasks.warming)
        write_movie(second, frames=9, seed=3)
        assert station.open(second).frames == 9


def test_a_copy_from_elsewhere_takes_the_place_of_a_file_that_is_missing(tmp_path: Path) -> None:
    with workstation(tmp_path) as station:
        clip = movie(station.drop / "clip.mp4")
        station.entry("clip.mp4", EntryState.READY)
        copy = Path(shutil.copy(clip, tmp_path / "copy.mp4"))
        station.annotate(station.open(clip))
        station.client.post(ev.SequenceClosed())
        clip.unlink()
        station.until(lambda seen: seen.worklist.entries[0].missing)
        station.open(copy)
        (entry,) = station.until(lambda seen: not seen.worklist.entries[0].missing).worklist.entries
        assert (entry.path, entry.can_open, entry.labels) == (str(copy), True, ("tool",))


@pytest.mark.parametrize("blow", ["replaced", "no longer in the drop folder"])
def test_the_annotator_is_told_when_the_open_file_goes_and_the_work_comes_back_with_it(
    tmp_path: Path, blow: str
) -> None:
    with workstation(tmp_path) as at:
        film = movie(at.drop / "film.mp4")
        kept = shutil.copy(film, tmp_path / "kept.mp4")
        at.entry("film.mp4", EntryState.READY)
        at.annotate(at.open(film))
        film.unlink()
        if blow == "replaced":
            shutil.copy(movie(tmp_path / "other.mp4", seed=9), film)
        said = at.until(
            lambda seen: [toast.text for toast in seen.toasts if "film.mp4 is open" in toast.text]
        )
        assert any(blow in toast.text for toast in said.toasts)
        assert said.sequence.info is not None
        at.annotate(said.sequence.info, frame=1)
        at.client.post(ev.SequenceClosed())
        at.until(lambda seen: seen.sequence.info is None)
        shutil.copy(kept, film)
        at.until(
            lambda seen: [
                one for one in seen.worklist.entries if one.state is EntryState.IN_WORK and one.can_open
            ]
        )
        at.open(film)
        assert len(at.until(lambda seen: seen.sequence.objects).sequence.objects) == 1
        assert at.client.read_state(lambda state: len(state.cells)) == 2
