"""Which models are in use. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

BUILT_IN: Final = ("best", "default", "classic")
RECENT_KEPT = 10

ModelKind = Literal["video", "volume"]
"""Kinds of sequences that models are chosen for: moving pictures of all sorts, and scans."""


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """The two halves of an engine: what answers clicks, and what carries masks to other frames.

    Each is "best", "default", "classic", or the path of a model.
    """

    click: str = "best"
    propagation: str = "best"


Choices = Mapping[ModelKind, EngineChoice]


@dataclass(frozen=True, slots=True)
class EngineLoad:
    """An engine being loaded. share: of what is done, in [0, 1]."""

    name: str
    words: str = ""
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model in the list of models.

    click, propagation: what to choose, "" for what is not here. size: bytes, about while it is not here.
    packages: what has to be downloaded first.
    """

    name: str
    title: str
    use: str
    architecture: str
    click: str
    propagation: str
    size: int = 0
    packages: tuple[str, ...] = ()

    @property
    def choice(self) -> EngineChoice | None:
        """What using it means, None while its click model is not here.

        Its masks are carried by the model that ships while its own propagation model is not here.
        """
        return EngineChoice(self.click, self.propagation or BUILT_IN[0]) if self.click else None


@dataclass(frozen=True, slots=True)
class Transfer:
    """A download or an import. name: of a ModelRow, or the path that is imported. total: 0 while unknown.

    words: what is being done, "" while it waits for its turn; done, total: in bytes.
    """

    name: str
    words: str = ""
    done: int = 0
    total: int = 0


def model_kind(kind: str) -> ModelKind:
    """The kind of models for a kind of sequence."""
    return "volume" if kind == "volume" else "video"


def with_recent(known: tuple[str, ...], *names: str) -> tuple[str, ...]:
    """Return the paths of models used last, newest first, with some used now."""
    newest = [name for name in names if name not in BUILT_IN]
    return tuple(dict.fromkeys([*newest, *known]))[:RECENT_KEPT]
