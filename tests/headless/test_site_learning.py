"""Which masks a site's model is tuned on, and what is kept of a trial."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from app.domain.errors import UsageError
from app.headless import Annotator, learn_command, site_learning
from app.headless.learn_command import describe_learning
from app.headless.readable_workspace import ReadableWorkspace
from app.headless.site_learning import LEAST_FRAMES, learn_site, split_sequences
from app.models.default.shipped_graphs import DECODERS, FOLDER, SHIPPED
from app.models.default.tuning.judgement import Judgement
from app.models.default.tuning.trial import Trial
from app.models.default.tuning.tuned_frame import TunedFrame
from app.models.library.site_model import read_record
from app.storage.demo.demo_sequence import write_demo
from tests.helpers.films import copy_as_another

VERIFIED = 10  # frames of each of two films
SAME = Judgement(0.9, 0.95, None, 18)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Workspaces of two films with ten verified frames and a mask that nobody verified."""
    folder = tmp_path_factory.mktemp("site")
    demo = write_demo(folder / "demo", frames=VERIFIED + 2, width=96, height=64)
    mask = np.pad(np.ones((24, 24), bool), ((20, 20), (36, 36)))
    with Annotator(folder / "work", device="cpu", engine="classic") as annotator:
        for name in ("one.mp4", "other.mp4"):
            annotator.open(copy_as_another(demo.video, folder / name))
            thing = annotator.add_object(annotator.add_label("thing"))
            annotator.set_masks(dict.fromkeys(range(VERIFIED), mask), thing, status="verified")
            annotator.set_mask(VERIFIED, thing, mask)
    return folder / "work"


def copy_decoders(start: Path, target: Path) -> None:
    for name in DECODERS:
        shutil.copyfile(start / f"{name}.pdiparams", target / f"{name}.pdiparams")


def test_verified_masks_of_whole_sequences_are_learned_from_and_others_judged_on(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Sequence[TunedFrame]] = []

    def better(
        learned: Sequence[TunedFrame], held_out: Sequence[TunedFrame], target: Path, *_: object, **__: object
    ) -> Trial:
        seen.extend((learned, held_out))
        copy_decoders(FOLDER, target)
        return Trial((Judgement(0.5, 0.7, 0.8, 10), Judgement(0.6, 0.8, 0.8, 10)), (SAME, SAME))

    monkeypatch.setattr(site_learning, "run_trial", better)
    found = learn_site(ReadableWorkspace(work), tmp_path)
    learned, held_out = seen
    assert len(learned) == len(held_out) == VERIFIED
    assert {frame.sequence for frame in learned}.isdisjoint(frame.sequence for frame in held_out)
    assert learned[0].read().shape == (64, 96, 3)
    assert found.model is not None
    assert (found.model / "coder.pdiparams").exists()
    assert "0.500 → 0.600" in describe_learning(found)


def test_free_weights_are_tuned_where_they_are_asked_for(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Path] = []

    def same(_learned: object, _held_out: object, target: Path, *_: object, start: Path) -> Trial:
        begun.append(start)
        copy_decoders(start, target)
        return Trial((Judgement(0.5, 0.7, 0.8, 10), Judgement(0.6, 0.8, 0.8, 10)), (SAME, SAME))

    monkeypatch.setattr(site_learning, "run_trial", same)
    workspace = ReadableWorkspace(work)
    found = workspace.learn_model(tmp_path, base="free")
    assert begun == [SHIPPED["free"]]
    assert found.model is not None
    assert read_record(found.model).base == "free"
    with pytest.raises(UsageError, match="no such base"):
        workspace.learn_model(tmp_path, base="best")  # type: ignore[arg-type]


def test_the_command_begins_with_the_weights_of_the_engine_in_use(
    work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bases: list[str] = []

    def learn(*words: object) -> None:
        bases.append(str(words[-1]))
        raise UsageError("too little")

    monkeypatch.setattr(learn_command, "learn_site", learn)
    monkeypatch.setattr("os.nice", lambda _by: 0)
    for engine in ("free", "best", "classic"):
        assert learn_command.main([str(work), "--engine", engine]) == 1
    assert bases == ["free", "default", "default"]
    assert "too little" in capsys.readouterr().err


def test_what_is_not_better_is_not_kept(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worse = Trial((Judgement(0.5, 0.7, None, 10), Judgement(0.5, 0.7, None, 10)), (SAME, SAME))
    monkeypatch.setattr(site_learning, "run_trial", lambda *_, **__: worse)
    found = learn_site(ReadableWorkspace(work), tmp_path)
    assert found.model is None
    assert not list(tmp_path.iterdir())
    assert "Not kept: It is not better" in describe_learning(found)


def test_a_source_that_is_gone_is_named(work: Path, tmp_path: Path) -> None:
    copied = tmp_path / "work"
    shutil.copytree(work, copied)
    moved = work.parent / "one.mp4"
    away = moved.rename(tmp_path / "away.mp4")
    try:
        with pytest.raises(UsageError, match="10 frames with verified masks in 1 sequences"):
            learn_site(ReadableWorkspace(copied), tmp_path / "models")
    finally:
        away.rename(moved)


def test_one_sequence_is_too_little() -> None:
    frames = [
        TunedFrame("a", index, {}, lambda: np.zeros((1, 1, 3), np.uint8)) for index in range(LEAST_FRAMES * 3)
    ]
    with pytest.raises(UsageError, match="too few to learn from"):
        split_sequences({"a": frames})
    learned, held_out = split_sequences({"a": frames[:4], "b": frames})
    assert (len(learned), len(held_out)) == (LEAST_FRAMES * 3, 4)
