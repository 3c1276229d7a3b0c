# mypy: allow-subclassing-any
"""A model is tried in a process of its own; what it breaks there does not break the program."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from dataclasses import asdict

import numpy as np
import pytest

from app.domain.errors import ModelError
from app.models.formats.static_model import click_files, propagation_files
from app.models.preparing import prepare as preparing
from app.models.preparing import probe_client
from app.models.preparing.prepare import prepare_model
from app.models.preparing.probe_process import Probe, mask_agreement
from app.models.runtime.device import Device, describe_device
from app.models.runtime.device_selection import select_device
from app.models.runtime.paddle_runtime import paddle
from tool.conversion.static_export import CLICK_INPUTS, Graph, write_graph


class Halves(paddle.nn.Layer):
    """Adds up the channels, by way of an operation that OpenVINO does not know."""

    def __init__(self):
        super().__init__()
        self.conv = paddle.nn.Conv2D(3, 1, 1, bias_attr=False)

    def forward(self, image, coords):
        whole = self.conv(image + 0 * coords)
        return paddle.tril(whole) + paddle.triu(whole, 1)


@pytest.fixture
def copy(static_models, tmp_path):
    """A copy of the light click model that a test may damage."""
    for suffix in (".pdmodel", ".pdiparams"):
        shutil.copy(static_models / f"light{suffix}", tmp_path)
    return click_files(tmp_path / "light.pdiparams")


def attempt(files, cache):
    return prepare_model({"click": files}, select_device("cpu"), cache)


def test_a_program_that_paddle_cannot_run_is_refused_and_the_model_in_use_stays(
    copy, tmp_path, click_network
):
    before = click_network(*np.zeros((2, 1, 3, 64, 96), np.float32))
    data = copy.program.read_bytes()
    assert b"conv2d" in data
    # An operation of the same length keeps the file well-formed, and makes nonsense of it.
    copy.program.write_bytes(data.replace(b"conv2d", b"concat"))
    with pytest.raises(ModelError) as caught:
        attempt(copy, tmp_path / "cache")
    assert "light.pdmodel" in caught.value.subject
    assert caught.value.remedy
    after = click_network(*np.zeros((2, 1, 3, 64, 96), np.float32))
    np.testing.assert_array_equal(before[0], after[0])


def test_openvino_runs_what_it_can_and_paddle_the_rest(static_models, model_cache, tmp_path):
    device = select_device("cpu:fp32")
    whole = prepare_model(propagation_files(static_models / "propagation"), device, model_cache)
    assert whole.runtime == "openvino"
    ones = {"conv.weight": np.ones((1, 3, 1, 1), np.float32)}
    write_graph(Graph("halves", Halves, lambda net: net, CLICK_INPUTS), ones, tmp_path / "halves")
    odd = prepare_model({"click": click_files(tmp_path)}, device, model_cache)
    assert odd.runtime == "paddle"
    picture = np.random.default_rng(3).normal(size=(1, 3, 32, 64)).astype(np.float32)
    (found,) = odd.load()["click"](picture, picture)
    np.testing.assert_allclose(found, picture.sum(1, keepdims=True), rtol=0, atol=1e-5)


@pytest.fixture
def probe(tmp_path, monkeypatch):
    """Puts a program of the test's own in the place of the process that tries models."""
    package = tmp_path / "stub" / "app" / "models" / "preparing"
    package.mkdir(parents=True)
    monkeypatch.setattr(probe_client, "_ROOT", tmp_path / "stub")
    return lambda text: (package / "probe_process.py").write_text(text)


