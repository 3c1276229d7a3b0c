"""Tuning of the decoder, with the real graphs on small drawn pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.domain.errors import ModelError
from app.models.default.shipped_graphs import DECODERS, FOLDER, SHIPPED, load_graph
from app.models.default.tuning.drawn_pictures import draw_pictures
from app.models.default.tuning.judgement import Judgement
from app.models.default.tuning.trainable_decoder import DecoderSample, TrainableDecoder
from app.models.default.tuning.trial import Trial, run_trial
from app.models.default.tuning.tuned_frame import TunedFrame
from app.models.default.tuning.tuned_model import store_site_model
from app.models.engine_loading import load_engine
from app.models.library import model_listing
from app.models.library.model_folder import Library
from app.models.library.site_model import FIRST_CLICK, SiteRecord, read_record, tuning_base
from app.models.openvino.openvino_network import OpenvinoNetwork
from app.models.runtime.device import Device

SIZES = ((32, 4), (64, 8), (96, 16), (128, 32))  # channels and strides of the features


@pytest.fixture
def sample() -> DecoderSample:
    """Two objects on a picture of 64x96, of which the left half is the first one."""
    rng = np.random.default_rng(3)
    features = [rng.standard_normal((1, c, 64 // s, 96 // s)) for c, s in SIZES]
    others = [rng.random((2, 9, 16, 24)), rng.uniform(-1, 1, (2, 2, 8, 12)), np.zeros((2, 96, 4, 6))]
    truth = np.zeros((2, 1, 32, 48), np.float32)
    truth[0, ..., :24], truth[1, ..., 24:] = 1, 1
    return DecoderSample(tuple(array.astype(np.float32) for array in (*features, *others)), truth)


def test_a_decoder_learns_what_it_is_shown_and_the_saved_weights_answer_alike(
    sample: DecoderSample, tmp_path: Path
) -> None:
    decoder = TrainableDecoder(FOLDER / "decoder", rate=2e-3)
    shipped = load_graph("decoder", Device("cpu", threads=1))
    for ours, theirs in zip(decoder(*sample.inputs), shipped(*sample.inputs), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-3)
    losses = [decoder.train([sample]) for _ in range(12)]
    assert losses[-1] < 0.9 * losses[0]
    decoder.save(tmp_path / "decoder.pdiparams")
    (tmp_path / "decoder.pdmodel").write_bytes((FOLDER / "decoder.pdmodel").read_bytes())
    saved = OpenvinoNetwork(
        tmp_path / "decoder.pdmodel", tmp_path / "decoder.pdiparams", Device("cpu", threads=1)
    )
    for ours, theirs in zip(decoder(*sample.inputs), saved(*sample.inputs), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-3)


def test_a_trial_learns_from_clicks_and_propagation_and_judges_both(tmp_path: Path) -> None:
    pictures = list(draw_pictures(5, 3))
    film = [replace(pictures[1], sequence="film", index=index) for index in (0, 2)]
    told: list[tuple[str, int, int]] = []
    trial = run_trial(
        [pictures[0], *film],
        film,
        tmp_path,
        lambda *words: told.append(words),
        threads=1,
        steps=3,
        check=pictures[2:],
    )
    assert all(0 < judged.last <= 1 for judged in (*trial.site, *trial.check))
    assert trial.site[0].carried is not None
    assert trial.check[0].carried is None
    assert ("learning", 3, 3) in told
    for name in DECODERS:
        learned, shipped = ((folder / f"{name}.pdiparams").read_bytes() for folder in (tmp_path, FOLDER))
        assert len(learned) == len(shipped)
        assert learned != shipped


BEFORE = Judgement(0.5, 0.7, 0.8, 10)
SAME = Judgement(0.9, 0.95, None, 18)


@pytest.mark.parametrize(
    ("after", "changed", "problem"),
    [
        (Judgement(0.6, 0.75, 0.8, 10), SAME, ""),
        (Judgement(0.6, 0.75, None, 10), SAME, ""),
        (Judgement(0.5, 0.7, 0.9, 10), SAME, "not better"),
        (Judgement(0.6, 0.75, 0.7, 10), SAME, "propagates worse"),
        (Judgement(0.6, 0.75, 0.8, 10), Judgement(0.8, 0.9, None, 18), "forgot"),
    ],
)
def test_only_what_is_better_and_forgot_nothing_is_used(
    after: Judgement, changed: Judgement, problem: str
) -> None:
    found = Trial((BEFORE, after), (SAME, changed)).problem
    assert (problem in found) if problem else not found


def test_a_tuned_model_is_listed_and_loaded_and_one_of_another_version_refused(tmp_path: Path) -> None:
    record = SiteRecord("2026-11-29", 3, 40, 12, {FIRST_CLICK: (0.5, 0.61)})
    first, second = (store_site_model(tmp_path, FOLDER, record) for _ in range(2))
    assert [first.name, second.name] == ["site-2026-11-29", "site-2026-11-29-2"]
    assert read_record(first) == record
    rows = [row for row in model_listing.rows(Library(tmp_path)) if row.name == first.name]
    assert (rows[0].click, rows[0].propagation) == (str(first), str(first))
    assert "0.50 → 0.61" in rows[0].architecture
    assert load_engine(str(first), "cpu", 1).name == "default"
    assert load_engine("free", "cpu", 1).name == "free"
    (second / "decoder.pdmodel").write_bytes(b"another program")
    sums = (second / "manifest.json").read_text()
    (second / "manifest.json").write_text(sums.replace(_sum(sums, "decoder.pdmodel"), "0" * 64))
    with pytest.raises(ModelError, match="another version"):
        load_engine(str(second), "cpu", 1)


def test_what_was_tuned_from_free_weights_is_free(tmp_path: Path) -> None:
    record = SiteRecord("2026-11-30", 3, 40, 12, {FIRST_CLICK: (0.5, 0.61)}, base="free")
    tuned = store_site_model(tmp_path, SHIPPED["free"], record)
    assert (tuned / "coder.pdiparams").read_bytes() == (SHIPPED["free"] / "coder.pdiparams").read_bytes()
    load_engine(str(tuned), "cpu", 1)
    terms = {row.name: row.terms for row in model_listing.rows(Library(tmp_path))}
    assert terms[tuned.name] == terms["free"] != terms["best"]
    assert tuning_base(["best", str(tuned)]) == tuning_base(["free", ""]) == "free"
    assert tuning_base(["best", "default", str(tmp_path)]) == "default"


def _sum(sums: str, name: str) -> str:
    return sums.partition(f'"{name}": "')[2][:64]


def test_drawn_pictures_are_the_same_each_time() -> None:
    one, other = (list(draw_pictures(5, 3)) for _ in range(2))
    for first, second in zip(one, other, strict=True):
        assert isinstance(first, TunedFrame)
        np.testing.assert_array_equal(first.read(), second.read())
        np.testing.assert_array_equal(first.masks[1], second.masks[1])
