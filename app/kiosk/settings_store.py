"""Between the settings file and the views: what they choose is saved at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from app.config.settings import Settings, load, save
from app.domain.errors import FramewiseError
from app.messages.events import View3DChanged, ViewChanged
from app.messages.events.worklist import WorklistSorted
from app.messages.snapshot import Snapshot
from app.views.dialogs.settings_editor import SettingRow, Value
from app.views.toolkit.preferences import Preferences


class SettingsStore:
    """The settings and the file that they lie in.

    complain: told when the file cannot be written; the program goes on with what was chosen.
    """

    def __init__(self, settings: Settings, path: Path) -> None:
        self.settings, self._path = settings, path
        self.complain: Callable[[str], None] = lambda text: None

    def preferences(self) -> Preferences:
        """What the views begin with."""
        known = self.settings
        return Preferences(
            preset=known.preset,
            chords=dict(known.chords),
            recent=tuple(Path(path) for path in known.recent),
            models=known.models,
            choices=known.choices,
            kind=known.model_kind,
            autosave=known.autosave,
            export_folder=Path(known.export_folder) if known.export_folder else None,
            operators=known.operators,
            pin=known.exit_pin,
        )

    def keep(self, chosen: Preferences) -> None:
        """Save what the views have changed."""
        self._try(
            preset=chosen.preset,
            chords=dict(chosen.chords),
            recent=tuple(str(path) for path in chosen.recent),
            models=chosen.models,
            last_kind=chosen.kind,
            **self._models(chosen),
            autosave=chosen.autosave,
            export_folder=str(chosen.export_folder or ""),
            operators=chosen.operators,
            exit_pin=chosen.pin,
        )

    def _models(self, chosen: Preferences) -> dict[str, dict[str, str]]:
        """The choices that differ from what the settings mean by themselves."""
        known = dict(self.settings.choices)
        differing = {kind: choice for kind, choice in chosen.choices if choice != known.get(kind)}
        return {
            "engines": {**self.settings.engines, **{kind: c.click for kind, c in differing.items()}},
            "propagations": {
                **self.settings.propagations,
                **{kind: c.propagation for kind, c in differing.items()},
            },
        }

    def view(self) -> ViewChanged:
        """How masks were made and drawn the last time."""
        known = self.settings
        return ViewChanged(known.threshold, known.opacity, known.click_radius, prefetch=known.prefetch)

    def sorting(self) -> WorklistSorted:
        """In which order the worklist was shown the last time."""
        return WorklistSorted("name" if self.settings.worklist_order == "name" else "arrival")

    def solid(self) -> View3DChanged:
        """Whether and how masks were shown in 3D the last time."""
        return View3DChanged(shown=self.settings.solid_shown, opacity=self.settings.solid_opacity)

    def remember(self, snapshot: Snapshot) -> None:
        """Save how masks are made and drawn now, and who works."""
        view, solid = snapshot.view, snapshot.view3d
        self._try(
            threshold=view.threshold,
            opacity=view.opacity,
            click_radius=view.click_radius,
            prefetch=view.prefetch,
            solid_shown=solid.shown,
            solid_opacity=solid.opacity,
            operator=snapshot.operator,
            worklist_order=snapshot.sorting,
        )

    def options(self) -> tuple[SettingRow, ...]:
        """The settings that a person can read and change one by one."""
        found = []
        for item in fields(Settings):
            value = getattr(self.settings, item.name)
            about: Mapping[str, Any] = item.metadata
            if isinstance(value, bool | int | float | str) and about["edited"] != "elsewhere":
                is_live = about["edited"] == "at once"
                found.append(SettingRow(item.name, about["text"], value, about["choices"], is_live))
        return tuple(found)

    def change(self, name: str, value: Value) -> str:
        """Save one setting; return what is wrong with the value, "" when nothing is."""
        try:
            self._save(**{name: value})
        except FramewiseError as error:
            return str(error)
        return ""

    def _try(self, **changes: Any) -> None:
        try:
            self._save(**changes)
        except FramewiseError as error:
            self.settings = self.settings.replace(**changes)
            self.complain(str(error))

    def _save(self, **changes: Any) -> None:
        """Change the file as it is now: another hand may have written to it."""
        found, problems = load(self._path)
        base = self.settings if problems else found
        changed = base.replace(**changes)
        if changed != base or not self._path.exists():
            save(changed, self._path)
        self.settings = changed
