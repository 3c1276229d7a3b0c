"""Mutations of bytes and documents. Pure: the same random generator gives the same result."""

from __future__ import annotations

import random
from collections.abc import Callable, MutableMapping, MutableSequence
from copy import deepcopy
from typing import Any, Final

Mutation = Callable[[bytes, random.Random], bytes]

# Values at which counters, signs and allocations go wrong.
EDGES: Final = (
    0,
    1,
    127,
    128,
    255,
    256,
    32767,
    32768,
    65535,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**40,
    2**63 - 1,
    -1,
)
ODD_VALUES: Final[tuple[object, ...]] = (
    None, True, -1, 0, 1, 256, 2**31, 2**63 - 1, 1e308, float("nan"), float("inf"),
    "", "x", "../../x", "9" * 5000, b"", b"\xff" * 9, [], {}, [[]], [[1, 2, 3]],
)  # fmt: skip
# Headers stand at the beginning: most mutations aim there.
HEADER_BYTES: Final = 512


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Apply one to three mutations."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        data = chance.choice(_MUTATIONS)(data, chance)
    return data


def mutate_document(document: Any, chance: random.Random) -> Any:
    """Replace or delete one to three places of nested lists and dictionaries, in place; return the document."""
    box = [document]
    for _ in range(chance.randint(1, 3)):
        node, key = chance.choice(list(_places(box)))
        if isinstance(node, dict) and chance.random() < 0.2:
            node.pop(key, None)
        else:
            node[key] = deepcopy(chance.choice(ODD_VALUES))
    return box[0]


def _places(
    node: MutableMapping[Any, Any] | MutableSequence[Any],
) -> list[tuple[MutableMapping[Any, Any] | MutableSequence[Any], Any]]:
    keys = list(node) if isinstance(node, MutableMapping) else range(len(node))
    found = [(node, key) for key in keys]
    for _, key in list(found):
        if isinstance(node[key], (dict, list)):
            found += _places(node[key])
    return found


def _flip_bits(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 16)):
        if changed:
            changed[_place(len(changed), chance)] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _write_edge(data: bytes, chance: random.Random) -> bytes:
    size = chance.choice((1, 2, 4, 8))
    if len(data) < size:
        return data
    at = _place(len(data) - size + 1, chance)
    order = chance.choice(("little", "big"))
    edge = (chance.choice(EDGES) % (1 << 8 * size)).to_bytes(size, "little" if order == "little" else "big")
    return data[:at] + edge + data[at + size :]


def _truncate(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _delete(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.choice((1, 2, 4, 16, 512, 4096)) :]


def _repeat(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at : at + chance.choice((1, 4, 64, 1024))] * chance.randint(2, 4) + data[at:]


def _insert(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.choice((1, 3, 16, 300))) + data[at:]


def _blank(data: bytes, chance: random.Random) -> bytes:
    at, size = chance.randrange(len(data) + 1), chance.choice((4, 64, 1024, 8192))
    return data[:at] + bytes([chance.choice((0, 255))]) * min(size, len(data) - at) + data[at + size :]


def _place(size: int, chance: random.Random) -> int:
    return chance.randrange(min(size, HEADER_BYTES) if chance.random() < 0.6 else size)


_MUTATIONS: Final[tuple[Mutation, ...]] = (
    _flip_bits, _flip_bits, _write_edge, _write_edge, _write_edge, _truncate, _delete, _repeat, _insert, _blank,
)  # fmt: skip
