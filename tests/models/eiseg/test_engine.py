"""The engine over models in EISeg's layout."""

from __future__ import annotations

import numpy as np
import pytest

from app.domain.annotation import Click
from app.domain.errors import ModelError
from app.models.eiseg.engine import StaticEngine
from app.models.engine import PreparingEngine
from app.models.formats.static_model import use_of


@pytest.fixture(scope="module")
def engine(static_models, model_cache):
    return StaticEngine(
        static_models / "light.pdiparams",
        static_models / "propagation" / "static_fusion.pdiparams",
        device="cpu:fp32",
        threads=2,
        cache=model_cache,
    )


def test_once_it_is_fitted_a_walk_finds_everything_ready(engine, monkeypatch):
    image = np.random.default_rng(0).integers(0, 256, (72, 96, 3), np.uint8)
    engine.fit_size(image)

    def late(*_):
        raise AssertionError("a network was fitted during the walk")

    monkeypatch.setattr("app.models.openvino.fitted_network.CompiledModel", late)
    tracker = engine.tracker()
    tracker.add_reference(0, image, {1: image[..., 0] > 128})
    walk = tracker.start(0, 1)
    assert all(walk.step(index, image, [1]) for index in (1, 2))


def test_frames_can_be_prepared_before_a_propagation(engine):
    assert isinstance(engine, PreparingEngine)
    image = np.random.default_rng(1).integers(0, 256, (72, 96, 3), np.uint8)
    assert engine.prepare_frame(0, image, center=0)
    engine.clear_frames()


def test_it_clicks_and_propagates(engine):
    image = np.random.default_rng(0).integers(0, 256, (72, 96, 3), np.uint8)
    model = engine.click_model()
    answer = model.predict(model.encode(image), [Click(40, 30, True)])
    assert answer.probability.shape == (72, 96)
    mask = np.zeros((72, 96), bool)
    mask[20:50, 30:60] = True
    tracker = engine.tracker()
    tracker.add_reference(0, image, {1: mask})
    prediction = tracker.start(0, 1).step(1, image, [1])[1]
    assert prediction.probability.shape == (72, 96)
    assert 0 <= prediction.score <= 1


def test_it_says_where_it_runs(engine):
    assert engine.device.startswith("CPU · 2 threads · OpenVINO")
    assert engine.name == "light + propagation"


def test_what_was_not_loaded_is_missed_only_when_it_is_asked_for(static_models, model_cache):
    engine = StaticEngine(click=static_models / "light.pdiparams", device="cpu:fp32", cache=model_cache)
    engine.click_model()
    with pytest.raises(ModelError, match="No propagation model is loaded"):
        engine.tracker()


def test_a_path_tells_what_it_is(static_models):
    assert use_of(static_models / "light.pdiparams") == "click"
    assert use_of(static_models / "propagation") == "propagation"
    assert use_of(static_models / "propagation" / "static_propagation_segment.pdiparams") == "propagation"


def test_a_model_is_prepared_once(static_models, model_cache, engine):
    words = []
    StaticEngine(
        click=static_models / "light.pdiparams",
        device="cpu:fp32",
        threads=2,
        cache=model_cache,
        progress=lambda text, share: words.append(text),
    )
    assert words == ["ready"]
