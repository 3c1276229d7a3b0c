"""A click network in EISeg's layout that speculates: it computes between clicks what the next one will hardly change.

A click adds a disk to maps that are known before it. Operations of small receptive field are computed ahead, and only
a window around the click is computed again; all others wait for the click.
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

from app.models.openvino.changed_window import WINDOW, affected_cells, find_change, window_origin
from app.models.openvino.fitted_network import (
    CompiledSplit,
    ShapeCache,
    Sizes,
    compile_split,
    optimize_for_shapes,
    partner_shape,
)
from app.models.openvino.graph_optimization import fold_constants, optimize_graph
from app.models.openvino.openvino_network import (
    CompiledModel,
    input_index,
    read_model,
    to_float32,
    translate_errors,
)
from app.models.openvino.receptive_field_split import (
    ReceptiveField,
    ReceptiveFieldSplit,
    split_receptive_field,
)
from app.models.runtime.device import Device
from app.models.runtime.network import Array

Arrays = Sequence[NDArray[Any]]


class FittedClicks:
    """A loaded model of a picture and maps of clicks; see SpeculatingNetwork. Used in the segmenter process."""

    def __init__(self, program: Path, parameters: Path | None, device: Device, bf16: bool = False) -> None:
        """Load a .pdmodel. Raises ModelError when OpenVINO lacks one of its operations."""
        with translate_errors(program.name, "loaded"):
            model, names = read_model(program, parameters)
        self.outputs = len(model.outputs)
        self._cache: ShapeCache[_CompiledClicks] = ShapeCache(
            partial(_compile_clicks, model, names, program.name, device, bf16)
        )

    def prepare(self, picture: NDArray[Any]) -> list[NDArray[Any]]:
        """See SplitNetwork; the picture comes first."""
        return [picture, *self._compiled(picture).near.front({0: picture})]

    def speculate(self, prepared: Arrays, *others: NDArray[Any]) -> list[NDArray[Any]]:
        """See SpeculatingNetwork; the maps of clicks and their results follow what was prepared."""
        (maps,), compiled = others, self._compiled(prepared[0])
        arrays = prepared[1 : compiled.end]
        speculated = [maps, *compiled.run_near(arrays, maps)] if compiled.windowed else []
        return [prepared[0], *arrays, *speculated]

    def complete(self, prepared: Arrays, *others: NDArray[Any]) -> list[Array]:
        """See SplitNetwork."""
        (maps,), compiled = others, self._compiled(prepared[0])
        speculated = prepared[compiled.end :]
        found = compiled.correct_near(prepared[0], maps, *speculated) if speculated else None
        return to_float32(compiled.run_far(found or compiled.run_near(prepared[1 : compiled.end], maps)))

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        return self.complete(self.prepare(arrays[0]), *arrays[1:])

    def _compiled(self, picture: NDArray[Any]) -> _CompiledClicks:
        return self._cache.get((picture.shape,))


@dataclass(frozen=True, slots=True)
class _Windowed:
    """The near operations on a window, and all others."""

    window: CompiledModel  #: near operations on WINDOW pixels a side
    far: CompiledModel  #: all others, on the whole picture
    fields: Sequence[ReceptiveField]  #: of each result of the near operations
    order: Sequence[int]  #: indices of picture and maps among the window's inputs


@dataclass(frozen=True, slots=True)
class _CompiledClicks:
    """A click network compiled for one size."""

    near: CompiledSplit  #: near operations, with channels last; the whole model if windowed is None
    windowed: _Windowed | None

    @property
    def end(self) -> int:
        """Index in what was prepared at which what was speculated begins."""
        return 1 + self.near.front.outputs

    def run_near(self, arrays: Arrays, maps: NDArray[Any]) -> Arrays:
        """Run the near operations on maps of clicks."""
        return self.near.merge_results(arrays, self.near.run_rest(arrays, [maps]))

    def run_far(self, near_maps: Arrays) -> Arrays:
        """Return the results of the whole model."""
        return self.windowed.far(dict(enumerate(near_maps))) if self.windowed else near_maps

    def correct_near(
        self, picture: NDArray[Any], maps: NDArray[Any], before: NDArray[Any], *known: NDArray[Any]
    ) -> Arrays | None:
        """Return the near results, updated from those of the maps before; None if too much differs."""
        spans = find_change(before, maps)
        if self.windowed is None or spans is None:
            return known
        windowed, sizes = self.windowed, maps.shape[2:]
        top, left = (
            window_origin(span, windowed.fields, size) for span, size in zip(spans, sizes, strict=True)
        )
        if top is None or left is None:
            return None
        seen = np.s_[:, :, top : top + WINDOW, left : left + WINDOW]
        parts = windowed.window(dict(zip(windowed.order, (picture[seen], maps[seen]), strict=True)))
        corrected = [near.copy() for near in known]
        for near, part, field in zip(corrected, parts, windowed.fields, strict=True):
            (up, down), (start, end) = (
                affected_cells(span, field, size) for span, size in zip(spans, sizes, strict=True)
            )
            y, x = top // field.step, left // field.step
            near[:, up:down, start:end] = part[:, up - y : down - y, start - x : end - x]
        return corrected


def _compile_clicks(
    model: Any, names: Sequence[str], name: str, device: Device, bf16: bool, sizes: Sizes
) -> _CompiledClicks:
    (picture,) = sizes
    with translate_errors(name, "run"):
        cut = _split_near(model, input_index(model, names[0]), picture, bf16)
        if cut is None:
            return _CompiledClicks(compile_split(model, names, name, device, bf16, sizes), None)
        near, far = cut.parts.front, cut.parts.rest
        order = [input_index(near, feed) for feed in names]
        window = optimize_for_shapes(near, dict.fromkeys(order, (*picture[:2], WINDOW, WINDOW)), bf16)
        optimize_graph(far, None, bf16, picture[2] * picture[3])
        with ThreadPoolExecutor() as pool:
            runs = pool.map(lambda part: CompiledModel(part, name, device, bf16), (window, far))
            parts = compile_split(near, names, name, device, bf16, sizes)
            on_window, on_maps = runs
        return _CompiledClicks(parts, _Windowed(on_window, on_maps, cut.fields, order))


def _split_near(model: Any, first: int, picture: tuple[int, ...], bf16: bool) -> ReceptiveFieldSplit | None:
    if min(picture[2:]) <= WINDOW:
        return None
    copy = model.clone()
    copy.reshape(
        {
            place: picture if place == first else partner_shape(picture, port.get_partial_shape())
            for place, port in enumerate(model.inputs)
        }
    )
    fold_constants(copy)
    return split_receptive_field(copy, bf16)
