"""Engines in their workers: two halves from different places, and a choice that cannot be had."""

from __future__ import annotations

import contextlib
import queue
import shutil

import pytest

from app.domain.engine_choice import EngineChoice
from app.domain.errors import FramewiseError
from app.headless import Annotator
from app.messages import events as ev
from app.messages.snapshot import Snapshot
from app.pipeline.client import Client
from app.pipeline.host import PipelineHost
from app.pipeline.options import Options
from app.storage.demo.demo_sequence import write_demo


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return write_demo(tmp_path_factory.mktemp("demo"), frames=4, width=96, height=64).video


@pytest.fixture
def cached(model_cache, monkeypatch):
    """Prepared models lie where the tests keep them, in the workers too."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(model_cache.parents[1]))


@pytest.fixture
def client(tmp_path, cached):
    with Client(Options(tmp_path / "work", engine="classic", device="cpu:fp32", prefetch=False)) as client:
        yield client


def choose(client, event):
    client.post(event)
    return client.wait_for_state(lambda snapshot: snapshot.models.loading is None)


def refused(client, event):
    """Choose what cannot be had; return the message and the state afterwards."""
    with contextlib.suppress(FramewiseError):
        choose(client, event)
    snapshot = client.wait_for_state(lambda snapshot: snapshot.models.loading is None and snapshot.toasts)
    return snapshot.toasts[-1].text, snapshot


def test_clicks_and_propagation_with_models_from_files(tmp_path, static_models, film, cached):
    folder = static_models / "propagation"
    with Annotator(
        tmp_path / "work",
        device="cpu:fp32",
        engine=str(static_models / "light.pdiparams"),
        propagation=str(folder / "static_fusion.pdiparams"),
    ) as a:
        a.open(film)
        assert a.engine == "light + propagation"
        assert a.device.startswith("CPU")
        assert a.click(0, 40, 30).shape == (64, 96)
        a.clear()
        thing = a.add_object(a.add_label("thing"))
        mask = a.frame(0)[..., 0] > 128
        a.set_mask(0, thing, mask)
        assert len([step for step in a.propagate()]) == 3


def test_a_click_model_alone_leaves_propagation_to_the_engine_in_use(client, static_models):
    snapshot = choose(client, ev.EngineChosen(str(static_models / "light.pdiparams"), kind="video"))
    assert snapshot.models.engine == "light + classic"
    assert snapshot.models.choice.propagation == "classic"
    assert snapshot.models.recent == (str(static_models / "light.pdiparams"),)


def test_a_model_that_cannot_be_loaded_leaves_both_halves_as_they_were(client, static_models, tmp_path):
    shutil.copytree(static_models / "propagation", tmp_path / "propagation")
    (tmp_path / "propagation" / "static_propagation_segment.pdiparams").unlink()
    good, bad = (
        static_models / "light.pdiparams",
        tmp_path / "propagation" / "static_propagation_memorize.pdiparams",
    )
    message, snapshot = refused(client, ev.EngineChosen(str(good), str(bad)))
    assert "static_propagation_segment.pdiparams: This file of the model is missing." in message
    assert snapshot.models.engine == "classic"
    assert snapshot.models.choice == EngineChoice("classic", "classic")


def test_a_click_model_in_the_place_of_a_propagation_model_is_named(client, static_models):
    light = str(static_models / "light.pdiparams")
    message, snapshot = refused(client, ev.EngineChosen("classic", light))
    assert "light.pdiparams: This is no propagation model." in message
    assert snapshot.models.engine == "classic"


def test_a_remembered_model_that_is_gone_gives_way_to_the_best(tmp_path):
    gone = str(tmp_path / "stick" / "model.pdiparams")
    news: queue.SimpleQueue[Snapshot] = queue.SimpleQueue()
    with PipelineHost(Options(tmp_path / "work", engine=gone, device="cpu"), news.put):
        snapshot = news.get(timeout=150)
        while not snapshot.models.engine:
            snapshot = news.get(timeout=150)
    assert snapshot.models.engine in ("default", "classic")
    assert "model.pdiparams" in snapshot.toasts[0].text


LAB_ENGINE = """
from app.models.classic.engine import ClassicEngine

def make(device, threads):
    engine = ClassicEngine(device="cpu")
    engine.name = "lab"
    return engine
"""


def test_an_engine_of_another_package_also_propagates(tmp_path, film, monkeypatch):
    about = tmp_path / "lab-1.0.dist-info"
    about.mkdir()
    (tmp_path / "lab_engine.py").write_text(LAB_ENGINE)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lab\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[framewise.engines]\nlab = lab_engine:make\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Annotator(tmp_path / "work", device="cpu", engine="lab") as a:
        assert a.engine == "lab"
        a.open(film)
        thing = a.add_object(a.add_label("thing"))
        a.set_mask(0, thing, a.frame(0)[..., 0] > 128)
        assert len([step for step in a.propagate()]) == 3
