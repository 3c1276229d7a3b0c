"""The exporter as a person runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tool import export_model

ROOT = Path(__file__).parents[2]


@pytest.fixture
def export(monkeypatch, capsys):
    """Run the exporter with some words in this process; return its exit status and what it said of errors."""

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["export_model.py", *map(str, words)])
        return export_model.main(), capsys.readouterr().err

    return run


def test_a_light_click_model_can_be_tried_without_a_download(tmp_path):
    command = [sys.executable, str(ROOT / "tool" / "export_model.py"), "hrnet18s", str(tmp_path / "light")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["light.pdiparams", "light.pdmodel"]


def test_weights_of_another_network_are_refused_by_name_and_nothing_is_written(tmp_path, export):
    weights: dict[str, Any] = {"conv.weight": np.zeros((1, 1, 1, 1), np.float32)}
    np.savez(tmp_path / "other.npz", **weights)
    status, said = export("hrnet18s", tmp_path / "light", "--weights", tmp_path / "other.npz")
    assert status == 1
    assert "maps_transform.0.weight: A parameter is missing." in said
    assert [path.name for path in tmp_path.iterdir()] == ["other.npz"]


def test_pickled_weights_are_refused(tmp_path, export):
    np.save(tmp_path / "pickled.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    status, said = export("hrnet18s", tmp_path / "light", "--weights", tmp_path / "pickled.npy")
    assert status == 1
    assert "cannot be read" in said
