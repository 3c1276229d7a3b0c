"""The texts of the list of models. Pure."""

from collections.abc import Iterable
from pathlib import Path

from app.domain.annotation import Color
from app.domain.engine_choice import (
    SITE_LEARNING,
    SITE_TITLE,
    ModelKind,
    ModelRow,
    Transfer,
    WeightTerms,
)
from app.messages.snapshot import Snapshot
from app.views.toolkit.theme_colors import ACCENT, FAINT, GOOD, TEXT

KINDS: dict[ModelKind, str] = {"video": "videos", "volume": "scans"}
_TERMS: dict[WeightTerms, str] = {
    "": "",
    "research": "Its weights are for research and other non-commercial use: see NOTICE and its card.",
    "makers": "Its makers' terms hold.",
    "commercial": "Its weights are for commercial use too: see its card.",
}


def rows_of(snapshot: Snapshot) -> list[ModelRow]:
    """Return the rows of the list: the library and its catalogue, then files used last from elsewhere."""
    listed = {path for row in snapshot.models.rows for path in (row.click, row.propagation)}
    return [
        *snapshot.models.rows,
        *(_recent(path) for path in snapshot.models.recent if path not in listed),
    ]


def state_of(row: ModelRow, snapshot: Snapshot) -> tuple[str, Color]:
    """Return the state of a model as a text and its colour."""
    transfer = transfer_of(row.name, snapshot.models.transfers)
    loading = snapshot.models.loading
    if transfer is not None:
        return (f"{_verb(transfer)} {transfer_share(transfer):.0%}" if transfer.words else "waiting"), ACCENT
    if not row.is_ready:
        return "not here", FAINT
    if loading is not None and loading.name == row.click:
        return f"loading {loading.share:.0%}", ACCENT
    if row.is_used(snapshot.models.choice):
        return "in use", GOOD
    chosen = [KINDS[kind] for kind, choice in snapshot.models.choices if row.is_used(choice)]
    if chosen:
        return f"for {' and '.join(chosen)}", TEXT
    return ("ready" if not row.packages else "ready for clicks"), TEXT


def transfer_of(name: str, transfers: Iterable[Transfer]) -> Transfer | None:
    """Return the download of a model, None when there is none."""
    return next((item for item in transfers if item.name == name), None)


def transfer_share(transfer: Transfer) -> float:
    """Return how much of a transfer is done, in [0, 1]."""
    return min(transfer.done / transfer.total, 1.0) if transfer.total else 0.0


def advice_on(row: ModelRow, kind: ModelKind) -> str:
    """Return what can be done with a model, with the keys for it, and what its weights may be used for."""
    return f"{_use_of(row, kind)} {_TERMS[row.terms]}".rstrip()


def _use_of(row: ModelRow, kind: ModelKind) -> str:
    if not row.is_ready:
        return f"Enter downloads {_missing(row)} and uses it for {KINDS[kind]}."
    use = f"Enter uses it for {KINDS[kind]}."
    if row.title.startswith(SITE_TITLE):
        return f"{use} B goes back to the model that ships."
    if row.packages:
        return f"{use} D downloads {_missing(row)}; until then what carries masks now goes on doing so."
    return use


def progress_of(snapshot: Snapshot) -> tuple[str, float] | None:
    """Return what the progress bar shows: a text and a share; None when nothing is under way."""
    loading = snapshot.models.loading
    if loading is not None:
        return f"Loading {short_name(loading.name)}: {loading.words or 'starting'}", loading.share
    if not snapshot.models.transfers:
        return None
    first = snapshot.models.transfers[0]
    size = ""
    if first.total:
        counts = f"{first.done} of {first.total}"
        megabytes = f"{first.done / 1e6:.0f} of {first.total / 1e6:.0f} MB"
        size = f", {counts if first.name == SITE_LEARNING else megabytes}"
    waiting = len(snapshot.models.transfers) - 1
    more = f" ({waiting} more waiting)" if waiting else ""
    return f"{(first.words or 'waiting').capitalize()}{size}{more}", transfer_share(first)


def short_name(name: str) -> str:
    """Return the name of a model without folder and suffix."""
    if name == "best":
        return "the model"
    return Path(name).name.removesuffix(".pdiparams").removesuffix(".pdmodel")


def _recent(path: str) -> ModelRow:
    # Names of propagation models are fixed, so that their folder tells them apart.
    carries = short_name(path).startswith(("static_propagation_", "static_fusion"))
    title = f"{Path(path).parent.name}/{short_name(path)}" if carries else short_name(path)
    click, propagation = ("", path) if carries else (path, "")
    use = "carries masks" if carries else "clicks"
    return ModelRow(path, title, use, str(Path(path).parent), click, propagation)


def _verb(transfer: Transfer) -> str:
    return transfer.words.partition(" ")[0]


def _missing(row: ModelRow) -> str:
    return row.packages[0] if len(row.packages) == 1 else f"{len(row.packages)} files"
