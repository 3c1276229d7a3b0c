"""The commands about models; the models in use are saved for the next start."""

from collections.abc import Callable
from pathlib import Path

from app.domain.engine_choice import model_kind
from app.messages import events as e
from app.views.dialogs.file_browser import DialogRequest
from app.views.dialogs.models_dialog import ModelsDialog
from app.views.input.file_commands import FileCommands
from app.views.toolkit.preferences import PreferenceStore
from app.views.toolkit.widgets import ChangeTracker
from app.views.workbench import Workbench

_MODEL_FILES = frozenset({".pdiparams", ".pdmodel"})
_IMPORTED = _MODEL_FILES | {".zip"}


class ModelCommands:
    """Opens the list of models and its file dialogs."""

    def __init__(self, bench: Workbench, preferences: PreferenceStore, files: FileCommands) -> None:
        self._bench, self._preferences, self._files = bench, preferences, files
        self._changes = ChangeTracker()
        self.window = ModelsDialog(bench.dialogs, bench.themes, bench.post, self._browse)

    def commands(self) -> dict[str, Callable[[], object]]:
        """Return the commands by action id."""
        return {
            "model.open": self.window.show,
            "model.import": lambda: self._browse(True),
            "model.learn": self._learn_site,
            "model.shipped": self.window.use_shipped,
        }

    def tick(self) -> None:
        """Update the list and save what was chosen; called in every frame."""
        snapshot = self._bench.snapshot
        if self._changes.is_new("revision", snapshot.revision):
            self.window.refresh(snapshot)
        info = snapshot.sequence.info
        kept = self._preferences.current
        kind = model_kind(info.kind) if info is not None else kept.kind
        chosen = (snapshot.models.choices, snapshot.models.recent, kind)
        is_new = snapshot.models.engine and self._changes.is_new("chosen", chosen)
        if is_new and chosen != (kept.choices, kept.models, kept.kind):
            self._preferences.update(
                choices=snapshot.models.choices, models=snapshot.models.recent, kind=kind
            )

    def _browse(self, is_import: bool) -> None:
        here = self._files.start_folder()
        if is_import:
            request = DialogRequest(
                "Import models from a folder, a model file or a zip", "any", here, _IMPORTED
            )
            self._files.browse(request, self._import)
        else:
            self._files.browse(DialogRequest("Open a model", "file", here, _MODEL_FILES), self._use)

    def _import(self, path: Path) -> None:
        self._bench.post(e.ModelsImportRequested(str(path)))
        self.window.show()

    def _learn_site(self) -> None:
        self.window.show()
        self.window.learn_site()

    def _use(self, path: Path) -> None:
        info = self._bench.snapshot.sequence.info
        kind = model_kind(info.kind) if info is not None else self.window.kind
        self._bench.post(e.EngineChosen(str(path), kind=kind))
        self.window.show()
