"""The networks compute what the original networks compute, on the same weights."""

from __future__ import annotations

import numpy as np
import pytest

from app.models.runtime.paddle_runtime import paddle
from tool.conversion.nets.edgeflow import EdgeFlow
from tool.conversion.nets.fusion import FusionNetwork
from tool.conversion.nets.memory_read import transfer_change
from tool.conversion.nets.ritm import build_hrnet18, build_hrnet18s
from tool.conversion.nets.space_time_memory import PropagationNetwork

CLICK_NETWORKS = {
    "ritm_hrnet18s_ocr48": (build_hrnet18s, {"instances": 1e-4, "instances_aux": 1e-4}),
    "ritm_hrnet18_ocr64": (build_hrnet18, {"instances": 4e-3, "instances_aux": 4e-3}),
    "edgeflow_hrnet18_ocr64": (
        EdgeFlow,
        {"instances": 5e-4, "instances_aux": 1e-2, "instances_edge": 5e-3},
    ),
}


@pytest.fixture(autouse=True)
def _no_gradients():
    paddle.set_device("cpu")
    with paddle.no_grad():
        yield


def run(function, *arrays):
    result = function(*(paddle.to_tensor(array) for array in arrays))
    return [part.numpy() for part in (result if isinstance(result, tuple) else (result,))]


@pytest.mark.parametrize("name", CLICK_NETWORKS)
def test_click_network(parity, name):
    make, bounds = CLICK_NETWORKS[name]
    network, arrays = parity.fill(make()), parity.arrays(name)
    for case in "abc":
        outputs = run(network, arrays[f"{case}.norm_image"], arrays[f"{case}.coord_features"])
        for output, (part, bound) in zip(outputs, bounds.items(), strict=True):
            np.testing.assert_allclose(output, arrays[f"{case}.{part}"], rtol=0, atol=bound, err_msg=case)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        *((name, make) for name, (make, _) in CLICK_NETWORKS.items()),
        ("mivos_propagation", PropagationNetwork),
        ("mivos_fusion", FusionNetwork),
    ],
)
def test_parameters_have_the_names_and_shapes_of_the_checkpoints(parity, name, make):
    canonical = parity.weights.canonical
    expected = {
        canonical(entry["name"]): tuple(entry["shape"])
        for entry in parity.manifest(name)["state"]
        if not entry["name"].endswith("num_batches_tracked")
    }
    assert {canonical(key): tuple(v.shape) for key, v in make().state_dict().items()} == expected


@pytest.fixture(scope="module")
def propagation(parity):
    paddle.set_device("cpu")
    return parity.fill(PropagationNetwork())


@pytest.fixture(scope="module")
def propagation_arrays(parity):
    return parity.arrays("mivos_propagation")


@pytest.mark.parametrize("objects", [1, 2])
def test_memorize(propagation, propagation_arrays, objects):
    z = propagation_arrays
    parts = [run(propagation.memorize, z["frames"][i : i + 1], z["mem_masks"][i, :objects]) for i in range(3)]
    for part, name in zip(zip(*parts, strict=True), ("keys", "values"), strict=True):
        expected = z[f"k{objects}.{name}"]
        np.testing.assert_allclose(np.concatenate(part, axis=2), expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize(("read", "top_k"), [("top50", 50), ("top20", 20), ("full", None)])
@pytest.mark.parametrize("memories", [1, 3])
@pytest.mark.parametrize("objects", [1, 2])
def test_segment(propagation, propagation_arrays, objects, memories, read, top_k):
    z, propagation.top_k = propagation_arrays, top_k
    keys, values = (z[f"k{objects}.{name}"][:, :, :memories] for name in ("keys", "values"))
    mask, query = run(propagation.segment, z["frames"][3:4], keys, values)
    expected = z[f"k{objects}.t{memories}.{read}.mask"]
    np.testing.assert_allclose(mask, expected, rtol=0, atol=1e-4)
    np.testing.assert_allclose(query, z["query.query_key"], rtol=0, atol=1e-4)


def test_a_frame_with_fewer_memory_positions_than_top_k_is_read_in_full(propagation):
    random = np.random.default_rng(0)
    frame = random.standard_normal((1, 3, 64, 96)).astype(np.float32)
    keys = random.standard_normal((1, 128, 1, 4, 6)).astype(np.float32)
    values = random.standard_normal((1, 512, 1, 4, 6)).astype(np.float32)
    masks = []
    for top_k in (50, None):
        propagation.top_k = top_k
        masks.append(run(propagation.segment, frame, keys, values)[0])
    np.testing.assert_array_equal(*masks)


def test_attention(propagation_arrays):
    z = propagation_arrays
    (result,) = run(transfer_change, *(z[f"attention.{name}"] for name in ("mk16", "qk16", "pos", "neg")))
    np.testing.assert_allclose(result, z["attention.map"], rtol=0, atol=1e-5)


def test_fusion(parity):
    network, z = parity.fill(FusionNetwork()), parity.arrays("mivos_fusion")
    for case in "abc":
        inputs = [z[f"{case}.{name}"] for name in ("im", "seg1", "seg2", "attn", "time")]
        (logits,) = run(network, *inputs)
        np.testing.assert_allclose(logits, z[f"{case}.logits"], rtol=0, atol=1e-4, err_msg=case)
