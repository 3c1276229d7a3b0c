"""What a role is, and where each one lives."""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final

from app.domain.errors import UsageError

if TYPE_CHECKING:
    from app.pipeline.workers.job_context import JobContext

ROLES: Final = {
    "decoder": "app.pipeline.roles.decoder:DecoderRole",
    "segmenter": "app.pipeline.roles.segmenter:SegmenterRole",
    "propagator": "app.pipeline.roles.propagator:PropagatorRole",
    "preparer": "app.pipeline.roles.preparer:PreparerRole",
    "library": "app.pipeline.roles.library_role:LibraryRole",
    "exchange": "app.pipeline.roles.exchange:ExchangeRole",
    "renderer": "app.pipeline.roles.renderer:RendererRole",
}


class Role(ABC):
    """The work of one worker process. Made without arguments in the process; jobs come one at a time."""

    name: ClassVar[str]

    @abstractmethod
    def handle(self, verb: str, body: dict[str, Any], context: JobContext) -> dict[str, Any] | None:
        """Do one job and return the body of its reply.

        A FramewiseError reaches the caller as it is, any other exception as WorkerError. A long job calls
        context.progress, context.check_cancelled or context.beat now and then, else it counts as hung.
        """

    def close(self) -> None:  # noqa: B027 - most roles hold nothing
        """Release what the role holds; called when the worker is asked to quit, not when it is killed."""


def load_role(name: str) -> type[Role]:
    """The class of a role, given by its name or as "module:Class". Raises UsageError when there is none."""
    module, _, attribute = ROLES.get(name, name).partition(":")
    kind = getattr(importlib.import_module(module), attribute, None) if attribute else None
    if not (isinstance(kind, type) and issubclass(kind, Role)):
        raise UsageError("There is no such role.", subject=name)
    return kind
