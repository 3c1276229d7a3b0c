"""Choices of engines and models. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

BUILT_IN: Final = ("best", "default", "free", "classic")
ENGINES: Final = "framewise.engines"  # entry points of other packages: functions (device, threads) -> Engine
RECENT_KEPT = 10  # paths, chosen by hand

ModelKind = Literal["video", "volume"]
"""Kind of sequences that models are chosen for: videos, folders and images, or scans."""

WeightTerms = Literal["", "research", "commercial", "makers"]
"""Use that a model's weights permit: not known or no weights, research and the like alone, any, what its makers say."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """The two models of an engine; each is "best", "default", "free", "classic", or a path."""

    click: str = "best"  #: answers clicks
    propagation: str = "best"  #: propagates masks


Choices = Mapping[ModelKind, EngineChoice]


@dataclass(frozen=True, slots=True)
class EngineLoad:
    """An engine being loaded."""

    name: str
    words: str = ""  #: the step under way
    share: float = 0.0  #: done, in [0, 1]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model in the list of models."""

    name: str
    title: str
    use: str
    architecture: str
    click: str  #: what to choose for clicks, "" when it has none or it is not here
    propagation: str  #: what to choose for propagation, "" when it has none or it is not here
    size: int = 0  #: bytes, an estimate while it is not here
    packages: tuple[str, ...] = ()  #: to be downloaded first
    terms: WeightTerms = ""  #: what its weights may be used for

    @property
    def is_ready(self) -> bool:
        """Whether it can be used; while its click model is still to be downloaded it cannot."""
        return bool(self.click) or not self.packages

    def choice_beside(self, used: EngineChoice) -> EngineChoice:
        """Return the choice that uses it; a model that it lacks stays the one in use, whose terms were chosen."""
        return EngineChoice(self.click or used.click, self.propagation or used.propagation)

    def is_used(self, choice: EngineChoice) -> bool:
        """Whether a choice uses all that it has."""
        return self.is_ready and self.choice_beside(choice) == choice


SITE_TITLE: Final = "This site"  # begins the titles of tuned models
SITE_LEARNING: Final = "site learning"
"""Name of the Transfer that tunes the model that ships on verified masks; its done and total are no bytes."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A download, an import, or the tuning of models."""

    name: str  #: of a ModelRow, the path that is imported, or SITE_LEARNING
    words: str = ""  #: the step under way, "" while it waits for its turn
    done: int = 0  #: bytes
    total: int = 0  #: bytes, 0 while unknown


def model_kind(kind: str) -> ModelKind:
    """Return the kind of models for a kind of sequence."""
    return "volume" if kind == "volume" else "video"


def with_recent(known: tuple[str, ...], *names: str) -> tuple[str, ...]:
    """Return the paths of models used last, newest first, with some used now."""
    newest = [name for name in names if name not in BUILT_IN]
    return tuple(dict.fromkeys([*newest, *known]))[:RECENT_KEPT]
