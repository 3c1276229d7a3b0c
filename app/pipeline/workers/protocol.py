"""Messages between the pipeline and its workers, and their form on the pipe.

Every message is a msgpack map behind a length of 4 bytes, big-endian. A job's body is a Request by its class
name and fields, those of "progress" and "done" are what that Request names, see message_codec. Arrays never
travel in messages: they stand in the SharedPool, and an ArrayRef says where.

To a worker                                   From a worker
  {"kind": "job", "job", "request", "body"}     {"kind": "ready", "protocol"}
  {"kind": "cancel", "job"}                     {"kind": "progress", "job", "body"}
  {"kind": "quit"}                              {"kind": "done", "job", "body"}
                                                {"kind": "cancelled", "job"}
                                                {"kind": "failed", "job", "error", "traceback"}
                                                {"kind": "beat", "job", "signs"}
"""

import os
import struct
from dataclasses import dataclass
from typing import Any, Self

import msgpack

from app.domain.errors import FramewiseError, UsageError
from app.pipeline.workers.message_codec import ProtocolError, to_plain

PROTOCOL = 2  # version; a worker of another one is refused
# Bytes. A length that a broken library wrote into the pipe is refused; masks of a few hundred frames fit in.
MESSAGE_LIMIT = 16 * 2**20
PREFIX_SIZE = 4  # bytes of the length
# A file name need not be UTF-8; Python then spells it with surrogates, which must survive.
_ODD_NAMES = "surrogatepass"

Message = dict[str, Any]


class Cancelled(Exception):  # noqa: N818 - no error: the caller asked for it
    """The job ended because it was cancelled."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the SharedPool."""

    offset: int  #: bytes
    nbytes: int


@dataclass(frozen=True, slots=True)
class ArrayRef:
    """An array in the SharedPool, in C order."""

    offset: int  #: bytes
    nbytes: int
    shape: tuple[int, ...]
    dtype: str  #: as numpy spells it: "uint8", "<f4"

    @classmethod
    def of(cls, slot: Slot, shape: tuple[int, ...], dtype: str) -> Self:
        """Describe an array at the start of a slot."""
        return cls(slot.offset, slot.nbytes, tuple(shape), dtype)

    @property
    def slot(self) -> Slot:
        return Slot(self.offset, self.nbytes)


def encode_message(message: Message) -> bytes:
    """Return a message as it goes into the pipe, length first.

    Dataclasses become lists of their fields, see message_codec. Raises UsageError for what a message cannot hold.
    """
    try:
        payload: bytes = msgpack.packb(message, default=to_plain, unicode_errors=_ODD_NAMES)
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"This cannot be sent to another process: {error}.") from error
    if len(payload) > MESSAGE_LIMIT:
        raise UsageError(
            f"A message of {len(payload)} bytes is over the limit of {MESSAGE_LIMIT}.",
            remedy="Put arrays into the shared pool and send an ArrayRef.",
        )
    return struct.pack(">I", len(payload)) + payload


def payload_size(prefix: bytes) -> int:
    """Return the length of the payload in bytes; raises ProtocolError when it is over the limit."""
    size: int = struct.unpack(">I", prefix)[0]
    if size > MESSAGE_LIMIT:
        raise ProtocolError(f"A message claims {size} bytes; the limit is {MESSAGE_LIMIT}.")
    return size


def decode_message(payload: bytes) -> Message:
    """Return the message in a payload; raises ProtocolError when it is none."""
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
    return None if payload is None else decode_message(payload)


def failure_message(error: FramewiseError, trace: str, job: int) -> Message:
    """Return the reply for a job that raised; trace is for the log."""
    return {"kind": "failed", "job": job, "error": error.to_wire(), "traceback": trace}


def _read_exactly(fd: int, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        part = os.read(fd, size - len(data))
        if not part:
            return None
        data += part
    return bytes(data)
