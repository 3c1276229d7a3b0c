"""EISeg's pipeline around the same static models, written from the facts in parity/README.md, to measure against.

It has EISeg's engine settings but as many threads as there are cores, works on the whole picture and draws its disks
in Paddle's own operations, normalises a clip before each interaction, and keeps every fifth frame and all results of
the clip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import Click
from app.models.eiseg.click_encoding import RADIUS, click_position, normalise_image
from app.models.eiseg.propagation_math import Padding, aggregate_objects
from app.models.eiseg.zoom_in import ZoomBox, ZoomRules, choose_box
from app.models.formats.static_model import click_files, propagation_files
from app.models.runtime.device_selection import count_cores
from app.models.runtime.paddle_network import PaddleNetwork
from app.models.runtime.paddle_runtime import paddle

Array = NDArray[np.float32]
KEEP_EVERY = 5  # frames between two memories of a walk, as EISeg sets it
_NOWHERE = (-1e3, -1e3)
"""A click that fills up the clicks of one sign."""
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def network(files: Any, precision: str) -> PaddleNetwork:
    """Load a model with oneDNN and graph optimisation, without memory optimisation; bf16 is a comment in EISeg."""
    config = paddle.inference.Config(str(files.program), str(files.parameters or ""))
    config.disable_glog_info()
    config.disable_gpu()
    config.enable_mkldnn()
    if precision == "bf16":
        config.enable_mkldnn_bfloat16()
    config.switch_ir_optim(True)
    config.set_cpu_math_library_num_threads(count_cores())
    return PaddleNetwork(config, files.program.name)


class PeerClicks:
    """Answers clicks on one picture, uint8 (h, w, 3)."""

    def __init__(self, path: Path, image: NDArray[np.uint8], precision: str) -> None:
        self.network = network(click_files(path), precision)
        self.rules = ZoomRules()
        self._image = paddle.to_tensor(image.transpose(2, 0, 1)[None].astype(np.float32) / 255)
        self._mean, self._deviation = (
            paddle.to_tensor(values).reshape([1, 3, 1, 1]) for values in (_MEAN, _DEVIATION)
        )

    def predict(
        self, clicks: Sequence[Click], earlier: Array | None = None, kept: ZoomBox | None = None
    ) -> tuple[Array, ZoomBox]:
        """Return the probability, float32 (h, w), and what was looked at. earlier, kept: those of the click before."""
        shape = tuple(self._image.shape[2:])
        box = choose_box(self.rules, shape, clicks, earlier, kept)
        rows, columns = slice(box.rows[0], box.rows[1] + 1), slice(box.columns[0], box.columns[1] + 1)
        previous = paddle.to_tensor((np.zeros(shape, np.float32) if earlier is None else earlier)[None, None])
        whole = paddle.concat([self._image, previous], axis=1)
        size = [self.rules.height, self.rules.width]
        seen = _resized(whole[:, :, rows, columns], size)
        picture = (seen[:, :3] - self._mean) / self._deviation
        coords = paddle.concat([seen[:, 3:], self._disks(clicks, box)], axis=1)
        logits = paddle.to_tensor(self.network(picture.numpy(), coords.numpy())[0])
        found = paddle.nn.functional.sigmoid(_resized(logits, size))
        placed = paddle.zeros([1, 1, *shape])
        placed[:, :, rows, columns] = _resized(found, [box.height, box.width])
        return placed.numpy()[0, 0], box

    def _disks(self, clicks: Sequence[Click], box: ZoomBox) -> Any:
        """Return both maps, (1, 2, h, w): how far every pixel is from every click, and the least of each sign."""
        height, width = self.rules.height, self.rules.width
        signs = [
            [click_position(click, box, height, width) for click in clicks if click.positive == sign]
            for sign in (True, False)
        ]
        most = max(map(len, signs))
        places = [sign + [_NOWHERE] * (most - len(sign)) for sign in signs]
        grid = paddle.stack(
            paddle.meshgrid(*(paddle.arange(side, dtype="float32") for side in (height, width)))
        )
        away = grid.unsqueeze(0).tile([2 * most, 1, 1, 1]) - paddle.to_tensor(places).reshape([-1, 2, 1, 1])
        away = away * away
        away[:, 0] += away[:, 1]
        nearest = away[:, :1].reshape([2, most, height, width]).min(axis=1)
        return (nearest <= RADIUS**2).astype("float32").unsqueeze(0)


class PeerPropagation:
    """Carries masks from the first frame of a clip to its last."""

    def __init__(self, folder: Path, precision: str) -> None:
        self._parts = {part: network(files, precision) for part, files in propagation_files(folder).items()}

    def walk(
        self, clip: Sequence[NDArray[np.uint8]], masks: NDArray[np.bool_]
    ) -> Iterator[NDArray[np.uint8]]:
        """Yield the label map (h, w) of each frame; masks: (k, h, w) of the first."""
        padding = Padding(*clip[0].shape[:2])
        frames = np.concatenate([padding.pad(normalise_image(image)) for image in clip])
        first = padding.pad(masks.astype(np.float32))[:, None]
        results = np.zeros((len(masks) + 1, len(clip), *first.shape[1:]), np.float32)
        results[0] = 1e-7
        results[1:, 0] = first
        keys, values = self._parts["memorize"](frames[:1], first)
        bank = _Bank(keys, values, 2 + len(clip) // KEEP_EVERY)
        yield padding.crop(results[:, 0, 0]).argmax(axis=0).astype(np.uint8)
        for index in range(1, len(clip)):
            frame = frames[index : index + 1]
            found, _ = self._parts["segment"](frame, *bank.used())
            results[:, index] = aggregate_objects(found)
            if index + 1 < len(clip):
                bank.add(index, *self._parts["memorize"](frame, results[1:, index]))
            yield padding.crop(results[:, index, 0]).argmax(axis=0).astype(np.uint8)


class _Bank:
    """Keys and values of the first frame, of every fifth one, and of the last."""

    def __init__(self, keys: Array, values: Array, length: int) -> None:
        self._arrays = [
            np.concatenate([array, np.zeros_like(array).repeat(length, axis=2)], axis=2)
            for array in (keys, values)
        ]
        self._kept, self._last, self._count = 1, 0, 1

    def used(self) -> list[Array]:
        return [array[:, :, : self._count] for array in self._arrays]

    def add(self, index: int, keys: Array, values: Array) -> None:
        for array, new in zip(self._arrays, (keys, values), strict=True):
            array[:, :, self._kept : self._kept + 1] = new
        self._count = self._kept + 1
        if index - self._last >= KEEP_EVERY:
            self._kept, self._last = self._kept + 1, index


def _resized(maps: Any, size: Sequence[int]) -> Any:
    return paddle.nn.functional.interpolate(maps, size=list(size), mode="bilinear", align_corners=True)
