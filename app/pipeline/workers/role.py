"""The base class of roles, and their dispatch by the type of the request. Runs in the worker process."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from app.domain.errors import UsageError
from app.pipeline.workers.message_codec import from_plain
from app.pipeline.workers.request import Request

if TYPE_CHECKING:
    from app.pipeline.workers.job_context import JobContext

ReplyT = TypeVar("ReplyT")
ProgressT = TypeVar("ProgressT")
RequestT = TypeVar("RequestT", bound=Request[Any, Any, Any])
Handler = Callable[[Any, RequestT, "JobContext[ProgressT]"], ReplyT]

_MARK = "handled_request"


def handles(
    request: type[Request[Any, ReplyT, ProgressT]],
) -> Callable[[Handler[RequestT, ProgressT, ReplyT]], Handler[RequestT, ProgressT, ReplyT]]:
    """Mark a method of a role as the handler of a request."""

    def mark(method: Handler[RequestT, ProgressT, ReplyT]) -> Handler[RequestT, ProgressT, ReplyT]:
        setattr(method, _MARK, request)
        return method

    return mark


class Role:
    """The work of one worker process. Made without arguments in the process; jobs come one at a time.

    A method marked with handles(Request) takes (request, context) and returns the reply. A FramewiseError that it
    raises reaches the caller as it is, any other exception as WorkerError.
    """

    #: The request that ends its start, None when the role starts by being made. Until then the worker keeps the
    #: priority of a start: a busy machine would take minutes to load an engine at that of background work.
    setup_request: ClassVar[type[Request[Any, Any, Any]] | None] = None
    handlers: ClassVar[
        dict[str, tuple[type[Any], str]]
    ] = {}  #: type of request and method by the type's name

    def __init_subclass__(cls) -> None:
        own = {
            request.__name__: (request, name)
            for name, method in vars(cls).items()
            if (request := getattr(method, _MARK, None)) is not None
        }
        cls.handlers = {**cls.handlers, **own}

    def handle(self, name: str, body: object, context: JobContext[Any]) -> object:
        """Do one job, given by its request's name and fields, and return the reply.

        Raises UsageError for a request that the role does not handle.
        """
        if name not in self.handlers:
            raise UsageError(f"The {type(self).__name__} does not handle this request.", subject=name)
        kind, method = self.handlers[name]
        return getattr(self, method)(from_plain(kind, body), context)

    def close(self) -> None:
        """Release what the role holds; called when the worker is asked to quit, not when it is killed."""


def load_role(name: str) -> type[Role]:
    """Return the class of a role, given as "module:Class". Raises UsageError when there is none."""
    module, _, attribute = name.partition(":")
    kind = getattr(importlib.import_module(module), attribute, None) if attribute else None
    if not (isinstance(kind, type) and issubclass(kind, Role)):
        raise UsageError("There is no such role.", subject=name)
    return kind
