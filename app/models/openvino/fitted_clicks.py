"""A click network of EISeg's layout that computes between clicks what the next one will hardly change.

A click adds a disk to maps that are known before it. What sees only a little of them is known as well then, but for a
window around the click, which is computed again; all else waits for the click.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.models.openvino.changed_window import WINDOW, changed, origin, places
from app.models.openvino.fitted_network import CompiledSplit, ShapeCache, Sizes, beside, fitted, parted
from app.models.openvino.graph_optimization import fold, quicken
from app.models.openvino.openvino_network import CompiledModel, floats, place_of, read, told
from app.models.openvino.receptive_field_split import ReceptiveField, ReceptiveFieldSplit, split_near
from app.models.runtime.device import Device
from app.models.runtime.network import Array

Arrays = Sequence[NDArray[Any]]


class FittedClicks:
    """A loaded model of a picture and maps of clicks; see SpeculatingNetwork."""

    def __init__(self, program: Path, parameters: Path | None, device: Device, bf16: bool = False) -> None:
        """Load a .pdmodel. Raises ModelError when OpenVINO lacks one of its operations."""
        with told(program.name, "loaded"):
            model, names = read(program, parameters)
        self.outputs = len(model.outputs)
        self._forms: ShapeCache[_CompiledClicks] = ShapeCache(
            partial(_formed, model, names, program.name, device, bf16)
        )

    def prepare(self, picture: NDArray[Any]) -> list[NDArray[Any]]:
        """See SplitNetwork; first comes the picture."""
        return [picture, *self._form(picture).near.front({0: picture})]

    def foresee(self, prepared: Arrays, *others: NDArray[Any]) -> list[NDArray[Any]]:
        """See SpeculatingNetwork; behind what was prepared come the maps of clicks, and what follows from them."""
        (maps,), form = others, self._form(prepared[0])
        arrays = prepared[1 : form.end]
        foreseen = [maps, *form.near_maps(arrays, maps)] if form.around else []
        return [prepared[0], *arrays, *foreseen]

    def complete(self, prepared: Arrays, *others: NDArray[Any]) -> list[Array]:
        """See SplitNetwork."""
        (maps,), form = others, self._form(prepared[0])
        foreseen = prepared[form.end :]
        found = form.corrected(prepared[0], maps, *foreseen) if foreseen else None
        return floats(form.finished(found or form.near_maps(prepared[1 : form.end], maps)))

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        return self.complete(self.prepare(arrays[0]), *arrays[1:])

    def _form(self, picture: NDArray[Any]) -> _CompiledClicks:
        return self._forms.of((picture.shape,))


@dataclass(frozen=True, slots=True)
class _Windowed:
    """window: near operations on a window; far: all others; sights: of what the near ones give; order: of inputs."""

    window: CompiledModel
    far: CompiledModel
    sights: Sequence[ReceptiveField]
    order: Sequence[int]


@dataclass(frozen=True, slots=True)
class _CompiledClicks:
    """near: what gives maps with their channels last, or the whole model where nothing is around it."""

    near: CompiledSplit
    around: _Windowed | None

    @property
    def end(self) -> int:
        """Where in what was prepared begins what was foreseen."""
        return 1 + self.near.front.outputs

    def near_maps(self, arrays: Arrays, maps: NDArray[Any]) -> Arrays:
        """Return what near operations give on maps of clicks."""
        return self.near.ordered(arrays, self.near.completed(arrays, [maps]))

    def finished(self, near_maps: Arrays) -> Arrays:
        """Return what the whole model gives."""
        return self.around.far(dict(enumerate(near_maps))) if self.around else near_maps

    def corrected(
        self, picture: NDArray[Any], maps: NDArray[Any], before: NDArray[Any], *known: NDArray[Any]
    ) -> Arrays | None:
        """Return what near operations give, from what is known of the maps before; None if too much differs."""
        spans = changed(before, maps)
        if self.around is None or spans is None:
            return known
        around, sizes = self.around, maps.shape[2:]
        top, left = (origin(span, around.sights, size) for span, size in zip(spans, sizes, strict=True))
        if top is None or left is None:
            return None
        seen = np.s_[:, :, top : top + WINDOW, left : left + WINDOW]
        parts = around.window(dict(zip(around.order, (picture[seen], maps[seen]), strict=True)))
        corrected = [near.copy() for near in known]
        for near, part, sight in zip(corrected, parts, around.sights, strict=True):
            (up, down), (start, end) = (
                places(span, sight, size) for span, size in zip(spans, sizes, strict=True)
            )
            y, x = top // sight.step, left // sight.step
            near[:, up:down, start:end] = part[:, up - y : down - y, start - x : end - x]
        return corrected


def _formed(
    model: Any, names: Sequence[str], name: str, device: Device, bf16: bool, sizes: Sizes
) -> _CompiledClicks:
    (picture,) = sizes
    with told(name, "run"):
        cut = _cut(model, place_of(model, names[0]), picture, bf16)
        if cut is None:
            return _CompiledClicks(parted(model, names, name, device, bf16, sizes), None)
        near, far = cut.parts.front, cut.parts.rest
        order = [place_of(near, feed) for feed in names]
        window = fitted(near, dict.fromkeys(order, (*picture[:2], WINDOW, WINDOW)), bf16)
        quicken(far, None, bf16, picture[2] * picture[3])
        with ThreadPoolExecutor() as pool:
            runs = pool.map(lambda part: CompiledModel(part, name, device, bf16), (window, far))
            parts = parted(near, names, name, device, bf16, sizes)
            on_window, on_maps = runs
        return _CompiledClicks(parts, _Windowed(on_window, on_maps, cut.sights, order))


def _cut(model: Any, first: int, picture: tuple[int, ...], bf16: bool) -> ReceptiveFieldSplit | None:
    if min(picture[2:]) <= WINDOW:
        return None
    copy = model.clone()
    copy.reshape(
        {
            place: picture if place == first else beside(picture, port.get_partial_shape())
            for place, port in enumerate(model.inputs)
        }
    )
    fold(copy)
    return split_near(copy, bf16)
