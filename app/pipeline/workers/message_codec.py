"""Dataclasses as plain values that msgpack can hold, and back by their annotations.

A dataclass becomes the list of its fields in order. Both sides run the same program, so names would only cost.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from app.domain.errors import WorkerError

T = TypeVar("T")
Decoder = Callable[[Any], Any]

_SCALARS: Final[Mapping[type, frozenset[type]]] = {
    NoneType: frozenset({NoneType}),
    bool: frozenset({bool}),
    int: frozenset({int}),
    float: frozenset({float, int}),
    str: frozenset({str}),
    bytes: frozenset({bytes}),
}


class ProtocolError(WorkerError):
    """Bytes from the pipe are not a message."""


class UnsupportedTypeError(Exception):
    """A request, reply or progress has a field of a type that the codec does not know: a mistake in the program."""


def to_plain(value: object) -> object:
    """Return a value as something simpler; msgpack calls it for what it cannot hold. Raises TypeError."""
    if is_dataclass(value):
        return [getattr(value, name) for name in _names(cast("Any", type(value)))]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, frozenset):
        return list(value)
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        return value.item()  # a scalar of numpy
    raise TypeError(f"{type(value).__name__} {value!r:.80}")


def from_plain(kind: type[T], value: object) -> T:
    """Rebuild a value of an annotated type; raises ProtocolError when it is none."""
    try:
        found: T = _decoder(cast("Any", kind))(value)
    except (TypeError, ValueError) as error:
        raise ProtocolError(f"This is no {getattr(kind, '__name__', kind)}: {value!r:.200}.") from error
    return found


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def _decoder(kind: Any) -> Decoder:
    """Return what rebuilds values of a type from plain ones; it raises TypeError or ValueError."""
    if kind is Any:
        return _as_it_is
    if kind in _SCALARS or kind is None:
        return _scalar(_SCALARS[kind or NoneType])
    origin, parameters = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _union(kind, parameters)
    if origin is Literal:
        return _member(frozenset(parameters))
    if origin is tuple:
        return _tuple(parameters)
    if origin in (list, frozenset):
        return _collection(origin, parameters[0])
    if origin is dict:
        return _dict(*map(_decoder, parameters))
    if is_dataclass(kind):
        return _dataclass(kind)
    if isinstance(kind, type) and issubclass(kind, (Enum, Path)):
        return kind
    raise UnsupportedTypeError(f"Messages cannot hold a {kind}.")


def _as_it_is(value: Any) -> Any:
    return value


def _scalar(allowed: frozenset[type]) -> Decoder:
    def decode(value: Any) -> Any:
        if type(value) not in allowed:
            raise TypeError(value)
        return value

    return decode


def _union(kind: Any, parameters: tuple[Any, ...]) -> Decoder:
    others = [parameter for parameter in parameters if parameter is not NoneType]
    inner = _decoder(others[0]) if len(others) == 1 else _one_of(kind, others)
    return inner if len(others) == len(parameters) else lambda value: None if value is None else inner(value)


def _one_of(kind: Any, choices: list[Any]) -> Decoder:
    """Return the decoder of a union of dataclasses, which are told apart by how many fields they have."""
    known: list[Any] = [choice for choice in choices if is_dataclass(choice)]
    by_size = {len(_names(choice)): _decoder(choice) for choice in known}
    if len(by_size) < len(choices):
        raise UnsupportedTypeError(f"Messages cannot hold a {kind}.")

    def decode(value: Any) -> Any:
        found = by_size.get(len(_require_list(value)))
        if found is None:
            raise TypeError(value)
        return found(value)

    return decode


def _member(allowed: frozenset[Any]) -> Decoder:
    def decode(value: Any) -> Any:
        if value not in allowed:
            raise ValueError(value)
        return value

    return decode


def _tuple(parameters: tuple[Any, ...]) -> Decoder:
    if len(parameters) == 2 and parameters[1] is Ellipsis:
        return _collection(tuple, parameters[0])
    inner = [_decoder(parameter) for parameter in parameters]
    return lambda value: tuple(decode(item) for decode, item in zip(inner, _require_list(value), strict=True))


def _collection(origin: Callable[[Any], Any], parameter: Any) -> Decoder:
    allowed = _SCALARS.get(parameter)
    if allowed is None:
        inner = _decoder(parameter)
        return lambda value: origin(inner(item) for item in _require_list(value))

    def decode(value: Any) -> Any:
        # The times of a video's frames are hundreds of thousands.
        if not allowed.issuperset(map(type, _require_list(value))):
            raise TypeError(value)
        return origin(value)

    return decode


def _dict(decode_key: Decoder, decode_item: Decoder) -> Decoder:
    return lambda value: {decode_key(key): decode_item(item) for key, item in _require_dict(value).items()}


def _dataclass(kind: Any) -> Decoder:
    hints = get_type_hints(kind)
    inner = [_decoder(hints[name]) for name in _names(kind)]
    return lambda value: kind(
        *(decode(item) for decode, item in zip(inner, _require_list(value), strict=True))
    )


def _require_list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value


def _require_dict(value: Any) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise TypeError(value)
    return value
