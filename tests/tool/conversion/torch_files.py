"""Writes checkpoints as PyTorch writes them, byte by byte and without PyTorch."""

from __future__ import annotations

import io
import pickle
import struct
import sys
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np

STORAGES = {
    "float32": "FloatStorage",
    "float64": "DoubleStorage",
    "float16": "HalfStorage",
    "int64": "LongStorage",
    "uint16": "BFloat16Storage",
}

REBUILD = "_rebuild_tensor_v2"  # The function that PyTorch pickles tensors with.


class PickledTensor:
    """Pickles as a tensor does."""

    def __init__(self, array):
        self.array = np.ascontiguousarray(array)

    def __reduce__(self):
        strides = tuple(step // self.array.itemsize for step in self.array.strides)
        rebuild = getattr(sys.modules["torch._utils"], REBUILD)
        return rebuild, (_Storage(self.array), 0, self.array.shape, strides, False, OrderedDict())


class _Storage:
    def __init__(self, array):
        self.array = array


class _Pickler(pickle.Pickler):
    def __init__(self, file, tail=()):
        super().__init__(file, protocol=2)
        self.arrays = []
        self.tail = tail

    def persistent_id(self, value):
        if not isinstance(value, _Storage):
            return None
        self.arrays.append(value.array)
        kind = getattr(sys.modules["torch"], STORAGES[value.array.dtype.name])
        return ("storage", kind, str(len(self.arrays) - 1), "cpu", value.array.size, *self.tail)


def _torch():
    """Modules with the names that a checkpoint refers to."""
    torch, utils = ModuleType("torch"), ModuleType("torch._utils")

    def rebuild():
        raise AssertionError

    rebuild.__module__, rebuild.__qualname__ = "torch._utils", REBUILD
    setattr(utils, REBUILD, rebuild)
    for name in STORAGES.values():
        setattr(torch, name, type(name, (), {"__module__": "torch"}))
    return patch.dict(sys.modules, {"torch": torch, "torch._utils": utils})


def document_of(state: Mapping[str, np.ndarray]) -> OrderedDict[str, Any]:
    """A checkpoint's dictionary with tensors in the place of arrays."""
    return OrderedDict((name, PickledTensor(array)) for name, array in state.items())


def write_zip(path: Path, document: Any) -> None:
    """Write a checkpoint of PyTorch 1.6 and later."""
    with _torch():
        pickled = io.BytesIO()
        pickler = _Pickler(pickled)
        pickler.dump(document)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled.getvalue())
        archive.writestr("archive/byteorder", "little")
        for index, array in enumerate(pickler.arrays):
            archive.writestr(f"archive/data/{index}", array.tobytes())
        archive.writestr("archive/version", "3\n")


def write_legacy(path: Path, document: Any) -> None:
    """Write a checkpoint of PyTorch before 1.6."""
    with _torch(), open(path, "wb") as file:
        for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            pickle.dump(value, file, protocol=2)
        pickler = _Pickler(file, tail=(None,))
        pickler.dump(document)
        pickle.dump([str(index) for index in range(len(pickler.arrays))], file, protocol=2)
        for array in pickler.arrays:
            file.write(struct.pack("<q", array.size))
            file.write(array.tobytes())
