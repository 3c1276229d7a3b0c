"""The exporter as a person runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]


def export(*words):
    command = [sys.executable, str(ROOT / "tool" / "export_model.py"), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_a_light_click_model_can_be_tried_without_a_download(tmp_path):
    done = export("hrnet18s", tmp_path / "light")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["light.pdiparams", "light.pdmodel"]


def test_weights_of_another_network_are_refused_by_name_and_nothing_is_written(tmp_path):
    weights: dict[str, Any] = {"conv.weight": np.zeros((1, 1, 1, 1), np.float32)}
    np.savez(tmp_path / "other.npz", **weights)
    done = export("hrnet18s", tmp_path / "light", "--weights", tmp_path / "other.npz")
    assert done.returncode == 1
    assert "maps_transform.0.weight: A parameter is missing." in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["other.npz"]


def test_pickled_weights_are_refused(tmp_path):
    np.save(tmp_path / "pickled.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    done = export("hrnet18s", tmp_path / "light", "--weights", tmp_path / "pickled.npy")
    assert done.returncode == 1
    assert "cannot be read" in done.stderr
