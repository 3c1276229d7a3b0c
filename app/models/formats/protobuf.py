"""Reads protocol buffers in Python, so that hostile bytes reach no native code."""

from collections.abc import Iterator

from app.domain.errors import ModelError

Field = tuple[int, int | bytes]
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # wire types of the encoding
_FIXED = {_FIXED64: 8, _FIXED32: 4}
_LONGEST_VARINT = 10  # bytes: 64 bits, 7 in each


def iterate_fields(data: bytes) -> Iterator[Field]:
    """Yield (number, value) of every field of a message: int for a varint, bytes for the rest.

    Raises ModelError when the bytes are not a message.
    """
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise damaged_error()
        if kind == _VARINT:
            value, position = _varint(data, position)
            yield number, value
        else:
            size, position = _size(data, position, kind)
            if position + size > len(data):
                raise damaged_error()
            yield number, data[position : position + size]
            position += size


def to_signed(value: int) -> int:
    """Return a 64-bit varint as a signed number."""
    return value - (1 << 64) if value >= 1 << 63 else value


def to_text(value: int | bytes) -> str:
    """Return the text of a string field."""
    if not isinstance(value, bytes):
        raise damaged_error()
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise damaged_error() from error


def to_bytes(value: int | bytes) -> bytes:
    """Return the bytes of a nested message."""
    if not isinstance(value, bytes):
        raise damaged_error()
    return value


def to_numbers(value: int | bytes) -> list[int]:
    """Return the signed numbers of a repeated integer field, written one by one or packed."""
    if isinstance(value, int):
        return [to_signed(value)]
    numbers, position = [], 0
    while position < len(value):
        number, position = _varint(value, position)
        numbers.append(to_signed(number))
    return numbers


def damaged_error() -> ModelError:
    """Return the error for bytes that are not a valid message."""
    return ModelError("This is not a Paddle model, or it is damaged.", remedy="Copy or download it again.")


def _size(data: bytes, position: int, kind: int) -> tuple[int, int]:
    if kind == _BYTES:
        return _varint(data, position)
    if kind not in _FIXED:
        raise damaged_error()
    return _FIXED[kind], position


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index in range(_LONGEST_VARINT):
        if position >= len(data):
            raise damaged_error()
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value & ((1 << 64) - 1), position
    raise damaged_error()
