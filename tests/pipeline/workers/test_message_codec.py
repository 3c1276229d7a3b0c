"""Requests, replies and errors cross the wire with every field, and nothing else is taken for one."""

from __future__ import annotations

import inspect
import pkgutil
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

import app.pipeline.requests
from app.domain.annotation import Click, Mask, SeriesInfo, Status
from app.domain.errors import FramewiseError, WorkerError, error_classes, from_wire
from app.domain.label_clash import LabelClash
from app.domain.model_prompts import Box, Lasso, Prompt, Scribble
from app.pipeline.workers.message_codec import ProtocolError, UnsupportedTypeError, from_plain
from app.pipeline.workers.protocol import (
    PREFIX_SIZE,
    ArrayRef,
    decode_message,
    encode_message,
    failure_message,
)
from app.pipeline.workers.request import Request
from app.pipeline.workers.role import load_role


def sent(value: object) -> Any:
    """What arrives on the other side."""
    return decode_message(encode_message({"kind": "x", "body": value})[PREFIX_SIZE:])["body"]


def requests() -> list[type[Request[Any, Any, Any]]]:
    """Every request of the program."""
    found = []
    for info in pkgutil.iter_modules(app.pipeline.requests.__path__, "app.pipeline.requests."):
        for kind in vars(import_module(info.name)).values():
            if isinstance(kind, type) and issubclass(kind, Request) and kind.__module__ == info.name:
                found.append(kind)
    return found


def sample(kind: Any) -> Any:
    """A value of a type, with something in every field."""
    origin, parameters = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return sample(next(one for one in parameters if one is not NoneType))
    if origin is Literal:
        return parameters[-1]
    if origin in (tuple, list, frozenset):
        return origin(sample(one) for one in parameters if one is not Ellipsis)
    if origin is dict:
        return {sample(parameters[0]): sample(parameters[1])}
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(*(sample(hints[field.name]) for field in fields(kind)))
    if issubclass(kind, Enum):
        return list(kind)[-1]
    plain = {NoneType: None, bool: True, int: 7, float: 0.25, str: "word", bytes: b"\x00\xff"}
    return Path("/clip\udcff.mp4") if kind is Path else plain[kind]


@pytest.mark.parametrize("request_type", requests(), ids=lambda kind: kind.__name__)
def test_every_request_with_its_reply_and_progress_survives_the_wire(request_type: Any) -> None:
    for kind in (request_type, request_type.reply_type(), request_type.progress_type()):
        value = sample(kind)
        assert from_plain(kind, sent(value)) == value


def kind_of(request: type[Request[Any, Any, Any]]) -> Any:
    """The kind of worker that a request names in its base class."""
    bases: tuple[Any, ...] = vars(request)["__orig_bases__"]
    return get_args(bases[0])[0]


def test_every_request_is_handled_by_the_roles_of_its_kind() -> None:
    kinds = {kind for request in requests() for kind in leaves(kind_of(request))}
    for kind in kinds:
        expected = {request.__name__ for request in requests() if issubclass(kind, kind_of(request))}
        assert set(load_role(kind.role).handlers) == expected


def leaves(kind: Any) -> list[Any]:
    """The kinds that have a role: a kind itself, or those derived from it."""
    return (
        [kind] if hasattr(kind, "role") else [leaf for one in kind.__subclasses__() for leaf in leaves(one)]
    )


def error_sample(kind: type[FramewiseError]) -> FramewiseError:
    """An error with something in every field."""
    parameters = inspect.signature(kind).parameters
    values: dict[str, Any] = {
        "what": "It is so.",
        "subject": "/clip\udcff.mp4",
        "remedy": "Do that.",
        "path": "/study",
        "frames": (2, 3),
        "kinds": ("text", "face"),
        "refused": ("mp4",),
    }
    values["clashes"] = (LabelClash(7, "tumour", "liver", 9),)
    values["series"] = (SeriesInfo("1.2", "3", "CT", "thorax", 60, 512, 512),)
    return kind(**{name: values[name] for name in parameters})


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_survives_the_wire_with_all_its_fields(kind: type[FramewiseError]) -> None:
    error = error_sample(kind)
    message = decode_message(encode_message(failure_message(error, "trace", 3))[PREFIX_SIZE:])
    arrived = from_wire(message["error"])
    assert type(arrived) is kind
    assert vars(arrived) == vars(error)
    assert str(arrived) == str(error)


@pytest.mark.parametrize(
    "wire", [{}, {"type": "SeveralSeries", "what": "x"}, {"type": "Nothing", "what": "x"}]
)
def test_an_error_that_cannot_be_rebuilt_is_still_an_error(wire: dict[str, str]) -> None:
    assert type(from_wire(wire)) is WorkerError


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ArrayRef, None),
        (ArrayRef, {}),
        (ArrayRef, [0, 4, [4]]),
        (ArrayRef, [0, 4, ["4"], "uint8"]),
        (ArrayRef, [0, 4, 4, "uint8"]),
        (ArrayRef, [0, 4, [4], 8]),
        (Mask, [1, 2, "text"]),
        (Status, 9),
        (tuple[int, str], [1]),
        (tuple[float, ...], ["x"]),
        (dict[int, str], [1]),
        (Literal["a"], "b"),
        (NoneType, 0),
        (bool, 1),
    ],
)
def test_what_is_not_of_the_type_is_refused(kind: Any, value: object) -> None:
    with pytest.raises(ProtocolError):
        from_plain(kind, value)


@dataclass(frozen=True)
class Odd:
    """Has a field that messages cannot hold."""

    either: int | str


def test_a_field_of_a_type_that_messages_cannot_hold_is_a_mistake_of_the_program() -> None:
    with pytest.raises(UnsupportedTypeError):
        from_plain(Odd, [1])


def test_prompts_of_every_kind_arrive_as_what_they_were() -> None:
    prompts = (
        Click(1.5, 2, False),
        Box(1, 2, 3.5, 4),
        Scribble(((1, 2), (3, 4)), True),
        Lasso(((1, 2), (3, 4), (5, 6))),
    )
    assert from_plain(tuple[Prompt, ...], sent(prompts)) == prompts
    with pytest.raises(ProtocolError):
        from_plain(Prompt, [1, 2, 3, 4, 5])  # type: ignore[arg-type]
