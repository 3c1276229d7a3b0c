"""Engines and models."""

from dataclasses import dataclass, field

from app.domain.engine_choice import EngineChoice, ModelKind, ModelRow
from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class EngineChosen(Event):
    """Use another engine."""

    name: str  #: "best", "default", "free", "classic", or the path of a model
    #: the model that propagates; "": a built-in engine does both, beside a model from a file it stays what it is
    propagation: str = ""
    kind: ModelKind | None = None  #: of the sequences that it is chosen for, None for this time only


@dataclass(frozen=True, slots=True)
class ModelsChosen(Event):
    """The annotator chooses models for a kind of sequences; they are loaded unless another kind is open."""

    choice: EngineChoice
    kind: ModelKind


@dataclass(frozen=True, slots=True)
class EngineAdvanced(Event):
    """Loading goes on."""

    name: str
    words: str  #: the step under way
    share: float  #: done, in [0, 1]


@dataclass(frozen=True, slots=True)
class EngineReady(Event):
    """The engine is loaded and warm."""

    name: str
    device: str
    choice: EngineChoice = field(default_factory=EngineChoice)
    kind: ModelKind | None = None  #: of the sequences that it was chosen for


@dataclass(frozen=True, slots=True)
class EngineFailed(Event):
    """The engine could not be loaded; the one in use stays in use."""

    name: str
    what: str  #: why, "" when it was cancelled


@dataclass(frozen=True, slots=True)
class EngineCancelled(Event):
    """The annotator does not want to wait for the engine that is being loaded."""


@dataclass(frozen=True, slots=True)
class EnginesRemembered(Event):
    """Choices of earlier starts: models for kinds of sequences, and the paths used last."""

    choices: tuple[tuple[ModelKind, EngineChoice], ...] = ()
    recent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelsRequested(Event):
    """List the models again."""


@dataclass(frozen=True, slots=True)
class ModelsListed(Event):
    """The models that are here or can be downloaded."""

    rows: tuple[ModelRow, ...]
    recent: tuple[str, ...] = ()  #: those of the paths used last that still lead to a model


@dataclass(frozen=True, slots=True)
class ModelDownloadRequested(Event):
    """Download a model of the catalogue."""

    name: str
    kind: ModelKind | None = None  #: of the sequences that it is to be used for once it is here


@dataclass(frozen=True, slots=True)
class ModelsImportRequested(Event):
    """Copy the models in a folder, beside a file or in a zip archive into the library."""

    path: str


@dataclass(frozen=True, slots=True)
class SiteLearningRequested(Event):
    """Tune the model that ships on the verified masks of all workspaces, and use what comes of it if it is better."""

    kind: ModelKind  #: of the sequences that it is to be used for


@dataclass(frozen=True, slots=True)
class TransferAdvanced(Event):
    """A download or an import goes on."""

    name: str
    words: str  #: the step under way
    done: int  #: bytes
    total: int  #: bytes, 0 while unknown


@dataclass(frozen=True, slots=True)
class TransferEnded(Event):
    """A download or an import is over."""

    name: str
    models: tuple[str, ...] = ()  #: names of those that are here now
    problems: tuple[str, ...] = ()  #: why others are not
    error: str = ""  #: why there is nothing, "" also when it was cancelled


@dataclass(frozen=True, slots=True)
class TransferCancelled(Event):
    """The annotator stops a download or an import; what has been downloaded is kept for later."""

    name: str
