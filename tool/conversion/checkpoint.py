"""Reads PyTorch checkpoints without PyTorch: zip archives, and the files of versions before 1.6."""

from __future__ import annotations

import io
import math
import os
import pickle
import struct
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import ModelError
from tool.conversion.checkpoint_pickle import CheckpointStorage, CheckpointTensor, CheckpointUnpickler
from tool.conversion.pickle_limits import check_pickle

State = dict[str, NDArray[np.float32]]
Progress = Callable[[int, int], None]
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # first pickled number of a file in PyTorch's format before 1.6
Loader = Callable[[CheckpointStorage], NDArray[Any]]
_LARGEST_PICKLE = 64 << 20  # Bytes; those of the known networks have under 1 MB.
_LARGEST_STORAGE = 2 << 30  # Bytes; the largest known has 10 MB.
_MOST_RATIO, _RATIO_FROM = (
    20,
    1 << 20,
)  # Of compression, for entries above so many bytes; PyTorch stores them as they are.
_MOST_SHARING = 4  # Bytes of all tensors over those of the file: tied weights are counted more than once.
_REMEDY = "Download the checkpoint again, or choose another."
_HOLDERS = ("state_dict", "model_state_dict", "network", "model")
_PREFIX = "module."


def read_checkpoint(path: Path, progress: Progress | None = None) -> State:
    """Return the parameters of a checkpoint by name, float32.

    Nothing of the file is executed. Raises ModelError when it is damaged, holds anything but tensors and
    plain values, or has no parameters.
    """
    with _translate_errors(path), open(path, "rb") as file:
        is_zip = zipfile.is_zipfile(file)
        file.seek(0)
        if is_zip:
            document, load, capacity = _open_zip(file)
        else:
            document, load, capacity = _open_legacy(file)
        tensors = _find_state(document)
        _check_total(tensors.values(), capacity)
        state: State = {}
        for name, tensor in tensors.items():
            state[name.removeprefix(_PREFIX)] = np.asarray(tensor.view(load(tensor.storage)), np.float32)
            if progress is not None:
                progress(len(state), len(tensors))
    return state


def _find_state(document: Any) -> Mapping[str, CheckpointTensor]:
    """Return the tensors of the state, which a checkpoint may hold under one of several keys."""
    for holder in _HOLDERS:
        if isinstance(document, dict) and isinstance(document.get(holder), dict):
            document = document[holder]
    found = document.items() if isinstance(document, dict) else ()
    tensors = {
        name: value for name, value in found if isinstance(name, str) and isinstance(value, CheckpointTensor)
    }
    if not tensors:
        raise ModelError("The checkpoint holds no parameters.", remedy="Choose another.")
    return tensors


def _open_zip(file: BinaryIO) -> tuple[Any, Loader, int]:
    """Return the document of an archive, a function that loads a storage, and the bytes of all entries."""
    archive = zipfile.ZipFile(file)
    _check_entries(archive)
    entry = next((name for name in archive.namelist() if name.endswith("/data.pkl")), None)
    if entry is None:
        raise ModelError("This zip is not a PyTorch checkpoint.", remedy="Choose a .pth file.")
    base = entry.removesuffix("data.pkl")
    if f"{base}byteorder" in archive.namelist() and _read_entry(archive, f"{base}byteorder", 16) != b"little":
        raise ModelError("The checkpoint was written on a machine of another kind.", remedy=_REMEDY)
    document = _load_pickle(io.BytesIO(_read_entry(archive, entry, _LARGEST_PICKLE)))

    def load(storage: CheckpointStorage) -> NDArray[Any]:
        size = storage.count * storage.kind.dtype.itemsize
        data = _read_entry(archive, f"{base}data/{storage.key}", min(size, _LARGEST_STORAGE))
        return np.frombuffer(data, storage.kind.dtype, storage.count)

    return document, load, sum(entry.file_size for entry in archive.infolist())


def _check_entries(archive: zipfile.ZipFile) -> None:
    for entry in archive.infolist():
        if entry.file_size > max(_RATIO_FROM, _MOST_RATIO * entry.compress_size):
            raise ModelError("A part of the checkpoint unpacks from next to nothing.", remedy=_REMEDY)


def _check_total(tensors: Iterable[CheckpointTensor], capacity: int) -> None:
    """Refuse tensors that hold many times the bytes of the file, by repeating them."""
    total = sum(math.prod(tensor.shape) * tensor.storage.kind.dtype.itemsize for tensor in tensors)
    if total > _MOST_SHARING * capacity:
        raise ModelError("The checkpoint's tensors are larger than the file.", remedy=_REMEDY)


def _load_pickle(file: BinaryIO) -> Any:
    # A text of a damaged pickle may hold a backslash before any letter, which Python reads and warns of.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        check_pickle(file)
        return CheckpointUnpickler(file).load()


def _read_entry(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """Return an entry of a zip, of at most so many bytes."""
    with archive.open(name) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ModelError("A part of the checkpoint is larger than it says.", subject=name, remedy=_REMEDY)
    return data


def _open_legacy(file: BinaryIO) -> tuple[Any, Loader, int]:
    size = os.fstat(file.fileno()).st_size
    if _load_pickle(file) != _LEGACY_MAGIC:
        raise ModelError("This is not a PyTorch checkpoint.", remedy="Choose a .pth file.")
    _split_version, _machine, document, keys = (_load_pickle(file) for _ in range(4))
    kinds = {tensor.storage.key: tensor.storage.kind for tensor in _iterate_tensors(document)}
    places: dict[str, tuple[int, int]] = {}
    for key in keys:
        (count,) = struct.unpack("<q", file.read(8))
        places[key] = (file.tell(), count)
        if key not in kinds or not 0 <= count <= size:
            raise ModelError("The checkpoint is damaged.", remedy=_REMEDY)
        file.seek(count * kinds[key].dtype.itemsize, os.SEEK_CUR)

    def load(storage: CheckpointStorage) -> NDArray[Any]:
        offset, count = places[storage.key]
        file.seek(offset)
        return np.frombuffer(
            file.read(count * storage.kind.dtype.itemsize), storage.kind.dtype, storage.count
        )

    return document, load, size


def _iterate_tensors(value: Any) -> Iterator[CheckpointTensor]:
    """Yield every tensor in nested dictionaries and lists."""
    waiting, seen = [value], set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, CheckpointTensor):
            yield value
        elif isinstance(value, (dict, list, tuple)) and id(value) not in seen:
            seen.add(id(value))
            waiting += value.values() if isinstance(value, dict) else value


@contextmanager
def _translate_errors(path: Path) -> Iterator[None]:
    """Translate the errors that a damaged file causes into a ModelError that names it."""
    try:
        yield
    except ModelError as error:
        raise ModelError(error.what, subject=path, remedy=error.remedy) from error
    except OSError as error:
        raise ModelError(f"The checkpoint cannot be read: {error.strerror}.", subject=path) from error
    except (
        pickle.UnpicklingError,
        zipfile.BadZipFile,
        struct.error,
        EOFError,
        ArithmeticError,
        AttributeError,
        LookupError,
        MemoryError,
        NotImplementedError,
        RecursionError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise ModelError("The checkpoint is damaged.", subject=path, remedy=_REMEDY) from error
