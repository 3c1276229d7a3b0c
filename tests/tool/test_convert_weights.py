"""The converter as a person runs it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.tool.conversion import torch_files
from tool import convert_weights

ROOT = Path(__file__).parents[2]


def module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture(scope="module")
def weights(shared_parity):
    return module("convert_weights_rule", shared_parity / "weights.py")


@pytest.fixture
def convert(monkeypatch, capsys):
    """Run the converter with some words in this process; return its exit status and what it said of errors."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["convert_weights.py", *map(str, words)])
        return convert_weights.main(), capsys.readouterr().err

    return run


def made_state(network, weights):
    return {name: weights.tensor(name, value.shape) for name, value in network.state_dict().items()}


def torch_names(state):
    leaves = {"_mean": "running_mean", "_variance": "running_var"}
    return {
        ".".join([*name.split(".")[:-1], leaves.get(name.split(".")[-1], name.split(".")[-1])]): value
        for name, value in state.items()
    }


def test_a_ritm_checkpoint_becomes_a_click_model_with_its_numbers(tmp_path, shared_parity, weights, convert):
    from app.models.runtime.device import Device
    from app.models.runtime.paddle_network import load_network
    from tool.conversion.nets.ritm import build_hrnet18s

    state = torch_names(made_state(build_hrnet18s(), weights))
    state["feature_extractor.bn1.num_batches_tracked"] = np.array(5)
    document = {"state_dict": torch_files.document_of(state), "config": {"class": "a.b.C", "params": {}}}
    torch_files.write_zip(tmp_path / "ritm.pth", document)
    status, said = convert(tmp_path / "ritm.pth", "-o", tmp_path / "light")
    assert status == 0, said
    assert "click model hrnet18s" in said
    network = load_network(tmp_path / "light.pdmodel", tmp_path / "light.pdiparams", Device("cpu"))
    with np.load(shared_parity / "ritm_hrnet18s_ocr48.npz") as z:
        mask, _ = network(z["a.norm_image"], z["a.coord_features"])
        np.testing.assert_allclose(mask, z["a.instances"], rtol=0, atol=1e-4)


def test_the_checkpoints_of_mivos_become_a_propagation_folder(tmp_path, weights, convert):
    from app.models.formats.static_model import check_files, propagation_files
    from tool.conversion.nets.fusion import FusionNetwork
    from tool.conversion.nets.space_time_memory import PropagationNetwork

    torch_files.write_legacy(
        tmp_path / "fusion.pth", torch_files.document_of(torch_names(made_state(FusionNetwork(), weights)))
    )
    torch_files.write_zip(
        tmp_path / "propagation_model.pth",
        torch_files.document_of(torch_names(made_state(PropagationNetwork(), weights))),
    )
    status, said = convert(
        tmp_path / "fusion.pth", tmp_path / "propagation_model.pth", "-o", tmp_path / "out"
    )
    assert status == 0, said
    for part, files in propagation_files(tmp_path / "out").items():
        check_files(files, part)


def test_a_lone_fusion_checkpoint_is_refused_with_a_remedy(tmp_path, weights, convert):
    from tool.conversion.nets.fusion import FusionNetwork

    torch_files.write_zip(
        tmp_path / "fusion.pth", torch_files.document_of(made_state(FusionNetwork(), weights))
    )
    status, said = convert(tmp_path / "fusion.pth", "-o", tmp_path / "out")
    assert status == 1
    assert "make no model together: fusion" in said
    assert not (tmp_path / "out").exists()


def test_a_damaged_checkpoint_is_one_line_and_writes_nothing(tmp_path, convert):
    (tmp_path / "bad.pth").write_bytes(b"PK\x03\x04 not really")
    status, said = convert(tmp_path / "bad.pth", "-o", tmp_path / "out")
    assert status == 1
    assert said.startswith("error: ")
    assert "Traceback" not in said
    assert [path.name for path in tmp_path.iterdir()] == ["bad.pth"]


def test_help_tells_what_it_is_for():
    command = [sys.executable, str(ROOT / "tool" / "convert_weights.py"), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0
    assert "propagation_model.pth fusion.pth -o" in done.stdout
