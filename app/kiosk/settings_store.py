"""Settings bound to their file: what the views choose is saved at once. Main thread only."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, Literal

from app.config.setting_field import check_path, default_of, info_of
from app.config.setting_titles import place_of_setting, title_of
from app.config.settings import UNKNOWN, UNKNOWN_PIN, Settings
from app.config.settings_file import load_settings, save_settings
from app.domain.errors import FramewiseError
from app.messages.events import View3DChanged, ViewChanged
from app.messages.events.worklist import WorklistSorted
from app.messages.snapshot import Snapshot
from app.views.dialogs.settings_editor import SettingRow, Value
from app.views.toolkit.layout import PaneSizes
from app.views.toolkit.preferences import Preferences

# Settings that are fields of View by the same name.
_OF_VIEW: Final = (
    "threshold", "opacity", "click_radius", "prefetch", "stop_at_cuts", "tidy", "tile_height", "review_order",
    "wheel_steps",
)  # fmt: skip


class SettingsStore:
    """The settings in use and the file that they are saved to."""

    def __init__(self, settings: Settings, path: Path) -> None:
        self.settings, self.path = settings, path
        #: Called with what is wrong when the file cannot be written; the program goes on with what was chosen.
        self.on_failure: Callable[[str], None] = lambda text: None

    def preferences(self) -> Preferences:
        """Return what the views begin with."""
        known = self.settings
        return Preferences(
            preset=known.preset,
            chords=dict(known.chords),
            recent=tuple(Path(path) for path in known.recent),
            models=known.models,
            choices=known.choices,
            kind=known.model_kind,
            autosave=known.autosave,
            panes=PaneSizes(
                known.side_width,
                known.timeline_height,
                known.beside_share,
                known.settings_height,
                known.second_share,
            ),
            export_folder=known.exports_folder,
            operators=known.operators,
            pin=known.exit_pin,
        )

    def save_preferences(self, chosen: Preferences) -> None:
        """Save what the views have changed."""
        # A PIN whose hash cannot be read stays as it is: it would be refused as a new one.
        pin = {"exit_pin": chosen.pin} if chosen.pin != self.settings.exit_pin else {}
        self._try_to_save(
            **pin,
            preset=chosen.preset,
            chords=dict(chosen.chords),
            recent=tuple(str(path) for path in chosen.recent),
            models=chosen.models,
            last_kind=chosen.kind,
            **self._models(chosen),
            autosave=chosen.autosave,
            side_width=chosen.panes.side,
            timeline_height=chosen.panes.timeline,
            beside_share=chosen.panes.beside,
            settings_height=chosen.panes.settings,
            second_share=chosen.panes.second,
            export_folder=str(chosen.export_folder or ""),
            operators=chosen.operators,
        )

    def _models(self, chosen: Preferences) -> dict[str, dict[str, str]]:
        """Return the choices that differ from what the settings mean by themselves."""
        known = dict(self.settings.choices)
        differing = {kind: choice for kind, choice in chosen.choices if choice != known.get(kind)}
        return {
            "engines": {**self.settings.engines, **{kind: c.click for kind, c in differing.items()}},
            "propagations": {
                **self.settings.propagations,
                **{kind: c.propagation for kind, c in differing.items()},
            },
        }

    def view_events(self) -> tuple[ViewChanged, View3DChanged, WorklistSorted]:
        """Return how masks and the worklist were shown the last time."""
        known = self.settings
        return (
            ViewChanged(**{name: getattr(known, name) for name in _OF_VIEW}),
            View3DChanged(shown=known.solid_shown, opacity=known.solid_opacity),
            WorklistSorted("name" if known.worklist_order == "name" else "arrival"),
        )

    def save_view(self, snapshot: Snapshot) -> None:
        """Save how masks are made and shown now, and who works."""
        view, view3d = snapshot.view, snapshot.view3d
        self._try_to_save(
            **{name: getattr(view, name) for name in _OF_VIEW},
            solid_shown=view3d.shown,
            solid_opacity=view3d.opacity,
            operator=snapshot.operator,
            worklist_order=snapshot.worklist.sorting,
        )

    def rows(self) -> tuple[SettingRow, ...]:
        """Return the settings that a person can read and change one by one."""
        found = []
        for item in fields(Settings):
            value = getattr(self.settings, item.name)
            if item.name == UNKNOWN or not isinstance(value, bool | int | float | str):
                continue
            info = info_of(item)
            if info.applies != "elsewhere":
                group, title = title_of(item.name)
                picks: Literal["", "file", "folder"] = "file" if item.name.endswith("_file") else "folder"
                found.append(
                    SettingRow(
                        item.name,
                        info.text,
                        value,
                        info.choices,
                        info.applies == "at once",
                        group,
                        title,
                        default_of(item),
                        picks if info.check is check_path else "",
                    )
                )
        return tuple(sorted(found, key=lambda row: place_of_setting(row.name)))

    def change_setting(self, name: str, value: Value) -> str:
        """Save one setting; return what is wrong with the value, "" when nothing is."""
        try:
            self._save(**{name: value})
        except FramewiseError as error:
            return str(error)
        return ""

    def _try_to_save(self, **changes: Any) -> None:
        try:
            self._save(**changes)
        except FramewiseError as error:
            self.settings = self.settings.replace(**changes)
            self.on_failure(str(error))

    def _save(self, **changes: Any) -> None:
        """Change the file as it is now, since another program or person may have written to it."""
        found, problems = load_settings(self.path)
        base = self.settings if problems else found
        changed = base.replace(**changes)
        # A kiosk that is locked since its file cannot be read leaves that as it is, so that it can be mended.
        is_locked_out = bool(problems) and changed.exit_pin == UNKNOWN_PIN
        if not is_locked_out and (changed != base or not self.path.exists()):
            save_settings(changed, self.path)
        self.settings = changed
