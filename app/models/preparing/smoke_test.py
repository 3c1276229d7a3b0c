"""Runs a model once on a small synthetic picture, and checks the form of its outputs."""

from collections.abc import Mapping

import numpy as np

from app.domain.errors import ModelError
from app.models.runtime.network import Array, Network

# Pixels; large enough that two frames in memory have more than the 50 positions that MiVOS reads.
HEIGHT, WIDTH, STRIDE = 96, 128, 16
OBJECTS, FRAMES = 2, 2
_REMEDY = "Choose a model that EISeg can use."


def run_click_model(network: Network, height: int = HEIGHT, width: int = WIDTH) -> list[Array]:
    """Run a click model on a scene and return its outputs. Raises ModelError when they have another form."""
    image, coords = make_scene(height, width), make_click_maps(height, width)
    outputs = network(image, coords)
    wanted = [outputs[0], outputs[2]] if len(outputs) == 3 else [outputs[0]]
    for output in wanted:
        if output.ndim != 4 or output.shape[:2] != (1, 1):
            raise _unexpected(f"its logits have the shape {output.shape}")
        _check_finite(output)
    return outputs


def run_propagation_model(parts: Mapping[str, Network]) -> Array:
    """Run the four networks of a propagation folder in turn and return the masks.

    Raises ModelError when the outputs of one do not fit the inputs of the next.
    """
    frame, masks = (
        make_scene(HEIGHT, WIDTH),
        np.stack([make_disk(HEIGHT, WIDTH, side) for side in (0.35, 0.7)])[:, None],
    )
    grid = (HEIGHT // STRIDE, WIDTH // STRIDE)
    key, value = parts["memorize"](frame, masks)
    for output in (key, value):
        _check_shape(output, (OBJECTS, output.shape[1], 1, *grid))
    keys, values = (np.concatenate([part] * FRAMES, axis=2) for part in (key, value))
    found, query = parts["segment"](frame, keys, values)
    _check_shape(found, (OBJECTS, 1, HEIGHT, WIDTH))
    _check_shape(query, (1, key.shape[1], *grid))
    (attention,) = parts["attention"](key[:1], query, masks[:1], masks[1:])
    _check_shape(attention, (1, 2, HEIGHT, WIDTH))
    time = np.array([[0.5, 0.5]], np.float32)
    (fused,) = parts["fusion"](frame, masks[:1], found[:1], attention, time)
    _check_shape(fused, (1, 1, HEIGHT, WIDTH))
    return found


def make_scene(height: int, width: int) -> Array:
    """Return a normalised picture (1, 3, height, width) of a bright disk on a textured background."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    ground = 0.5 * np.sin(rows / 5) * np.cos(columns / 7)
    picture = ground + 1.5 * make_disk(height, width, 0.5)
    return np.stack([picture, 0.8 * picture, ground - picture])[None].astype(np.float32)


def make_click_maps(height: int, width: int) -> Array:
    """Return coordinate features (1, 3, height, width): no previous mask, one click inside, one outside."""
    rows, columns = np.mgrid[:height, :width]
    maps = np.zeros((1, 3, height, width), np.float32)
    for channel, share in ((1, 0.5), (2, 0.1)):
        maps[0, channel] = (rows - height * share) ** 2 + (columns - width * share) ** 2 <= 25
    return maps


def make_disk(height: int, width: int, share: float) -> Array:
    """Return a soft disk (height, width) whose centre lies at a share of the width."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    distance = np.hypot(rows - height / 2, columns - width * share)
    return np.asarray(np.clip(height / 4 - distance, 0, 1), np.float32)


def _check_shape(output: Array, expected: tuple[int, ...]) -> None:
    if output.shape != expected:
        raise _unexpected(f"an output has the shape {output.shape} instead of {expected}")
    _check_finite(output)


def _check_finite(output: Array) -> None:
    if not np.isfinite(output).all():
        raise _unexpected("its output is not a number")


def _unexpected(reason: str) -> ModelError:
    return ModelError(f"The model does not do what models of its kind do: {reason}.", remedy=_REMEDY)
