"""Films of a data set are looked over while they are written, and nothing is left of one that is refused."""

import json
from pathlib import Path

import av
import numpy as np
import pytest

from app.domain.annotation import Status, Window
from app.domain.errors import IdentifyingPictures, ModelError
from app.domain.finding import Finding, PictureAction
from app.storage.exporters.dataset.data_set_export import DataSetReport, export_data_set
from app.storage.exporters.dataset.data_set_plan import DataSetPlan
from app.storage.exporters.picture_gate import PictureGate
from app.storage.video.video_source import VideoSource
from app.storage.workspace.frame_inspection import known_findings
from app.storage.workspace.stored_sequence import find_sequences
from tests.helpers.workspaces import make_workspace

FRAMES, WIDTH, HEIGHT = 40, 96, 64
NAMED = Finding(20, 30, 40, 16)


class Cancelled(Exception):
    """The person has changed her mind."""


def find_name(image: np.ndarray) -> tuple[Finding, ...]:
    return (NAMED,) if image[NAMED.rows, NAMED.columns].max() > 200 else ()


def write_film(path: Path, named: range) -> None:
    """Write a dark film with a striped box on some frames."""
    path.parent.mkdir(exist_ok=True)
    with av.open(str(path), "w") as sink:
        track = sink.add_stream("libx264", rate=25)
        (track.width, track.height), track.pix_fmt = (WIDTH, HEIGHT), "yuv420p"
        for frame in range(FRAMES):
            image = np.full((HEIGHT, WIDTH, 3), 20 + frame, np.uint8)
            image[:8, :8] = ord(path.stem[-1])  # films differ
            if frame in named:
                image[NAMED.rows, 24:56:8] = image[NAMED.rows, 25:57:8] = 255
            sink.mux(track.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        sink.mux(track.encode())


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Three films, the second with a name on frames 10 to 29."""
    for name, named in (("a", range(0)), ("b", range(10, 30)), ("c", range(0))):
        write_film(tmp_path / "films" / f"{name}.mp4", named)
        cells = {(frame, 1): (Status.EDITED, 1.0) for frame in range(FRAMES)}
        make_workspace(tmp_path / "work", tmp_path / "films" / f"{name}.mp4", cells)
    return tmp_path


def export(study: Path, action: PictureAction, names: str = "abc", **hooks: object) -> DataSetReport:
    plan = DataSetPlan("davis", "set", (1.0, 0.0, 0.0), split_by="source", pictures=action, operator="Ada")
    chosen = [one for one in find_sequences(study / "work") if Path(one.record.name).stem in names]
    gate = PictureGate(find_name, action)
    return export_data_set(plan, chosen, study / "out", gate=gate, **hooks)  # type: ignore[arg-type]


def test_what_shows_a_name_is_refused_and_nothing_is_left(study: Path) -> None:
    with pytest.raises(IdentifyingPictures, match="20 frames show text") as caught:
        export(study, "refuse")
    assert caught.value.frames == tuple(range(10, 30)) and caught.value.subject == "b"
    assert not (study / "out").exists()
    known = [known_findings(one.journal) for one in find_sequences(study / "work")]
    assert [len(found) for found in known] == [FRAMES] * 3, "the films after it were looked over too"


def test_films_without_a_name_are_decoded_once(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    original = VideoSource.read

    def count(self: VideoSource, index: int, window: Window | None = None) -> np.ndarray:
        read.append(index)
        return original(self, index, window)

    monkeypatch.setattr(VideoSource, "read", count)
    report = export(study, "refuse", "ac")
    assert report.frames == 2 * FRAMES and len(read) <= 2 * (FRAMES + 8), (
        "samples tell whether it is an endoscopy"
    )
    assert len(list(report.folder.rglob("*.jpg"))) == 2 * FRAMES + 1, "and the contact sheet"


def test_what_leaves_all_the_same_is_counted(study: Path) -> None:
    folder = export(study, "allow").folder
    assert "20 frames show text or faces" in (folder / "README.md").read_text()
    assert json.loads((folder / "manifest.json").read_text())["frames"]["train"] == 3 * FRAMES


def test_a_cancelled_export_goes_on_with_its_look(study: Path) -> None:
    def stop(done: int, _total: int) -> None:
        if done == FRAMES + 35:
            raise Cancelled

    with pytest.raises(Cancelled):
        export(study, "refuse", progress=stop)
    with pytest.raises(IdentifyingPictures, match="20 frames show text"):
        export(study, "refuse")


def test_networks_that_are_missing_are_named(study: Path) -> None:
    def fail(image: np.ndarray) -> tuple[Finding, ...]:
        raise ModelError("The networks that find text are not installed.")

    plan = DataSetPlan("davis", "set", (1.0, 0.0, 0.0), split_by="source")
    with pytest.raises(ModelError, match="not installed"):
        export_data_set(plan, find_sequences(study / "work"), study / "out", gate=PictureGate(fail, "refuse"))
