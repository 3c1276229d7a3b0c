"""A click that was foreseen, but for its disk, gives what it gives otherwise, and less is computed for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.models.openvino.fitted_clicks import FittedClicks
from app.models.runtime.device_selection import select_device
from app.models.runtime.network import SpeculatingNetwork
from app.models.runtime.paddle_network import load_network

RANDOM = np.random.default_rng(0)
HEIGHT, WIDTH = 192, 256
PICTURE = RANDOM.random((1, 3, HEIGHT, WIDTH), np.float32)
MAPS = RANDOM.random((1, 3, HEIGHT, WIDTH), np.float32)
CLICKS = [(96, 128), (0, 0), (191, 255), (3, 130), (100, 251), (64, 64), (63, 191)]


@pytest.fixture(scope="module")
def light(static_models: Path) -> tuple[Path, Path]:
    return static_models / "light.pdmodel", static_models / "light.pdiparams"


@pytest.fixture(scope="module")
def plain(light: tuple[Path, Path]):
    return load_network(*light, select_device("cpu:fp32"))


@pytest.fixture(scope="module")
def network(light: tuple[Path, Path]):
    return FittedClicks(*light, select_device("cpu:fp32"))


def clicked(row, column, radius=5):
    maps = MAPS.copy()
    maps[0, 1, max(0, row - radius) : row + radius + 1, max(0, column - radius) : column + radius + 1] = 1
    return maps


def spoiled(network, speculated):
    """Return what was foreseen without what a look at the whole picture would take."""
    count = len(network.prepare(PICTURE))
    return [
        speculated[0],
        *(np.full_like(array, np.nan) for array in speculated[1:count]),
        *speculated[count:],
    ]


@pytest.mark.parametrize("place", CLICKS)
def test_a_foreseen_click_is_answered_from_its_surroundings(network, plain, place):
    speculated = spoiled(network, network.speculate(network.prepare(PICTURE), MAPS))
    maps = clicked(*place)
    for found, expected in zip(network.complete(speculated, maps), plain(PICTURE, maps), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def test_a_second_click_spoils_nothing_that_was_foreseen(network, plain):
    speculated = network.speculate(network.prepare(PICTURE), MAPS)
    for maps in (clicked(96, 128), MAPS, clicked(40, 40)):
        expected = plain(PICTURE, maps)[0]
        np.testing.assert_allclose(network.complete(speculated, maps)[0], expected, rtol=0, atol=1e-4)


def test_maps_that_were_not_foreseen_are_looked_at_as_a_whole(network, plain):
    speculated = network.speculate(network.prepare(PICTURE), MAPS)
    for maps in (1 - MAPS, clicked(96, 128, radius=80)):
        expected = plain(PICTURE, maps)[0]
        np.testing.assert_allclose(network.complete(speculated, maps)[0], expected, rtol=0, atol=1e-4)


def test_foreseeing_again_forgets_what_was_foreseen(network, plain):
    speculated = network.speculate(network.prepare(PICTURE), MAPS)
    maps = clicked(96, 128)
    again = network.speculate(speculated, maps)
    assert len(again) == len(speculated)
    np.testing.assert_allclose(network.complete(again, maps)[0], plain(PICTURE, maps)[0], rtol=0, atol=1e-4)


@pytest.mark.parametrize("size", [(64, 96), (128, 256), (196, 252)])
def test_pictures_that_gain_nothing_are_answered_too(network, plain, size):
    picture, maps = RANDOM.random((2, 1, 3, *size), np.float32)
    speculated = network.speculate(network.prepare(picture), maps)
    for found, expected in zip(network.complete(speculated, maps), plain(picture, maps), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-4)


def test_it_says_that_it_foresees(network):
    assert isinstance(network, SpeculatingNetwork)
