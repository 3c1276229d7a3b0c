"""An open sequence is looked over in the background; a refused export asks, and what is harmless leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Mask
from app.imaging import masks
from app.messages import events as ev
from app.messages.events.night import JobPicturesDecided
from app.messages.events.pictures import FindingsCalledHarmless
from app.pipeline.client import Client
from app.pipeline.options import NightOptions, Options
from app.pipeline.services import picture_inspection
from tests.helpers.named_pictures import write_named_pictures


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
