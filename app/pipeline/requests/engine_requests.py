"""Requests about engines: to the segmenter and the propagator, which run them, and to the preparer."""

from dataclasses import dataclass

from app.pipeline.workers.request import Request, WorkerKind


class EngineKind(WorkerKind):
    """A worker that runs one half of an engine."""


class PreparerKind(WorkerKind):
    """Checks, tries and optimises models while the one in use goes on answering."""

    role = "app.pipeline.roles.preparer:PreparerRole"


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """Step under way with a model."""

    words: str
    share: float  #: how much of it is done, in [0, 1]


@dataclass(frozen=True, slots=True)
class LoadEngineReply:
    """The engine that was loaded, which for "best" is the one that was chosen."""

    name: str
    device: str


@dataclass(frozen=True, slots=True)
class LoadEngineRequest(Request[EngineKind, LoadEngineReply, LoadProgress]):
    """Load an engine in place of the present one. Raises ModelError; then the present one stays."""

    name: str  #: a built-in engine or the path of a model
    device: str  #: "auto", "cpu" or "gpu"
    threads: int  #: 0 for all cores


@dataclass(frozen=True, slots=True)
class PrepareModelRequest(Request[PreparerKind, None, LoadProgress]):
    """Make a model file ready to be loaded. Raises ModelError."""

    name: str
    device: str
    threads: int
