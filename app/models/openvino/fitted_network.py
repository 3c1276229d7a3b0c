"""A static Paddle model in EISeg's layout that OpenVINO runs, compiled for each input size that it meets.

With all sizes known OpenVINO keeps one memory layout, fuses more operations, and wide convolutions can be cut to the
size of the caches; with dynamic sizes the same models take a fifth longer (measured, two cores with AVX2).
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.models.openvino.frame_split import split_by_input
from app.models.openvino.graph_optimization import optimize_graph
from app.models.openvino.openvino_network import (
    CompiledModel,
    input_index,
    read_model,
    to_float32,
    translate_errors,
)
from app.models.runtime.device import Device
from app.models.runtime.network import Array

# Input sizes for which a model stays compiled; pictures change theirs with the sequence, masks with the objects.
CACHED_SHAPES = 2
_MAP_AXES = 4  # (n, channels, h, w)
Shape = tuple[int, ...]
Sizes = tuple[Shape, ...]
Compilation = TypeVar("Compilation")


class FittedNetwork:
    """A loaded model; calls from several threads take turns."""

    def __init__(self, program: Path, parameters: Path | None, device: Device, bf16: bool = False) -> None:
        """Load a .pdmodel. parameters: None for a model that has none.

        Raises ModelError when OpenVINO lacks one of its operations.
        """
        with translate_errors(program.name, "loaded"):
            model, names = read_model(program, parameters)
        self.outputs = len(model.outputs)
        self._indices = [input_index(model, name) for name in names]
        self._cache: ShapeCache[CompiledModel] = ShapeCache(
            partial(_compile_whole, model, self._indices, program.name, device, bf16)
        )

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        compiled = self._cache.get(tuple(array.shape for array in arrays))
        return to_float32(compiled(dict(zip(self._indices, arrays, strict=True))))


class FittedSplit:
    """A loaded model that processes its first input, a picture, before the others; see SplitNetwork."""

    def __init__(self, program: Path, parameters: Path | None, device: Device, bf16: bool = False) -> None:
        """Load a .pdmodel. Raises ModelError when OpenVINO lacks one of its operations."""
        with translate_errors(program.name, "loaded"):
            model, names = read_model(program, parameters)
        self.outputs = len(model.outputs)
        self._cache: ShapeCache[CompiledSplit] = ShapeCache(
            partial(compile_split, model, names, program.name, device, bf16)
        )

    def prepare(self, picture: NDArray[Any]) -> list[NDArray[Any]]:
        """See SplitNetwork; the shape of the picture comes last."""
        return [*self._cache.get((picture.shape,)).front({0: picture}), np.array(picture.shape)]

    def complete(self, prepared: Sequence[NDArray[Any]], *others: NDArray[Any]) -> list[Array]:
        """See SplitNetwork; objects run one by one, since known sizes gain more than a batch."""
        *arrays, shape = prepared
        picture = tuple(map(int, shape))
        compiled = self._cache.get((picture,))
        answers = [compiled.run_rest(arrays, batch) for batch in _batches(others, picture[0])]
        return to_float32(compiled.merge_results(arrays, map(_concatenate, zip(*answers, strict=True))))

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        return self.complete(self.prepare(arrays[0]), *arrays[1:])


@dataclass(frozen=True, slots=True)
class CompiledSplit:
    """A compiled GraphSplit."""

    front: CompiledModel
    rest: CompiledModel
    early: Sequence[bool]  #: see GraphSplit
    indices: Sequence[int]  #: of the other inputs in the rest

    def run_rest(self, arrays: Sequence[NDArray[Any]], others: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """Run the rest. arrays: from the front; others: the other inputs."""
        crossing = dict(enumerate(arrays[sum(self.early) :]))
        return self.rest(crossing | dict(zip(self.indices, others, strict=True)))

    def merge_results(
        self, arrays: Sequence[NDArray[Any]], found: Iterable[NDArray[Any]]
    ) -> list[NDArray[Any]]:
        """Return the results of the whole model in order. arrays: from the front; found: by the rest."""
        early, late = iter(arrays), iter(found)
        return [next(early if is_early else late) for is_early in self.early]


class ShapeCache(Generic[Compilation]):
    """Compiled models by input sizes, the CACHED_SHAPES used last."""

    def __init__(self, make: Callable[[Sizes], Compilation]) -> None:
        self._make = make
        self._made: dict[Sizes, Compilation] = {}
        self._lock = threading.Lock()

    def get(self, sizes: Sizes) -> Compilation:
        """Return the compiled model for these sizes; compiling takes seconds."""
        with self._lock:
            compiled = self._made.pop(sizes, None)
            if compiled is None:
                for oldest in list(self._made)[: len(self._made) - CACHED_SHAPES + 1]:
                    del self._made[oldest]
                compiled = self._make(sizes)
            self._made[sizes] = compiled
            return compiled


def _compile_whole(
    model: Any, indices: Sequence[int], name: str, device: Device, bf16: bool, sizes: Sizes
) -> CompiledModel:
    with translate_errors(name, "run"):
        made = optimize_for_shapes(model, dict(zip(indices, sizes, strict=True)), bf16)
        return CompiledModel(made, name, device, bf16)


def compile_split(
    model: Any, names: Sequence[str], name: str, device: Device, bf16: bool, sizes: Sizes
) -> CompiledSplit:
    """Split and compile a model. names: of its inputs, the picture first; sizes: that of the picture."""
    (picture,) = sizes
    with translate_errors(name, "run"):
        first, *others = [input_index(model, feed) for feed in names]
        wanted = {place: partner_shape(picture, model.inputs[place].get_partial_shape()) for place in others}
        made = optimize_for_shapes(model, {first: picture, **wanted}, bf16, first)
        parts = split_by_input(made, made.inputs[first], bf16)
        indices = [input_index(parts.rest, feed) for feed in names[1:]]
        with ThreadPoolExecutor() as pool:
            front, rest = pool.map(
                lambda part: CompiledModel(part, name, device, bf16), (parts.front, parts.rest)
            )
    return CompiledSplit(front, rest, parts.early, indices)


def partner_shape(picture: Shape, declared: Any) -> list[Any]:
    """Return the shape of another input for one object: maps have the picture's size, memories a dynamic one."""
    size = picture[2:] if len(declared) == _MAP_AXES else list(declared)[2:]
    return [picture[0], declared[1], *size]


def optimize_for_shapes(model: Any, shapes: dict[int, Any], bf16: bool, early: int | None = None) -> Any:
    """Return an optimized copy of a model whose inputs have these shapes. early: see optimize."""
    copy = model.clone()
    copy.reshape(shapes)
    optimize_graph(copy, None if early is None else copy.inputs[early], bf16)
    return copy


def _batches(batches: Sequence[NDArray[Any]], count: int) -> Iterator[list[NDArray[Any]]]:
    """Yield batches of count rows each."""
    for place in range(0, len(batches[0]), count):
        yield [batch[place : place + count] for batch in batches]


def _concatenate(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
