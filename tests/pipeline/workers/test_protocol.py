"""Messages survive the pipe, and nothing else gets through it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import UsageError
from app.pipeline.workers.message_codec import ProtocolError, from_plain
from app.pipeline.workers.protocol import (
    MESSAGE_LIMIT,
    PREFIX_SIZE,
    ArrayRef,
    Slot,
    decode_message,
    encode_message,
    read_message,
)

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers(0, 9), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reader, writer = os.pipe()
    yield reader, writer
    os.close(reader)


@given(plain)
def test_messages_come_back_as_they_went(body: object) -> None:
    assert decode_message(encode_message({"kind": "x", "body": body})[PREFIX_SIZE:]) == {
        "kind": "x",
        "body": body,
    }


@given(st.binary(max_size=200))
def test_garbage_is_a_protocol_error_or_a_message(payload: bytes) -> None:
    try:
        assert isinstance(decode_message(payload)["kind"], str)
    except ProtocolError as error:
        assert "pipe" in str(error)


def test_file_names_that_are_not_utf8_survive() -> None:
    name = os.fsdecode(b"clip\xff.mp4")
    assert decode_message(encode_message({"kind": "x", "name": name})[PREFIX_SIZE:])["name"] == name


def test_array_references_and_numpy_scalars_become_plain() -> None:
    ref = ArrayRef.of(Slot(4096, 24), (2, 3), "<f4")
    message = decode_message(
        encode_message({"kind": "x", "ref": ref, "score": np.float32(0.5)})[PREFIX_SIZE:]
    )
    assert from_plain(ArrayRef, message["ref"]) == ref
    assert message["score"] == 0.5


def test_what_cannot_be_sent_is_the_callers_error() -> None:
    with pytest.raises(UsageError, match="cannot be sent"):
        encode_message({"kind": "x", "body": object()})
    with pytest.raises(UsageError, match="ArrayRef"):
        encode_message({"kind": "x", "body": bytes(MESSAGE_LIMIT)})


def test_length_of_100_mb_is_refused_before_reading(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    os.write(writer, (100 * 2**20).to_bytes(4, "big"))
    os.close(writer)
    with pytest.raises(ProtocolError, match="104857600"):
        read_message(reader)


def test_message_cut_short_reads_as_the_end(pipe: tuple[int, int]) -> None:
    reader, writer = pipe
    whole = encode_message({"kind": "x"})
    os.write(writer, whole + whole[:-1])
    os.close(writer)
    assert read_message(reader) == {"kind": "x"}
    assert read_message(reader) is None
