"""The list of models: those of the library, the ones in use, and downloads."""

from collections.abc import Callable

import dearpygui.dearpygui as dpg

from app.domain.engine_choice import EngineChoice, ModelKind, ModelRow, model_kind
from app.messages import events as e
from app.messages.snapshot import Snapshot
from app.views.dialogs.dialogs import Dialogs
from app.views.dialogs.folder_listing import format_size
from app.views.dialogs.list_dialog import Keys, ListDialog
from app.views.dialogs.model_texts import KINDS, advice_on, progress_of, rows_of, state_of, transfer_of
from app.views.toolkit import theme_colors as p
from app.views.toolkit.theme import Themes
from app.views.toolkit.virtual_list import Row, RowList
from app.views.toolkit.widgets import ChangeTracker, bind_theme, callback, value_callback

_KINDS_BY_TITLE: dict[str, ModelKind] = {words.capitalize(): kind for kind, words in KINDS.items()}


class ModelsDialog(ListDialog[ModelRow]):
    """A list of models; Enter uses one, after downloading it where that is needed.

    browse: asks for a file or folder, to import it (True) or to use it in place (False).
    """

    VISIBLE = 11

    def __init__(
        self,
        dialogs: Dialogs,
        themes: Themes,
        post: Callable[[e.Event], None],
        browse: Callable[[bool], None],
    ) -> None:
        sizes = dialogs.sizes
        super().__init__(dialogs, "Models", (sizes(1000), sizes(580)), themes)
        self._post, self._browse = post, browse
        self._snapshot = Snapshot()
        self._kind: ModelKind = "video"
        self._changes = ChangeTracker()
        with dpg.group(parent=self.window, horizontal=True, horizontal_spacing=sizes(12)):
            dpg.add_text("Use for", color=p.MUTED)
            self._kinds = int(
                dpg.add_radio_button(
                    list(_KINDS_BY_TITLE), horizontal=True, callback=value_callback(self._choose_kind)
                )
            )
            self._in_use = int(dpg.add_text("", color=p.GOOD))
        with dpg.group(parent=self.window, horizontal=True):
            self._button = int(dpg.add_button(label="Use", width=sizes(200), callback=callback(self.accept)))
            bind_theme(self._button, themes.primary)
            self._fetch = int(dpg.add_button(label="Download (D)", callback=callback(self.download_model)))
            dpg.add_button(label="Import… (I)", callback=callback(lambda: browse(True)))
            dpg.add_button(label="Open a file… (O)", callback=callback(lambda: browse(False)))
            self._learn = int(
                dpg.add_button(label="Learn from this site (L)", callback=callback(self.learn_site))
            )
            dpg.add_button(label="Close", callback=callback(self.close))
        dpg.add_spacer(height=sizes(4), parent=self.window)
        widths = (sizes(240), sizes(200), 0, sizes(70), sizes(170))
        self._list = RowList(self.window, sizes, self.VISIBLE, widths, self.accept, chosen=self._explain)
        self._advice = int(dpg.add_text("", parent=self.window, color=p.MUTED, wrap=0))
        with dpg.group(parent=self.window, horizontal=True, show=False) as bar:
            dpg.add_button(label="Stop (X)", callback=callback(self.stop_download))
            self._progress = int(dpg.add_progress_bar(width=-1))
        self._bar = int(bar)

    @property
    def row(self) -> ModelRow | None:
        """The chosen row."""
        return self._list.value

    @property
    def kind(self) -> ModelKind:
        """The kind of sequences to choose a model for."""
        return self._kind

    def show(self) -> None:
        """Open on the model in use, for the kind of the open sequence."""
        info = self._snapshot.sequence.info
        self._choose_kind(KINDS[model_kind(info.kind) if info is not None else self._kind].capitalize())
        self._post(e.ModelsRequested())
        rows = rows_of(self._snapshot)
        used = self._snapshot.models.choice
        self._fill(next((n for n, row in enumerate(rows) if row.is_used(used)), 0))
        self.open()

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the state."""
        self._snapshot = snapshot
        if not self.is_open:
            return
        shown = (
            snapshot.models.rows,
            snapshot.models.recent,
            snapshot.models.transfers,
            snapshot.models.choice,
        )
        if self._changes.is_new("rows", (*shown, snapshot.models.choices, snapshot.models.loading)):
            self._fill(self._place())

    def accept(self) -> None:
        """Use the chosen model, after downloading it where that is needed."""
        row = self.row
        if row is None:
            return
        if row.is_ready:
            used = self._snapshot.models.choice_for(self._kind)
            self._post(e.ModelsChosen(row.choice_beside(used), self._kind))
        else:
            self.download_model()

    def download_model(self) -> None:
        """Download the missing files of the chosen model."""
        row = self.row
        if row is not None and row.packages:
            self._post(e.ModelDownloadRequested(row.name, self._kind))

    def learn_site(self) -> None:
        """Tune the model that ships on the verified masks of all sequences."""
        self._post(e.SiteLearningRequested(self._kind))

    def stop_download(self) -> None:
        """Stop what is under way: the loading, the chosen model's download, or else the first."""
        if self._snapshot.models.loading is not None:
            self._post(e.EngineCancelled())
            return
        transfers = self._snapshot.models.transfers
        chosen = transfer_of(self.row.name, transfers) if self.row is not None else None
        if transfers:
            self._post(e.TransferCancelled((chosen or transfers[0]).name))

    @property
    def keys(self) -> Keys:
        return {
            "D": self.download_model,
            "X": self.stop_download,
            "L": self.learn_site,
            "B": self.use_shipped,
            "I": lambda: self._browse(True),
            "O": lambda: self._browse(False),
            "Tab": self._turn_kind,
        }

    def use_shipped(self) -> None:
        """Go back to the model that ships; from the free weights, or what was tuned from them, to these."""
        models = self._snapshot.models
        used = models.choice_for(self._kind)
        terms = next((row.terms for row in models.rows if row.is_used(used)), "")
        is_free = terms == "commercial" or "free" in (used.click, used.propagation)
        self._post(e.ModelsChosen(EngineChoice("free", "free") if is_free else EngineChoice(), self._kind))

    def _turn_kind(self) -> None:
        titles = list(_KINDS_BY_TITLE)
        place = titles.index(KINDS[self._kind].capitalize())
        self._choose_kind(titles[(place + 1) % len(titles)])

    def _choose_kind(self, title: str) -> None:
        self._kind = _KINDS_BY_TITLE[title]
        dpg.set_value(self._kinds, title)
        self._explain()

    def _place(self) -> int:
        """Return the present number of the chosen row."""
        name = self.row.name if self.row is not None else ""
        return next((n for n, row in enumerate(rows_of(self._snapshot)) if row.name == name), 0)

    def _fill(self, chosen: int) -> None:
        rows = []
        for row in rows_of(self._snapshot):
            state, color = state_of(row, self._snapshot)
            size = format_size(row.size) if row.size else ""
            rows.append(Row((row.title, row.use, row.architecture, size, state), row, color))
        self._list.set_rows(rows, chosen)
        snapshot = self._snapshot
        dpg.set_value(
            self._in_use,
            f"In use: {snapshot.models.engine} on {snapshot.models.device}" if snapshot.models.engine else "",
        )
        working = progress_of(snapshot)
        dpg.configure_item(self._bar, show=working is not None)
        if working is not None:
            dpg.set_value(self._progress, working[1])
            dpg.configure_item(self._progress, overlay=working[0])

    def _explain(self) -> None:
        row = self.row
        if row is None:
            return
        dpg.set_value(self._advice, advice_on(row, self._kind))
        dpg.set_item_label(self._button, "Use" if row.is_ready else "Download and use")
        dpg.configure_item(self._fetch, show=bool(row.packages) and row.is_ready)
