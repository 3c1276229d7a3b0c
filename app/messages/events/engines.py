"""Engines and models."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.domain.engine_choice import EngineChoice, ModelKind, ModelRow
from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class EngineChosen(Event):
    """Use another engine: "best", "classic", "default", or the path of a model.

    propagation: what carries masks; when empty, a built-in engine does it too, and beside a model from a file
    it stays what it is. kind: of the sequences that it is chosen for from now on, None for this time only.
    """

    name: str
    propagation: str = ""
    kind: ModelKind | None = None


@dataclass(frozen=True, slots=True)
class ModelsChosen(Event):
    """The annotator chooses models for a kind of sequences; they are loaded unless another kind is open."""

    choice: EngineChoice
    kind: ModelKind


@dataclass(frozen=True, slots=True)
class EngineAdvanced(Event):
    """Loading goes on. share: of what is done, in [0, 1]."""

    name: str
    words: str
    share: float


@dataclass(frozen=True, slots=True)
class EngineReady(Event):
    """The engine is loaded and warm. kind: of the sequences that it was chosen for."""

    name: str
    device: str
    choice: EngineChoice = field(default_factory=EngineChoice)
    kind: ModelKind | None = None


@dataclass(frozen=True, slots=True)
class EngineFailed(Event):
    """The engine could not be loaded; the one in use stays in use. what: empty when somebody stopped it."""

    name: str
    what: str


@dataclass(frozen=True, slots=True)
class EngineCancelled(Event):
    """The annotator does not want to wait for the engine that is being loaded."""


@dataclass(frozen=True, slots=True)
class EnginesRemembered(Event):
    """What was chosen before this start: models for kinds of sequences, and the paths used last."""

    choices: tuple[tuple[ModelKind, EngineChoice], ...] = ()
    recent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelsRequested(Event):
    """Look again at what models there are."""


@dataclass(frozen=True, slots=True)
class ModelsListed(Event):
    """The models that there are or could be, and those of the paths used last that still lead to one."""

    rows: tuple[ModelRow, ...]
    recent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelDownloadRequested(Event):
    """Fetch a model of the catalogue. kind: of the sequences that it is to be used for once it is here."""

    name: str
    kind: ModelKind | None = None


@dataclass(frozen=True, slots=True)
class ModelsImportRequested(Event):
    """Copy the models in a folder, beside a file or in a zip archive into the library."""

    path: str


@dataclass(frozen=True, slots=True)
class TransferAdvanced(Event):
    """A download or an import goes on. done, total: bytes; total is 0 while unknown."""

    name: str
    words: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class TransferEnded(Event):
    """A download or an import is over. models: that are here now; problems: why others are not.

    error: why there is nothing; empty too when somebody stopped it.
    """

    name: str
    models: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class TransferCancelled(Event):
    """The annotator stops a download or an import; what has been downloaded is kept for later."""

    name: str
