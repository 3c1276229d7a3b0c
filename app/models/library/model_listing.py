"""Rows of the list of models: built-in, catalogue, imported."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from app.domain.engine_choice import SITE_TITLE, ModelRow, WeightTerms
from app.domain.errors import ModelError
from app.models.library.catalogue import CATALOGUE, CatalogueEntry
from app.models.library.model_folder import Library, StoredModel
from app.models.library.site_model import FIRST_CLICK, read_record

_ANY: Final = "any object, videos and scans"
_OWN = (
    ModelRow("best", "Framewise", _ANY, "comes with the program", "best", "best", terms="research"),
    ModelRow("free", "Framewise, free", _ANY, "commercial use too", "free", "free", terms="commercial"),
    ModelRow("classic", "Classic", "any object", "image processing, no network", "classic", "classic"),
)


def rows(library: Library) -> tuple[ModelRow, ...]:
    """Return a row for every model that can be used or downloaded."""
    stored = {model.name: model for model in library.models()}
    known = {package.name for entry in CATALOGUE for package in entry.packages}
    listed = [_catalogue_row(entry, stored) for entry in CATALOGUE]
    tuned = [_site_row(model) for model in stored.values() if model.use == "site"]
    others = [
        _imported_row(model) for name, model in stored.items() if name not in known and model.use != "site"
    ]
    return (*_OWN, *tuned, *listed, *others)


def existing_paths(paths: Sequence[str]) -> tuple[str, ...]:
    """Return the paths that still exist."""
    return tuple(path for path in paths if Path(path).exists())


def _catalogue_row(entry: CatalogueEntry, stored: dict[str, StoredModel]) -> ModelRow:
    click, propagation = (stored.get(package.name) for package in entry.packages)
    sizes = [
        found.size if found is not None else package.size
        for found, package in zip((click, propagation), entry.packages, strict=True)
    ]
    return ModelRow(
        entry.name,
        entry.title,
        entry.use,
        entry.architecture,
        str(click.path) if click is not None else "",
        str(propagation.path) if propagation is not None else "",
        size=sum(sizes),
        packages=tuple(package.name for package in entry.packages if package.name not in stored),
        terms="makers",
    )


def _site_row(model: StoredModel) -> ModelRow:
    """Return the row of a model that was tuned on the site's verified masks; a damaged record leaves its name."""
    path = str(model.path)
    try:
        record = read_record(model.path)
    except ModelError:
        return ModelRow(model.name, model.name, "its record is damaged", "", "", "", size=model.size)
    before, after = record.figures.get(FIRST_CLICK, (0.0, 0.0))
    use = f"tuned on {record.frames} frames of {record.sequences} sequences"
    figures = f"IoU, 1 click: {before:.2f} → {after:.2f}"
    title = f"{SITE_TITLE}, {record.made}"
    terms: WeightTerms = "commercial" if record.base == "free" else "research"
    return ModelRow(model.name, title, use, figures, path, path, size=model.size, terms=terms)


def _imported_row(model: StoredModel) -> ModelRow:
    """Return the row of an imported model, which clicks or propagates."""
    path = str(model.path)
    click, propagation = (path, "") if model.use == "click" else ("", path)
    use = "clicks" if model.use == "click" else "carries masks"
    return ModelRow(model.name, model.name, use, "imported", click, propagation, size=model.size)