def test_a_model_that_ends_the_process_is_refused(copy, tmp_path, probe):
    probe("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(ModelError, match="it ended with -11"):
        attempt(copy, tmp_path / "cache")


def test_a_model_that_runs_but_cannot_be_optimised_is_used_as_it_is(copy, tmp_path, probe):
    probe("""import os; print('{"event": "checked"}', flush=True); os.abort()""")
    prepared = attempt(copy, tmp_path / "cache")
    assert prepared.parts["click"] == copy
    assert not prepared.bf16


GPU = Device("gpu", 0, 1, "fp32")


def test_a_model_that_does_not_run_on_the_gpu_runs_on_the_processor(copy, model_cache, caplog):
    """No machine has a hundredth GPU: that Paddle fails on it is real."""
    missing = Device("gpu", 99, 1, "fp32")
    prepared = prepare_model({"click": copy}, missing, model_cache)
    assert (prepared.device.kind, prepared.runtime) == ("cpu", "openvino")
    assert "light.pdmodel" in caplog.text
    assert describe_device(prepared.device).endswith("GPU not usable")


def test_a_gpu_that_ends_the_process_is_no_reason_to_refuse_a_model(copy, tmp_path, probe):
    probe("""import os; print('{"event": "checked"}', flush=True); os.abort()""")
    assert prepare_model({"click": copy}, GPU, tmp_path / "cache").device.kind == "cpu"


def test_a_model_that_runs_on_the_gpu_stays_there(copy, tmp_path, probe):
    probe("""print('{"event": "checked"}'); print('{"event": "done", "report": {"bf16": false}}')""")
    prepared = prepare_model({"click": copy}, GPU, tmp_path / "cache")
    assert (prepared.device, prepared.runtime, prepared.parts["click"]) == (GPU, "paddle", copy)


def test_a_model_is_tried_again_only_when_its_files_have_changed(copy, tmp_path, probe):
    log = tmp_path / "log"
    probe(f"""
open({str(log)!r}, "a").write("tried\\n")
print('{{"event": "checked"}}')
""")
    attempt(copy, tmp_path / "cache")
    once = log.read_text()
    for _ in range(2):
        attempt(copy, tmp_path / "cache")
    assert log.read_text() == once
    data = bytearray(copy.parameters.read_bytes())
    data[-1] ^= 1
    copy.parameters.write_bytes(data)
    attempt(copy, tmp_path / "cache")
    assert log.read_text() == 2 * once


def test_a_model_that_takes_too_long_is_refused(copy, tmp_path, monkeypatch):
    monkeypatch.setattr(probe_client, "CHECK_SECONDS", 0.01)
    with pytest.raises(ModelError, match="takes too long"):
        attempt(copy, tmp_path / "cache")


def test_a_program_of_a_newer_paddle_says_so(copy, tmp_path, monkeypatch):
    monkeypatch.setattr(preparing, "paddle_version", lambda: "1.8.5")
    with pytest.raises(ModelError, match=r"written by Paddle 2; this is Paddle 1\.8\.5"):
        attempt(copy, tmp_path / "cache")


def test_masks_without_an_edge_agree_about_nothing():
    mask = np.zeros((100, 100), bool)
    mask[0, :50] = True
    assert mask_agreement(mask, mask) == mask_agreement(~mask, ~mask) == 0
    mask[:2] = True
    other = mask.copy()
    other[5, 5] = True
    assert mask_agreement(mask, mask) == 1
    assert mask_agreement(mask, other) == 1 - 1e-4


def test_whoever_loads_a_model_need_not_load_paddle():
    code = "import sys, app.models.eiseg.engine; sys.exit('paddle' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=150, check=False).returncode == 0


def test_each_step_of_a_trial_goes_on_where_the_last_one_ended(static_models, tmp_path):
    files = click_files(static_models / "light.pdiparams")
    request = {
        "parts": {"click": [str(files.program), str(files.parameters)]},
        "device": asdict(select_device("cpu:bf16")),
        "folder": str(tmp_path),
        "runtime": "openvino",
    }
    output = io.StringIO()
    Probe(request, output).run()
    events = [json.loads(line) for line in output.getvalue().splitlines()]
    steps = [event for event in events if event["event"] == "progress"]
    assert [step["share"] for step in steps[1:]] == [step["goal"] for step in steps[:-1]]
    assert (steps[0]["share"], steps[-1]["goal"]) == (0, 1)
    assert events[-1]["report"]["runtime"] == "openvino"
