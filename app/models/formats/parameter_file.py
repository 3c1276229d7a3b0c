"""Reads .pdiparams files: tensors in sequence, sorted by name."""

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from app.domain.errors import ModelError
from app.models.formats import protobuf

# By Paddle's number of the type; bfloat16 (22) as its bits.
DTYPES: dict[int, np.dtype[np.generic]] = {
    0: np.dtype(np.bool_),
    1: np.dtype(np.int16),
    2: np.dtype(np.int32),
    3: np.dtype(np.int64),
    4: np.dtype(np.float16),
    5: np.dtype(np.float32),
    6: np.dtype(np.float64),
    20: np.dtype(np.uint8),
    21: np.dtype(np.int8),
    22: np.dtype(np.uint16),
}
_LARGEST_DESCRIPTION = 4096  # Bytes; a type and some dimensions take tens.
_MOST_LEVELS = 16  # Of detail (LoD); parameters have none.
_MOST_TENSORS = 20_000  # HRNet18 has under 2,000.
_REMEDY = "Copy or download it again."


@dataclass(frozen=True, slots=True)
class ParameterEntry:
    """Position of one tensor in the file."""

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]
    offset: int  #: bytes

    @property
    def size(self) -> int:
        """Bytes."""
        return math.prod(self.shape) * self.dtype.itemsize


def list_tensors(path: Path) -> list[ParameterEntry]:
    """Return the tensors of a file in order, without reading their elements.

    Raises ModelError when the file is cut off or is something else.
    """
    length = path.stat().st_size
    found: list[ParameterEntry] = []
    with open(path, "rb") as file:
        while file.tell() < length:
            if len(found) >= _MOST_TENSORS:
                raise _not_parameters(path)
            found.append(_read_header(file, length, path, len(found)))
            file.seek(found[-1].offset + found[-1].size)
    return found


def _read_header(file: BinaryIO, length: int, path: Path, index: int) -> ParameterEntry:
    (version, levels) = struct.unpack("<IQ", _read_exactly(file, 12, path, index))
    if version != 0 or levels > _MOST_LEVELS:
        raise _not_parameters(path)
    for _ in range(levels):
        (size,) = struct.unpack("<Q", _read_exactly(file, 8, path, index))
        file.seek(min(file.tell() + size, length))
    (version, size) = struct.unpack("<Ii", _read_exactly(file, 8, path, index))
    if version != 0 or not 0 < size <= _LARGEST_DESCRIPTION:
        raise _not_parameters(path)
    shape, dtype = _parse_description(_read_exactly(file, size, path, index), path)
    tensor = ParameterEntry(shape, dtype, file.tell())
    if tensor.offset + tensor.size > length:
        raise _truncated(path, index)
    return tensor


def _parse_description(data: bytes, path: Path) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    kind, shape = -1, []
    for number, value in protobuf.iterate_fields(data):
        if number == 1 and isinstance(value, int):
            kind = value
        elif number == 2:
            shape += protobuf.to_numbers(value)
    if kind not in DTYPES or any(side < 0 for side in shape):
        raise _not_parameters(path)
    return tuple(shape), DTYPES[kind]


def _read_exactly(file: BinaryIO, size: int, path: Path, index: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise _truncated(path, index)
    return data


def _truncated(path: Path, index: int) -> ModelError:
    return ModelError(
        f"The parameters are cut off in the middle of tensor {index + 1}.", subject=path, remedy=_REMEDY
    )


def _not_parameters(path: Path) -> ModelError:
    return ModelError(
        "This file does not hold the parameters of a Paddle model.", subject=path, remedy=_REMEDY
    )
