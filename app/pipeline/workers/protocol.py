"""What the pipeline and its workers say to each other, and how it looks on the pipe.

Every message is a msgpack map behind a length of 4 bytes, big-endian. Arrays never travel in
messages: they lie in the SharedPool, and an ArrayRef says where.

To a worker                                   From a worker
  {"kind": "job", "job", "verb", "body"}        {"kind": "ready", "role", "protocol"}
  {"kind": "cancel", "job"}                     {"kind": "progress", "job", "body"}
  {"kind": "ping"}                              {"kind": "done", "job", "body"}
  {"kind": "quit"}                              {"kind": "cancelled", "job"}
                                                {"kind": "failed", "job", "error", "traceback"}
                                                {"kind": "pong", "busy_for"}
"""

from __future__ import annotations

import os
import struct
from dataclasses import asdict, dataclass
from typing import Any, Self

import msgpack

from app.domain.errors import FramewiseError, UsageError, WorkerError

PROTOCOL = 1
MESSAGE_LIMIT = 16 * 2**20
PREFIX_SIZE = 4
# A file name need not be UTF-8; Python then spells it with surrogates, and they must survive the trip.
_ODD_NAMES = "surrogatepass"

Message = dict[str, Any]


class Cancelled(Exception):  # noqa: N818 - a wish that was met, not an error anybody is shown
    """The job ended because somebody cancelled it."""


class ProtocolError(WorkerError):
    """What came through the pipe is not a message."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of the SharedPool: byte offset and length in bytes."""

    offset: int
    nbytes: int


@dataclass(frozen=True, slots=True)
class ArrayRef:
    """An array in the SharedPool: C order, dtype as numpy spells it ("uint8", "<f4")."""

    offset: int
    nbytes: int
    shape: tuple[int, ...]
    dtype: str

    @classmethod
    def of(cls, slot: Slot, shape: tuple[int, ...], dtype: str) -> Self:
        """Describe an array that lies at the start of a slot."""
        return cls(slot.offset, slot.nbytes, tuple(shape), dtype)

    @property
    def slot(self) -> Slot:
        """Where the array lies."""
        return Slot(self.offset, self.nbytes)

    def to_wire(self) -> Message:
        """The reference as a plain map; encode does this by itself to any ArrayRef inside a message."""
        return asdict(self)

    @classmethod
    def from_wire(cls, message: object) -> Self:
        """Rebuild a reference; raises ProtocolError when the map is not one."""
        if not isinstance(message, dict):
            raise _not_a_ref(message)
        try:
            offset, nbytes, shape, dtype = (message[key] for key in ("offset", "nbytes", "shape", "dtype"))
            numbers = [offset, nbytes, *shape]
        except (KeyError, TypeError) as error:
            raise _not_a_ref(message) from error
        if not all(type(n) is int and n >= 0 for n in numbers) or type(dtype) is not str:
            raise _not_a_ref(message)
        return cls(offset, nbytes, tuple(shape), dtype)


def encode(message: Message) -> bytes:
    """A message as it goes into the pipe, length first.

    numpy scalars become plain numbers. Raises UsageError for what a message cannot hold.
    """
    try:
        payload: bytes = msgpack.packb(message, default=_plain, unicode_errors=_ODD_NAMES)
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"This cannot be sent to another process: {error}.") from error
    if len(payload) > MESSAGE_LIMIT:
        raise UsageError(
            f"A message of {len(payload)} bytes is over the limit of {MESSAGE_LIMIT}.",
            remedy="Put arrays into the shared pool and send an ArrayRef.",
        )
    return struct.pack(">I", len(payload)) + payload


def payload_size(prefix: bytes) -> int:
    """Length of the payload in bytes; raises ProtocolError when it is over the limit."""
    size: int = struct.unpack(">I", prefix)[0]
    if size > MESSAGE_LIMIT:
        raise ProtocolError(f"A message claims {size} bytes; the limit is {MESSAGE_LIMIT}.")
    return size


def decode(payload: bytes) -> Message:
    """The message in a payload; raises ProtocolError when it is none."""
    try:
        message = msgpack.unpackb(payload, strict_map_key=False, unicode_errors=_ODD_NAMES)
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise ProtocolError(f"The pipe holds something that is not msgpack: {error}.") from error
    if not isinstance(message, dict) or not isinstance(message.get("kind"), str):
        raise ProtocolError("The pipe holds something that is not a message.")
    return message


def read_message(fd: int) -> Message | None:
    """Block until the next message has come through a pipe; None when the other side is gone."""
    prefix = _read_exactly(fd, PREFIX_SIZE)
    payload = None if prefix is None else _read_exactly(fd, payload_size(prefix))
    return None if payload is None else decode(payload)


def failure(error: FramewiseError, trace: str, job: int) -> Message:
    """The reply for a job that raised; trace is for the log."""
    return {"kind": "failed", "job": job, "error": error.to_wire(), "traceback": trace}


def _read_exactly(fd: int, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        part = os.read(fd, size - len(data))
        if not part:
            return None
        data += part
    return bytes(data)


def _plain(value: object) -> object:
    if isinstance(value, ArrayRef):
        return value.to_wire()
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} {value!r:.80}")


def _not_a_ref(message: object) -> ProtocolError:
    return ProtocolError(f"This does not describe an array: {message!r:.200}.")
