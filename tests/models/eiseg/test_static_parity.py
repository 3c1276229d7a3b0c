"""Exported static models, loaded as the product loads them, compute what the original networks compute."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from app.models.eiseg.zoom_in import ZoomRules
from app.models.formats.static_model import click_files, propagation_files
from app.models.openvino.fitted_clicks import FittedClicks
from app.models.openvino.part_loading import load_part
from app.models.preparing.smoke_test import make_click_maps, make_scene
from app.models.runtime.device_selection import has_fast_bf16, select_device
from tool.conversion.static_export import export_click


@dataclass(frozen=True)
class Large:
    """fixture: its reference numbers; bounds: of each output, by its name there; network: the exported model."""

    fixture: str
    bounds: dict[str, float]
    network: FittedClicks


LARGE = {
    "hrnet18": ("ritm_hrnet18_ocr64", {"instances": 4e-3, "instances_aux": 4e-3}),
    "edgeflow": (
        "edgeflow_hrnet18_ocr64",
        {"instances": 5e-4, "instances_aux": 1e-2, "instances_edge": 5e-3},
    ),
}


@pytest.fixture(scope="module", params=LARGE)
def large(request, parity, tmp_path_factory):
    fixture, bounds = LARGE[request.param]
    base = tmp_path_factory.mktemp(request.param) / "large"
    export_click(request.param, parity.state(fixture), base)
    files = click_files(base.with_suffix(".pdiparams"))
    return Large(fixture, bounds, FittedClicks(files.program, files.parameters, select_device("cpu")))


def near(output, expected, bound):
    np.testing.assert_allclose(output, expected, rtol=0, atol=bound)


def test_light_click_model(parity, click_network):
    z = parity.arrays("ritm_hrnet18s_ocr48")
    for case in "abc":
        mask, aux = click_network(z[f"{case}.norm_image"], z[f"{case}.coord_features"])
        near(mask, z[f"{case}.instances"], 1e-4)
        near(aux, z[f"{case}.instances_aux"], 1e-4)


def test_large_click_models(parity, large):
    z = parity.arrays(large.fixture)
    for case in "abc":
        outputs = large.network(z[f"{case}.norm_image"], z[f"{case}.coord_features"])
        for output, (part, bound) in zip(outputs, large.bounds.items(), strict=True):
            near(output, z[f"{case}.{part}"], bound)


def test_a_large_click_model_that_foresees_most_of_a_click(large):
    side = ZoomRules().height
    picture, maps = make_scene(side, side), make_click_maps(side, side)
    before = np.zeros_like(maps)
    before[:, 1] = maps[:, 1]
    network = large.network
    found = network.complete(network.speculate(network.prepare(picture), before), maps)
    expected = network(picture, maps)
    for output, plain in zip(found, expected, strict=True):
        near(output, plain, 1e-3 * np.abs(plain).max())
    assert ((found[0] > 0) == (expected[0] > 0)).mean() >= 0.9995


@pytest.mark.parametrize("objects", [1, 2])
def test_memorize(parity, propagation_parts, objects):
    z = parity.arrays("mivos_propagation")
    for i in range(3):
        outputs = propagation_parts["memorize"](z["frames"][i : i + 1], z["mem_masks"][i, :objects])
        for output, name in zip(outputs, ("keys", "values"), strict=True):
            near(output, z[f"k{objects}.{name}"][:, :, i : i + 1], 1e-4)


@pytest.mark.parametrize(("objects", "memories"), [(1, 1), (2, 3)])
def test_segment(parity, propagation_parts, objects, memories):
    z = parity.arrays("mivos_propagation")
    keys, values = (z[f"k{objects}.{name}"][:, :, :memories] for name in ("keys", "values"))
    mask, query = propagation_parts["segment"](z["frames"][3:4], keys, values)
    near(mask, z[f"k{objects}.t{memories}.top50.mask"], 1e-4)
    near(query, z["query.query_key"], 1e-4)


@pytest.fixture(scope="module")
def rough_segment(static_models):
    files = propagation_files(static_models / "propagation")["segment"]
    return load_part("segment", files, select_device("cpu:bf16"), bf16=True)


@pytest.mark.skipif(not has_fast_bf16(), reason="this processor does not multiply bfloat16")
@pytest.mark.parametrize(("objects", "memories"), [(1, 1), (2, 3)])
def test_segment_in_bfloat16_leaves_most_of_the_mask(parity, rough_segment, objects, memories):
    z = parity.arrays("mivos_propagation")
    keys, values = (z[f"k{objects}.{name}"][:, :, :memories] for name in ("keys", "values"))
    mask, _ = rough_segment(z["frames"][3:4], keys, values)
    expected = z[f"k{objects}.t{memories}.top50.mask"]
    near(mask, expected, 0.06)
    assert ((mask > 0.5) == (expected > 0.5)).mean() >= 0.99


def test_attention_takes_the_query_key_second(parity, propagation_parts):
    z = parity.arrays("mivos_propagation")
    inputs = [z[f"attention.{name}"] for name in ("mk16", "qk16", "pos", "neg")]
    near(propagation_parts["attention"](*inputs)[0], z["attention.map"], 1e-5)


def test_fusion(parity, propagation_parts):
    z = parity.arrays("mivos_fusion")
    for case in "abc":
        inputs = [z[f"{case}.{name}"] for name in ("im", "seg1", "seg2", "attn", "time")]
        near(propagation_parts["fusion"](*inputs)[0], z[f"{case}.logits"], 1e-4)


def test_propagation_folder_has_the_names_of_eiseg(static_models):
    names = {path.name for path in (static_models / "propagation").iterdir()}
    assert names == {
        "static_propagation_memorize.pdmodel",
        "static_propagation_memorize.pdiparams",
        "static_propagation_segment.pdmodel",
        "static_propagation_segment.pdiparams",
        "static_propagation_attention.pdmodel",
        "static_fusion.pdmodel",
        "static_fusion.pdiparams",
    }
