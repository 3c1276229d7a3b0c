"""Reads the structure of a Paddle program without running it, and without Paddle."""

import json
from collections.abc import Mapping, Sized
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from app.domain.errors import ModelError
from app.models.formats import protobuf

_LARGEST = 8 << 20  # Bytes; EISeg's programs have up to 0.7 MB.
_MOST_OPERATIONS = 50_000  # And variables; EISeg's programs have up to 4,000.
_NOT_A_WEIGHT = {"feed", "fetch"}
# Numbers of the fields in Paddle's framework.proto.
_BLOCKS, _VERSION = 1, 4
_BLOCK_VARIABLES, _BLOCK_OPERATIONS = 3, 4
_OUTPUTS, _KIND, _ATTRIBUTES = 2, 3, 4
_ARGUMENTS, _INTEGER = 2, 3


@dataclass(frozen=True, slots=True)
class Program:
    """A static model without its parameters' values."""

    operations: frozenset[str]  #: kinds that occur
    inputs: int
    outputs: int
    parameters: Mapping[str, tuple[int, ...]]  #: shape by name
    version: tuple[int, int, int] = (0, 0, 0)  #: of the Paddle that wrote it, zeros if unknown
    feeds: tuple[str, ...] = ()  #: names of the inputs in order; empty for a .json


@dataclass(slots=True)
class _Found:
    operations: list[str] = field(default_factory=list)
    parameters: dict[str, tuple[int, ...]] = field(default_factory=dict)
    feeds: dict[int, str] = field(default_factory=dict)
    version: int = 0


def read_program(path: Path) -> Program:
    """Read a .pdmodel or Paddle 3's .json; raises ModelError when it is something else."""
    if path.stat().st_size > _LARGEST:
        raise ModelError("The file is far too large for a program.", subject=path, remedy="Choose another.")
    data = path.read_bytes()
    try:
        return _parse_json(data) if path.suffix == ".json" else _parse_message(data)
    except ModelError as error:
        raise ModelError(error.what, subject=path, remedy=error.remedy) from error


def _parse_message(data: bytes) -> Program:
    found = _Found()
    for number, value in protobuf.iterate_fields(data):
        if number == _BLOCKS:
            _parse_block(protobuf.to_bytes(value), found)
        elif number == _VERSION:
            found.version = next(
                (int(v) for n, v in protobuf.iterate_fields(protobuf.to_bytes(value)) if n == 1), 0
            )
    if not found.operations:
        raise protobuf.damaged_error()
    kinds, feeds = found.operations, tuple(name for _, name in sorted(found.feeds.items()))
    version = _split_version(found.version)
    return Program(
        frozenset(kinds), kinds.count("feed"), kinds.count("fetch"), found.parameters, version, feeds
    )


def _split_version(number: int) -> tuple[int, int, int]:
    return number // 1_000_000, number // 1000 % 1000, number % 1000


def _parse_block(data: bytes, found: _Found) -> None:
    for number, value in protobuf.iterate_fields(data):
        if number == _BLOCK_VARIABLES:
            _parse_variable(protobuf.to_bytes(value), found)
        elif number == _BLOCK_OPERATIONS:
            operation = protobuf.to_bytes(value)
            _check_count(found.operations)
            found.operations.append(protobuf.to_text(_first_field(operation, _KIND)))
            if found.operations[-1] == "feed":
                found.feeds |= _parse_feed(operation)


def _check_count(found: Sized) -> None:
    if len(found) >= _MOST_OPERATIONS:
        raise ModelError("The program is far too large.", remedy="Choose another.")


def _parse_feed(operation: bytes) -> dict[int, str]:
    """Return the name of the input that a feed operation defines, by its index."""
    column, name = 0, None
    for number, value in protobuf.iterate_fields(operation):
        if number == _OUTPUTS:
            name = next(
                (
                    protobuf.to_text(v)
                    for n, v in protobuf.iterate_fields(protobuf.to_bytes(value))
                    if n == _ARGUMENTS
                ),
                None,
            )
        elif number == _ATTRIBUTES and protobuf.to_text(_first_field(protobuf.to_bytes(value), 1)) == "col":
            column = int(_first_field(protobuf.to_bytes(value), _INTEGER))
    return {} if name is None else {column: name}


def _first_field(data: bytes, wanted: int) -> int | bytes:
    for number, value in protobuf.iterate_fields(data):
        if number == wanted:
            return value
    raise protobuf.damaged_error()


def _parse_variable(data: bytes, found: _Found) -> None:
    name, kind, persistable = "", b"", False
    for number, value in protobuf.iterate_fields(data):
        if number == 1:
            name = protobuf.to_text(value)
        elif number == 2:
            kind = protobuf.to_bytes(value)
        elif number == 3:
            persistable = bool(value)
    if persistable and name not in _NOT_A_WEIGHT:
        _check_count(found.parameters)
        found.parameters[name] = _parse_shape(kind)


def _parse_shape(kind: bytes) -> tuple[int, ...]:
    """Return the shape inside VarType.lod_tensor.tensor.dims."""
    for wanted in (3, 1):
        kind = next(
            (protobuf.to_bytes(value) for number, value in protobuf.iterate_fields(kind) if number == wanted),
            b"",
        )
    dims: list[int] = []
    for number, value in protobuf.iterate_fields(kind):
        if number == 2:
            dims += protobuf.to_numbers(value)
    return tuple(dims)


def _parse_json(data: bytes) -> Program:
    try:
        document = json.loads(data)
        operations = list(islice(_json_operations(document["program"]), _MOST_OPERATIONS + 1))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise protobuf.damaged_error() from error
    _check_count(operations)
    parameters = {}
    try:
        kinds = [str(operation["#"]) for operation in operations]
        for operation in operations:
            if operation["#"] == "p":
                parameters[str(operation["A"][3])] = tuple(operation["O"]["TT"]["D"][1])
    except (KeyError, IndexError, TypeError) as error:
        raise protobuf.damaged_error() from error
    others = frozenset(kind for kind in kinds if kind != "p")
    return Program(others, kinds.count("1.data"), kinds.count("1.fetch"), parameters, (3, 0, 0))


def _json_operations(program: Any) -> Any:
    for region in program["regions"]:
        for block in region["blocks"]:
            for operation in block["ops"]:
                yield operation
                yield from _json_operations({"regions": operation.get("regions", [])})
