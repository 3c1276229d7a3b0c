"""Model files of a few bytes, written without Paddle."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

CLICK = ("feed", "feed", "relu", "fetch")
PROPAGATION = {
    "static_propagation_memorize": ("feed", "feed", "relu", "fetch", "fetch"),
    "static_propagation_segment": ("feed", "feed", "feed", "relu", "fetch", "fetch"),
    "static_propagation_attention": ("feed", "feed", "feed", "feed", "relu", "fetch"),
    "static_fusion": ("feed", "feed", "feed", "feed", "feed", "relu", "fetch"),
}


def varint(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number, payload):
    if isinstance(payload, int):
        return varint(number << 3) + varint(payload)
    payload = payload.encode() if isinstance(payload, str) else payload
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def program(*operations, version=2006002, variables=b""):
    """A Paddle program of operations without arguments."""
    kinds = b"".join(field(4, field(3, name)) for name in operations)
    return field(1, variables + kinds) + field(4, field(1, version))


def variable(name, shape):
    tensor = field(1, 5) + b"".join(field(2, side) for side in shape)
    return field(3, field(1, name) + field(2, field(1, 7) + field(3, field(1, tensor))) + field(3, 1))


def tensor_bytes(shape, values):
    description = field(1, 5) + b"".join(field(2, side) for side in shape)
    return (
        struct.pack("<IQIi", 0, 0, 0, len(description))
        + description
        + struct.pack(f"<{len(values)}f", *values)
    )


def write_model(folder: Path, stem: str, operations: Sequence[str] = CLICK, number: float = 1.0) -> Path:
    """Write a model with one parameter of two numbers."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{stem}.pdmodel").write_bytes(program(*operations, variables=variable("w", (2,))))
    (folder / f"{stem}.pdiparams").write_bytes(tensor_bytes((2,), (number, 2.0)))
    return folder / f"{stem}.pdiparams"


def write_propagation(folder):
    """Write a propagation folder."""
    for stem, operations in PROPAGATION.items():
        write_model(folder, stem, operations)
    (folder / "static_propagation_attention.pdiparams").unlink()
    (folder / "static_propagation_attention.pdmodel").write_bytes(
        program(*PROPAGATION["static_propagation_attention"])
    )
    return folder
