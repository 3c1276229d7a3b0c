"""Requests to workers as types: which kind of worker they are for, and what they are answered with."""

from typing import Any, ClassVar, Generic, TypeVar, cast


class WorkerKind:
    """A kind of worker. A subclass names its role; requests and handles take it as a type parameter."""

    role: ClassVar[str]  #: "module:Class" of the Role that the process runs


KindT_contra = TypeVar("KindT_contra", bound=WorkerKind, contravariant=True)
ReplyT_co = TypeVar("ReplyT_co", covariant=True)
ProgressT_co = TypeVar("ProgressT_co", covariant=True)


class Request(Generic[KindT_contra, ReplyT_co, ProgressT_co]):
    """A request: a frozen dataclass derived from Request[kind of worker, reply, progress]."""

    __slots__ = ()
    #: Seconds without processor time or a sign of life, after which the worker counts as hung. Short where a click
    #: waits for work that never sleeps; a network drive or a web server may need the default.
    still_limit: ClassVar[float] = 60.0

    @classmethod
    def reply_type(cls) -> type[ReplyT_co]:
        """Return the type of the reply, as in the base class that the request names."""
        return cast("type[ReplyT_co]", _parameters(cls)[1])

    @classmethod
    def progress_type(cls) -> type[ProgressT_co]:
        """Return the type of each progress message."""
        return cast("type[ProgressT_co]", _parameters(cls)[2])


def _parameters(kind: Any) -> tuple[Any, ...]:
    parameters: tuple[Any, ...] = kind.__orig_bases__[0].__args__
    return parameters
