"""Values of a journal come back as they were, and what is none of them does no harm."""

from __future__ import annotations

import zlib

import pytest

from app.domain.annotation import Lines, Window
from app.messages.events import PropagationRequested
from app.pipeline.services.journal_values import (
    request_from_wire,
    request_to_wire,
    seen_from_wire,
    seen_to_wire,
    window_from_wire,
    window_to_wire,
)
from app.storage.volume.locked_lines import lines_from_wire, lines_to_wire

ODD: tuple[object, ...] = (
    None,
    0,
    1.5,
    float("nan"),
    "x",
    b"x",
    [],
    {},
    [None] * 6,
    [[]],
    [1, 2, 3, 4, 5, 6, 7, 8],
)


def test_values_come_back_as_they_were() -> None:
    request = PropagationRequested(3, None, "forward", (2, 5), True, False, True, (7, 9))
    assert request_from_wire([*map(listed, request_to_wire(request))]) == request
    assert request_from_wire([0, 9, "both", [], False, True]) == PropagationRequested(0, 9, force=True)
    assert window_from_wire(window_to_wire(Window(400.0, 40.0))) == Window(400.0, 40.0)
    assert seen_from_wire(seen_to_wire(b"\0\1\1")) == b"\0\1\1"
    lines = {(2, 0): Lines(frozenset({1, 4}), frozenset({3}))}
    assert lines_from_wire([[*map(listed, row)] for row in lines_to_wire(lines)]) == lines


@pytest.mark.parametrize("wire", ODD)
def test_what_is_no_such_value_is_as_none(wire: object) -> None:
    assert request_from_wire(wire) is None
    assert window_from_wire(wire) is None
    assert seen_from_wire(wire) == b""
    assert not lines_from_wire(wire)


def test_a_row_that_is_no_line_leaves_the_others() -> None:
    assert lines_from_wire([[1, [2], ["x"]], 7, [3, [4], []]]) == {(3, 0): Lines(frozenset({4}), frozenset())}


def test_a_kilobyte_does_not_become_a_gigabyte() -> None:
    assert len(seen_from_wire(zlib.compress(bytes(2**25), 1))) == 2**24


def listed(value: object) -> object:
    """A value as msgpack gives it back."""
    return list(value) if isinstance(value, tuple) else value
