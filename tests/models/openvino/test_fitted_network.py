# mypy: allow-subclassing-any
"""A model fitted to each size that it meets answers as one that takes any."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.domain.errors import ModelError
from app.models.openvino.fitted_network import CACHED_SHAPES, FittedNetwork, FittedSplit
from app.models.runtime.device_selection import select_device
from app.models.runtime.paddle_network import load_network
from app.models.runtime.paddle_runtime import paddle
from tool.conversion.static_export import CLICK_INPUTS, Graph, write_graph

RANDOM = np.random.default_rng(0)
SIZES = [(64, 96), (96, 64), (128, 64)]


class Small(paddle.nn.Layer):
    """A network of three convolutions, compiled at once: of a picture, of maps, and of both."""

    def __init__(self):
        super().__init__()
        self.picture, self.maps = (paddle.nn.Conv2D(3, 4, 3, stride=2, padding=1) for _ in range(2))
        self.both = paddle.nn.Conv2D(4, 2, 3, padding=1)

    def forward(self, image, coords):
        found = self.both(paddle.nn.functional.relu(self.picture(image) + self.maps(coords)))
        return paddle.nn.functional.interpolate(found, scale_factor=2, mode="bilinear", align_corners=True)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> tuple[Path, Path]:
    base = tmp_path_factory.mktemp("small") / "small"
    shapes = {name: value.shape for name, value in Small().state_dict().items()}
    state = {name: RANDOM.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    write_graph(Graph("small", Small, lambda net: net, CLICK_INPUTS), state, base)
    return base.with_suffix(".pdmodel"), base.with_suffix(".pdiparams")


@pytest.fixture(scope="module")
def plain(small: tuple[Path, Path]):
    return load_network(*small, select_device("cpu"))


@pytest.mark.parametrize("kind", [FittedNetwork, FittedSplit])
def test_sizes_come_and_go_and_return(small: tuple[Path, Path], plain, kind):
    assert len(SIZES) > CACHED_SHAPES
    network = kind(*small, select_device("cpu"))
    for size in [*SIZES, SIZES[0]]:
        inputs = [RANDOM.random((1, 3, *size), np.float32) for _ in range(2)]
        for found, expected in zip(network(*inputs), plain(*inputs), strict=True):
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def test_what_was_prepared_for_one_size_is_completed_after_others_came(small: tuple[Path, Path], plain):
    network = FittedSplit(*small, select_device("cpu"))
    pictures = [RANDOM.random((1, 3, *size), np.float32) for size in SIZES]
    prepared = [network.prepare(picture) for picture in pictures]
    for picture, known in zip(pictures, prepared, strict=True):
        found, expected = network.complete(known, picture)[0], plain(picture, picture)[0]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def test_objects_together_are_what_each_is_alone(propagation_parts):
    segment = propagation_parts["segment"]
    frame = RANDOM.random((1, 3, 64, 96), np.float32)
    keys = RANDOM.standard_normal((3, 128, 2, 4, 6)).astype(np.float32)
    values = RANDOM.standard_normal((3, 512, 2, 4, 6)).astype(np.float32)
    masks, _ = segment(frame, keys, values)
    alone = [segment(frame, keys[i : i + 1], values[i : i + 1])[0] for i in range(3)]
    np.testing.assert_allclose(masks, np.concatenate(alone), rtol=0, atol=1e-5)


def test_inputs_that_do_not_fit_are_refused_and_the_model_goes_on(small: tuple[Path, Path], plain):
    network = FittedNetwork(*small, select_device("cpu"))
    picture = RANDOM.random((1, 3, 64, 64), np.float32)
    with pytest.raises(ModelError, match=r"small\.pdmodel"):
        network(picture[:, :2], picture)
    np.testing.assert_allclose(network(picture, picture)[0], plain(picture, picture)[0], rtol=0, atol=1e-4)
