"""An open sequence is looked over in the background; a refused export asks, and what is harmless leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.domain.annotation import Mask
from app.imaging import masks
from app.messages import events as ev
from app.messages.events.night import JobPicturesDecided
from app.messages.events.pictures import FindingsCalledHarmless
from app.messages.snapshot import Snapshot
from app.pipeline.client import Client
from app.pipeline.options import NightOptions, Options
from app.pipeline.pipeline import Pipeline
from app.pipeline.services import picture_inspection
from tests.helpers.named_pictures import write_named_pictures
from tests.pipeline.drop_folder.folder_bench import movie


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client with three pictures open, the second with a name on it."""
    monkeypatch.setattr(picture_inspection, "LULL_SECONDS", 0.1)
    write_named_pictures(tmp_path / "images")
    options = Options(
        tmp_path / "work",
        engine="classic",
        device="cpu",
        operator="Ada",
        inspect=True,
        autosave=("overlay", "png"),
        autosave_folder=tmp_path / "left",
        night=NightOptions(None, 600.0),
    )
    with Client(options) as made:
        made.open_sequence(tmp_path / "images", None, None)
        yield made


def square() -> Mask:
    return masks.encode(np.pad(np.ones((8, 8), bool), ((100, 12), (100, 112))))


def test_a_flagged_frame_leaves_only_once_it_was_decided(client: Client, tmp_path: Path) -> None:
    client.wait_for_state(lambda now: list(now.sequence.findings) == [1])
    client.post(ev.LabelAdded("tool"))
    client.post(ev.ObjectAdded(client.newest.labels[0].value))
    client.post(ev.MaskSet(1, 1, square()))
    client.post(ev.ExportRequested(("overlay", "png"), str(tmp_path / "out")))
    client.wait_for_state(lambda now: now.tasks.picture_choice is not None)
    refused = client.newest.tasks.picture_choice
    assert refused.frames == (1,) and refused.request.kinds == ("overlay",)
    assert list((tmp_path / "out").rglob("mask/*.png")) and not list((tmp_path / "out").rglob("overlay"))
    client.post(FindingsCalledHarmless(1, 5.0))
    client.wait_for_state(lambda now: not now.sequence.findings)
    client.post(refused.request)
    client.wait_for_state(lambda now: now.tasks.export is None)
    assert len(list((tmp_path / "out").rglob("overlay/*.png"))) == 3


def test_what_waits_for_a_word_on_leaving_stands_in_the_night_queue(client: Client, tmp_path: Path) -> None:
    client.post(ev.LabelAdded("tool"))
    client.wait_for_state(lambda now: bool(now.labels))
    client.post(ev.ObjectAdded(client.newest.labels[0].value))
    client.post(ev.MaskSet(1, 1, square()))
    client.post(ev.SequenceClosed())
    client.wait_for_state(lambda now: bool(now.night.entries))
    [entry] = client.newest.night.entries
    assert (entry.refused, entry.flagged, entry.job.propagates) == (("overlay",), 1, False)
    assert list((tmp_path / "left").rglob("mask/*.png")) and not list((tmp_path / "left").rglob("overlay"))
    client.post(JobPicturesDecided(entry.job_id, "mask"))
    client.wait_for_state(lambda now: now.night.entries[0].status == "waiting")
    assert client.newest.night.entries[0].job.exports == ("overlay",)


def test_the_worklist_is_looked_over_before_anything_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_inspection, "LULL_SECONDS", 0.1)
    drop = tmp_path / "drop"
    drop.mkdir()
    write_named_pictures(drop / "images")
    movie(drop / "clip.mp4")
    options = Options(tmp_path / "work", engine="classic", device="cpu", inspect=True, drop_folder=drop)
    with Client(options) as made:
        made.wait_for_state(lambda now: [one.inspected for one in now.worklist.entries] == [1.0, 1.0])
        assert flagged(made.newest) == {"clip.mp4": 0, "images": 1}
    looked = {path: path.stat().st_mtime_ns for path in (tmp_path / "work").rglob("findings-*.json")}
    assert len(looked) == 2
    with Client(options) as made:
        made.open_sequence(drop / "images", None, None)
        made.wait_for_state(lambda now: list(now.sequence.findings) == [1] and flagged(now)["images"] == 1)
    assert looked == {path: path.stat().st_mtime_ns for path in looked}


def test_the_look_at_another_sequence_gives_way_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_inspection, "LULL_SECONDS", 0.1)
    drop = tmp_path / "drop"
    write_pictures(drop / "many")
    movie(tmp_path / "clip.mp4")
    options = Options(tmp_path / "work", engine="classic", device="cpu", inspect=True, drop_folder=drop)
    with Client(options) as made:

        def share() -> float:
            return next((one.inspected for one in made.newest.worklist.entries if one.name == "many"), 0.0)

        made.wait_for_state(lambda now: 0 < share() < 1)
        monkeypatch.setattr(picture_inspection, "LULL_SECONDS", 1.0)
        made.open_sequence(tmp_path / "clip.mp4", None, None)
        made.wait_for_state(lambda now: now.sequence.info is not None and inspector(made) is None)
        stopped = share()
        assert 0 < stopped < 1
        made.wait_for_state(lambda now: share() > stopped)


def flagged(snapshot: Snapshot) -> dict[str, int]:
    """The number of flagged frames of each entry."""
    return {one.name: one.flagged for one in snapshot.worklist.entries}


def write_pictures(folder: Path) -> None:
    """Write 300 grey pictures of 64x48, no two of them the same."""
    folder.mkdir(parents=True)
    for number in range(300):
        cv2.imwrite(str(folder / f"{number:03}.png"), np.full((48, 64), number % 200, np.uint8))


def inspector(client: Client) -> int | None:
    """The process that looks over pictures, None for none."""

    async def ask(pipeline: Pipeline) -> int | None:
        return pipeline.services.worker_pid("inspector")

    return client.run_coroutine(ask)
