"""A static Paddle model in EISeg's layout that OpenVINO runs on the processor, fitted to each size that it meets.

Where all sizes are known, OpenVINO turns no maps over between operations, joins more of them, and wide convolutions
can be cut to what the caches hold; with open sizes the same models take a fifth longer (measured, two cores with AVX2).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from app.models.openvino.frame_split import split
from app.models.openvino.graph_optimization import quicken
from app.models.openvino.openvino_network import CompiledModel, floats, place_of, read, told
from app.models.runtime.device import Device
from app.models.runtime.network import Array

FORMS = 2
"""Sizes to which a model stays fitted; pictures change theirs with the sequence, masks with the number of objects."""
_MAPS = 4
Shape = tuple[int, ...]
Sizes = tuple[Shape, ...]
Compilation = TypeVar("Compilation")


class FittedNetwork:
    """A loaded model; calls from several threads take turns."""

    def __init__(self, program: Path, parameters: Path | None, device: Device, bf16: bool = False) -> None:
        """Load a .pdmodel. parameters: None for a model that has none.

        Raises ModelError when OpenVINO lacks one of its operations.
        """
        with told(program.name, "loaded"):
            model, names = read(program, parameters)
        self.outputs = len(model.outputs)
        self._places = [place_of(model, name) for name in names]
        self._forms: ShapeCache[CompiledModel] = ShapeCache(
            partial(_whole, model, self._places, program.name, device, bf16)
        )

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        form = self._forms.of(tuple(array.shape for array in arrays))
        return floats(form(dict(zip(self._places, arrays, strict=True))))


class FittedSplit:
    """A loaded model that works on its first input, a picture, before it knows the others; see SplitNetwork."""

    def __init__(self, program: Path, parameters: Path | None, device: Device, bf16: bool = False) -> None:
        """Load a .pdmodel. Raises ModelError when OpenVINO lacks one of its operations."""
        with told(program.name, "loaded"):
            model, names = read(program, parameters)
        self.outputs = len(model.outputs)
        self._forms: ShapeCache[CompiledSplit] = ShapeCache(
            partial(parted, model, names, program.name, device, bf16)
        )

    def prepare(self, picture: NDArray[Any]) -> list[NDArray[Any]]:
        """See SplitNetwork; last comes the shape of the picture."""
        return [*self._forms.of((picture.shape,)).front({0: picture}), np.array(picture.shape)]

    def complete(self, prepared: Sequence[NDArray[Any]], *others: NDArray[Any]) -> list[Array]:
        """See SplitNetwork; objects take turns, since sizes known in advance gain more than a batch."""
        *arrays, shape = prepared
        picture = tuple(map(int, shape))
        form = self._forms.of((picture,))
        turns = [form.completed(arrays, turn) for turn in _turns(others, picture[0])]
        return floats(form.ordered(arrays, map(_joined, zip(*turns, strict=True))))

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        return self.complete(self.prepare(arrays[0]), *arrays[1:])


@dataclass(frozen=True, slots=True)
class CompiledSplit:
    """See frame_split. places: of the other inputs in the rest."""

    front: CompiledModel
    rest: CompiledModel
    early: Sequence[bool]
    places: Sequence[int]

    def completed(self, arrays: Sequence[NDArray[Any]], others: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """Return what the rest gives. arrays: from the front; others: the other inputs."""
        crossing = dict(enumerate(arrays[sum(self.early) :]))
        return self.rest(crossing | dict(zip(self.places, others, strict=True)))

    def ordered(self, arrays: Sequence[NDArray[Any]], found: Iterable[NDArray[Any]]) -> list[NDArray[Any]]:
        """Return the results of the whole in their order. arrays: from the front; found: by the rest."""
        early, late = iter(arrays), iter(found)
        return [next(early if is_early else late) for is_early in self.early]


class ShapeCache(Generic[Compilation]):
    """What was made for the sizes met last."""

    def __init__(self, make: Callable[[Sizes], Compilation]) -> None:
        self._make = make
        self._made: dict[Sizes, Compilation] = {}
        self._lock = threading.Lock()

    def of(self, sizes: Sizes) -> Compilation:
        """Return what belongs to these sizes; making it takes seconds."""
        with self._lock:
            form = self._made.pop(sizes, None)
            if form is None:
                for oldest in list(self._made)[: len(self._made) - FORMS + 1]:
                    del self._made[oldest]
                form = self._make(sizes)
            self._made[sizes] = form
            return form


def _whole(
    model: Any, places: Sequence[int], name: str, device: Device, bf16: bool, sizes: Sizes
) -> CompiledModel:
    with told(name, "run"):
        made = fitted(model, dict(zip(places, sizes, strict=True)), bf16)
        return CompiledModel(made, name, device, bf16)


def parted(
    model: Any, names: Sequence[str], name: str, device: Device, bf16: bool, sizes: Sizes
) -> CompiledSplit:
    """Return the parts of a model. names: of its inputs, the picture first; sizes: that of the picture."""
    (picture,) = sizes
    with told(name, "run"):
        first, *others = [place_of(model, feed) for feed in names]
        wanted = {place: beside(picture, model.inputs[place].get_partial_shape()) for place in others}
        made = fitted(model, {first: picture, **wanted}, bf16, first)
        parts = split(made, made.inputs[first], bf16)
        places = [place_of(parts.rest, feed) for feed in names[1:]]
        with ThreadPoolExecutor() as pool:
            front, rest = pool.map(
                lambda part: CompiledModel(part, name, device, bf16), (parts.front, parts.rest)
            )
    return CompiledSplit(front, rest, parts.early, places)


def beside(picture: Shape, declared: Any) -> list[Any]:
    """Return the shape of an input for one object beside a picture: maps have its size, memories any."""
    size = picture[2:] if len(declared) == _MAPS else list(declared)[2:]
    return [picture[0], declared[1], *size]


def fitted(model: Any, shapes: dict[int, Any], bf16: bool, early: int | None = None) -> Any:
    """Return a quickened copy of a model whose inputs have these shapes; early: see quicken."""
    copy = model.clone()
    copy.reshape(shapes)
    quicken(copy, None if early is None else copy.inputs[early], bf16)
    return copy


def _turns(batches: Sequence[NDArray[Any]], count: int) -> Iterator[list[NDArray[Any]]]:
    """Yield batches of so many."""
    for place in range(0, len(batches[0]), count):
        yield [batch[place : place + count] for batch in batches]


def _joined(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)
