"""Restricted unpickler for PyTorch checkpoints: dictionaries, plain values and tensors.

A pickle is a program. This reader knows a handful of names, each an inert value or a function of this module; any
other name ends the reading before anything is called.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import ModelError

_DTYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}
_BFLOAT16 = "BFloat16Storage"
_MOST_AXES = 8  # of a tensor; convolutions of the known networks have 4


def _refuse_setstate(_object: Any, _state: Any) -> None:
    """Replace __setstate__, with which a pickle could change an existing object."""
    raise pickle.UnpicklingError("an attempt to change a value")


@dataclass(frozen=True, slots=True)
class StorageKind:
    """Element type of a storage, by PyTorch's name."""

    name: str
    __setstate__ = _refuse_setstate

    @property
    def dtype(self) -> np.dtype[Any]:
        """The numpy type; for bfloat16 its bits as unsigned integers."""
        return np.dtype(_DTYPES[self.name])


@dataclass(frozen=True, slots=True)
class CheckpointStorage:
    """A flat array of the file."""

    kind: StorageKind
    key: str  #: its name in the file
    count: int  #: of elements
    __setstate__ = _refuse_setstate


@dataclass(frozen=True, slots=True)
class CheckpointTensor:
    """A strided view of a storage."""

    storage: CheckpointStorage
    offset: int  #: elements
    shape: tuple[int, ...]
    strides: tuple[int, ...]  #: elements
    __setstate__ = _refuse_setstate

    def view(self, numbers: NDArray[Any]) -> NDArray[Any]:
        """Return the tensor from the elements of its storage; bfloat16 becomes float32."""
        if _end_offset(self) > len(numbers):
            raise pickle.UnpicklingError("a storage is shorter than it says")
        itemsize = numbers.dtype.itemsize
        strides = [stride * itemsize for stride in self.strides]
        array = np.lib.stride_tricks.as_strided(numbers[self.offset :], self.shape, strides, writeable=False)
        if self.storage.kind.name == _BFLOAT16:
            return np.asarray((array.astype(np.uint32) << 16).view(np.float32))
        return array.copy()


@dataclass(frozen=True, slots=True)
class _Call:
    """A function that a pickle may call."""

    function: Callable[..., Any]
    __setstate__ = _refuse_setstate

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)


def _rebuild_tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> CheckpointTensor:
    tensor = CheckpointTensor(storage, offset, tuple(shape), tuple(strides))
    numbers = (offset, *tensor.shape, *tensor.strides)
    sound = (
        isinstance(storage, CheckpointStorage)
        and all(type(number) is int and number >= 0 for number in numbers)
        and len(tensor.shape) == len(tensor.strides) <= _MOST_AXES
    )
    if not sound or _end_offset(tensor) > storage.count:
        raise pickle.UnpicklingError("a tensor reaches outside its storage")
    return tensor


def _end_offset(tensor: CheckpointTensor) -> int:
    if 0 in tensor.shape:
        return tensor.offset
    steps = zip(tensor.shape, tensor.strides, strict=True)
    return tensor.offset + sum((side - 1) * stride for side, stride in steps) + 1


def _rebuild_parameter(tensor: Any, *_: Any) -> Any:
    return tensor


_NAMES: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor"): _Call(_rebuild_tensor),
    ("torch._utils", "_rebuild_tensor_v2"): _Call(_rebuild_tensor),
    ("torch._utils", "_rebuild_parameter"): _Call(_rebuild_parameter),
    ("torch", "Size"): _Call(tuple),
    **{("torch", name): StorageKind(name) for name in _DTYPES},
}


class CheckpointUnpickler(pickle.Unpickler):
    """Reads one pickle of a checkpoint."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, encoding="utf-8")

    def find_class(self, module: str, name: str) -> Any:
        """Return the stand-in for a known name; raises ModelError for any other."""
        if (module, name) not in _NAMES:
            raise ModelError(
                f"The checkpoint asks for code to be run: {module}.{name}.",
                remedy="Use a checkpoint that holds tensors only, from a source that you trust.",
            )
        return _NAMES[(module, name)]

    def persistent_load(self, description: Any) -> CheckpointStorage:
        """Return the storage of a description."""
        if not _is_storage(description):
            raise pickle.UnpicklingError("an unknown reference")
        _, kind, key, _, count = description[:5]
        return CheckpointStorage(kind, str(key), count)


def _is_storage(description: Any) -> bool:
    return (
        isinstance(description, Sequence)
        and len(description) >= 5
        and description[0] == "storage"
        and isinstance(description[1], StorageKind)
        and type(description[4]) is int
        and description[4] >= 0
    )
