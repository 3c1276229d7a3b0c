"""What the annotator chose, and who keeps it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.domain.engine_choice import EngineChoice, ModelKind

MOST_RECENT = 15


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the next start should know.

    chords: what differs from the preset, by action id. recent: sequences, newest first; models likewise.
    choices: models for kinds of sequences; kind: of the last one.
    pin: hash of the PIN for leaving the kiosk, "" for none.
    """

    preset: str = "eiseg"
    chords: Mapping[str, str] = field(default_factory=dict)
    recent: tuple[Path, ...] = ()
    models: tuple[str, ...] = ()
    choices: tuple[tuple[ModelKind, EngineChoice], ...] = ()
    kind: ModelKind = "video"
    autosave: bool = False
    export_folder: Path | None = None
    operators: tuple[str, ...] = ()
    pin: str = ""

    def with_recent(self, path: Path) -> Preferences:
        """Return these with a sequence opened last."""
        others = tuple(known for known in self.recent if known != path)
        return replace(self, recent=(path, *others)[:MOST_RECENT])

    def with_operator(self, name: str) -> Preferences:
        """Return these with a name that worked last."""
        others = tuple(known for known in self.operators if known != name)
        return replace(self, operators=(name, *others)[:MOST_RECENT])


class PreferenceStore:
    """Holds the preferences and saves every change at once."""

    def __init__(self, current: Preferences, save: Callable[[Preferences], None]) -> None:
        self.current, self._save = current, save

    def save(self, preferences: Preferences) -> None:
        """Take and save other preferences."""
        self.current = preferences
        self._save(preferences)

    def update(self, **changes: Any) -> None:
        """Change some fields and save."""
        self.save(replace(self.current, **changes))
