"""The choices of the annotator that the views keep for the next start. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.domain.engine_choice import EngineChoice, ModelKind
from app.views.toolkit.layout import PaneSizes

MOST_RECENT = 15  # sequences or names in a list of recent ones; chosen by hand


@dataclass(frozen=True, slots=True)
class Preferences:
    """Choices to keep."""

    preset: str = "eiseg"
    chords: Mapping[str, str] = field(default_factory=dict)  #: that differ from the preset, by action id
    recent: tuple[Path, ...] = ()  #: sequences opened last, newest first
    models: tuple[str, ...] = ()  #: models used last, newest first
    choices: tuple[tuple[ModelKind, EngineChoice], ...] = ()  #: models for each kind of sequences
    kind: ModelKind = "video"  #: of the sequence worked on last
    autosave: bool = False
    panes: PaneSizes = PaneSizes()
    export_folder: Path | None = None
    operators: tuple[str, ...] = ()
    pin: str = ""  #: hash of the PIN for leaving the kiosk, "" for none

    def with_recent(self, path: Path) -> Preferences:
        """Return preferences with this sequence as the most recent one."""
        others = tuple(known for known in self.recent if known != path)
        return replace(self, recent=(path, *others)[:MOST_RECENT])

    def with_operator(self, name: str) -> Preferences:
        """Return preferences with this name as the most recent operator."""
        others = tuple(known for known in self.operators if known != name)
        return replace(self, operators=(name, *others)[:MOST_RECENT])


class PreferenceStore:
    """The preferences in use; every change is saved at once."""

    def __init__(self, current: Preferences, save: Callable[[Preferences], None]) -> None:
        self.current, self._save = current, save

    def save(self, preferences: Preferences) -> None:
        """Replace the preferences and save them."""
        self.current = preferences
        self._save(preferences)

    def update(self, **changes: Any) -> None:
        """Change some fields and save."""
        self.save(replace(self.current, **changes))
