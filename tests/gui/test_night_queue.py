"""The night queue in a real window: marked rows are queued by keys, done while nobody touches anything, and shown."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

from app.domain.batch_jobs import BatchEntry
from app.domain.worklist.entry import EntryState
from app.imaging import masks
from app.messages.events import LabelAdded, MaskSet, ObjectAdded, SequenceClosed
from app.messages.events.night import JobPicturesDecided, NightQueueChanged, PersonSeen
from app.pipeline.options import NightOptions
from app.views.dialogs.night_dialog import NightDialog
from app.views.dialogs.night_queue_dialog import NightQueueDialog
from app.views.dialogs.quick_pick import QuickPick
from tests.gui.pilot import Pilot, film

NAMES = ("polyp 1.avi", "polyp 2.avi")


@pytest.fixture(scope="module")
def drop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("Framewise") / "drop"
    folder.mkdir()
    for seed, name in enumerate(NAMES):
        film(folder / name, seed)
    return folder


@pytest.fixture(scope="module")
def night() -> NightOptions:
    return NightOptions(None, 0.05)  # minutes: three seconds without a key


def jobs(pilot: Pilot) -> dict[str, BatchEntry]:
    return {Path(entry.job.source).name: entry for entry in pilot.snapshot.night.entries}


def annotate(pilot: Pilot, name: str) -> None:
    """Give a sequence a mask on its first frame."""
    entry = next(entry for entry in pilot.snapshot.worklist.entries if entry.name == name)
    pilot.bench.worklist.enter(entry)
    pilot.wait_for_sequence(name)
    info = pilot.snapshot.sequence.info
    box = np.zeros((info.height, info.width), np.bool_)
    box[40:90, 60:120] = True
    if not pilot.snapshot.labels:
        pilot.loop.post(LabelAdded("polyp"))
        pilot.until(lambda: pilot.snapshot.labels)
    pilot.loop.post(ObjectAdded(pilot.snapshot.labels[0].value))
    pilot.wait_for_objects(1)
    pilot.loop.post(MaskSet(0, pilot.snapshot.sequence.objects[0].object_id, masks.encode(box)))
    pilot.until(lambda: pilot.snapshot.annotations and pilot.snapshot.edits.saved, "for the mask")
    pilot.loop.post(SequenceClosed())
    pilot.until(lambda: pilot.snapshot.sequence.info is None)


def test_marked_rows_are_queued_by_keys(pilot: Pilot) -> None:
    pilot.until(
        lambda: [entry.state for entry in pilot.snapshot.worklist.entries] == [EntryState.READY] * 2,
        "for the films",
    )
    annotate(pilot, NAMES[0])
    pilot.key("Home", "space", "space")
    pilot.until(lambda: len(pilot.bench.worklist.marked) == 2, "for the marks")
    pilot.key("ctrl+alt+n")
    pilot.dialog(NightDialog)
    pilot.key("1")
    pilot.frames(6)
    pilot.shot("night-dialog")
    pilot.key("Return")
    pilot.until(lambda: len(jobs(pilot)) == 2, "for the queue")
    assert jobs(pilot)[NAMES[0]].job.exports == ("png",)
    pilot.frames(6)
    pilot.shot("night-queued")


def test_the_queue_is_ordered_by_keys(pilot: Pilot) -> None:
    pilot.key("ctrl+alt+m")
    dialog = pilot.dialog(NightQueueDialog)
    pilot.key("ctrl+Down")
    pilot.until(lambda: list(jobs(pilot)) == [NAMES[1], NAMES[0]], "for the order")
    pilot.frames(6)
    pilot.shot("night-queue")
    pilot.key("Escape")
    pilot.until(lambda: not dialog.is_open)


def test_it_is_done_while_nobody_works_and_the_worklist_tells(pilot: Pilot, drop_folder: Path) -> None:
    pilot.until(lambda: all(entry.is_over for entry in jobs(pilot).values()), "for the end of the queue")
    assert [jobs(pilot)[name].status for name in NAMES] == ["done", "failed"]
    assert "Nothing is annotated" in jobs(pilot)[NAMES[1]].problem
    assert list((drop_folder / "label").rglob("*.png"))
    pilot.key("Left", "Left")
    shown = pilot.bench.worklist.rows
    pilot.until(lambda: [entry.name for entry in shown.entries][:1] == [NAMES[1]], "for what failed, first")
    pilot.frames(8)
    pilot.shot("night-morning")


def test_pictures_that_wait_for_a_word_are_decided_by_keys(pilot: Pilot) -> None:
    entry = jobs(pilot)[NAMES[0]].finish(time.time(), ("overlay",), 12)
    pilot.loop.post(NightQueueChanged(replace(pilot.snapshot.night, entries=(entry,))))
    pilot.until(lambda: pilot.snapshot.night.entries == (entry,), "for the entry")
    pilot.frames(8)
    pilot.shot("night-pictures-row")
    pilot.key("ctrl+alt+m")
    pilot.dialog(NightQueueDialog)
    pilot.frames(6)
    pilot.shot("night-pictures")
    pilot.key("p")
    pilot.dialog(QuickPick)
    pilot.frames(6)
    pilot.shot("night-pictures-choice")
    pilot.key("Return")
    pilot.until(lambda: pilot.count(JobPicturesDecided) == 1, "for the word")


def test_a_move_of_the_mouse_says_that_somebody_is_there(pilot: Pilot) -> None:
    before = pilot.count(PersonSeen)
    places = cycle(((300, 300), (320, 300)))

    def is_told() -> bool:
        pilot.tool("mousemove", *next(places))  # once a second it is told, and a key may have come before
        return pilot.count(PersonSeen) > before

    pilot.until(is_told, "for the person")
