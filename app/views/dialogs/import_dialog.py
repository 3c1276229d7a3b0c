"""The dialog that shows what an import would change, before anything does."""

from collections.abc import Callable
from pathlib import PurePath

import dearpygui.dearpygui as dpg

from app.messages.events import Event, MasksImportCancelled, MasksImportConfirmed
from app.messages.snapshot import ImportPreview, Snapshot
from app.views.dialogs.dialogs import Dialog, Dialogs
from app.views.toolkit.theme import Themes
from app.views.toolkit.theme_colors import MUTED, WARNING
from app.views.toolkit.widgets import ChangeTracker


class ImportDialog(Dialog):
    """Shows the format, what goes to which label, and warnings. post: sends an event to the Session."""

    def __init__(self, dialogs: Dialogs, themes: Themes, post: Callable[[Event], None]) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "Import", (sizes(560), sizes(380)), themes)
        self._post = post
        self._changes = ChangeTracker()
        self._wrap = sizes(520)
        self._body = int(dpg.add_child_window(parent=self.window, border=False, height=-sizes(44)))
        self.add_buttons(("Import   Enter", 180, self.accept), ("Cancel   Esc", 140, self.cancel))

    def ask_if_new(self, snapshot: Snapshot) -> None:
        """Show an import that waits; called in every frame."""
        preview = snapshot.tasks.import_preview
        if not self._changes.is_new("preview", preview):
            return
        if preview is not None:
            self._fill(preview)
            self.open()
        elif self.is_open:
            self.close()

    def accept(self) -> None:
        self.close()
        self._post(MasksImportConfirmed())

    def cancel(self) -> None:
        """Change nothing."""
        self.close()
        self._post(MasksImportCancelled())

    def _fill(self, preview: ImportPreview) -> None:
        dpg.delete_item(self._body, children_only=True)
        dpg.add_text(preview.title, parent=self._body, wrap=self._wrap)
        dpg.add_text(PurePath(preview.path).name, parent=self._body, color=MUTED, wrap=self._wrap)
        dpg.add_spacer(height=8, parent=self._body)
        for line in preview.lines:
            dpg.add_text(line, parent=self._body, wrap=self._wrap)
        for warning in preview.warnings:
            dpg.add_text(warning, parent=self._body, color=WARNING, wrap=self._wrap)
