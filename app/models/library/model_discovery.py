"""Finds complete models among files."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from app.domain.errors import ModelError
from app.models.formats.static_model import CONTRACTS, PARAMETERS, PROGRAMS, PROPAGATION_PARTS, Use
from app.models.library.model_archive import ArchiveItem

LONGEST_NAME = 80  # Characters of a model's folder.
_FORBIDDEN = re.compile(r"[^\w.()+ -]", re.ASCII)


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A complete model."""

    name: str  #: for its folder in the library
    use: Use
    items: Mapping[str, tuple[ArchiveItem, ...]]  #: by part, program and then parameters


def find_models(items: Sequence[ArchiveItem], whole: str) -> tuple[list[FoundModel], list[ModelError]]:
    """Return the complete models among files, and errors for incomplete ones.

    whole: the name of the folder or archive, for files at its top.
    """
    folders: dict[PurePosixPath, dict[str, ArchiveItem]] = {}
    for item in items:
        if not item.path.name.startswith(".") and "__MACOSX" not in item.path.parts:
            folders.setdefault(item.path.parent, {})[item.path.name] = item
    found: list[FoundModel] = []
    errors: list[ModelError] = []
    for folder, files in sorted(folders.items()):
        name = folder.name or whole
        for stems in _group_stems(files):
            try:
                found.append(_find_model(name, files, stems))
            except ModelError as error:
                errors.append(error)
    return found, errors


def safe_name(text: str) -> str:
    """Return a text as the name of a folder, without separators and other special characters."""
    return _FORBIDDEN.sub("_", text).strip(". ")[:LONGEST_NAME] or "model"


def _group_stems(files: Mapping[str, ArchiveItem]) -> list[tuple[str, ...]]:
    """Return the stems of each model in a folder."""
    stems = sorted({name.removesuffix(suffix) for name, suffix in _model_suffixes(files)})
    fixed = tuple(stem for stem in stems if stem in PROPAGATION_PARTS.values())
    return [*([fixed] if fixed else []), *((stem,) for stem in stems if stem not in fixed)]


def _model_suffixes(files: Mapping[str, ArchiveItem]) -> list[tuple[str, str]]:
    """Return the names and suffixes of model files; a .json without parameters may be anything."""
    return [
        (name, suffix)
        for name in files
        for suffix in (PARAMETERS, *PROGRAMS)
        if name.endswith(suffix) and (suffix != ".json" or name.removesuffix(suffix) + PARAMETERS in files)
    ]


def _find_model(name: str, files: Mapping[str, ArchiveItem], stems: Sequence[str]) -> FoundModel:
    if stems[0] not in PROPAGATION_PARTS.values():
        return FoundModel(safe_name(stems[0]), "click", {"click": _pair_files(files, stems[0], True)})
    parts = {
        part: _pair_files(files, stem, CONTRACTS[part].has_parameters)
        for part, stem in PROPAGATION_PARTS.items()
    }
    return FoundModel(safe_name(name), "propagation", parts)


def _pair_files(files: Mapping[str, ArchiveItem], stem: str, has_parameters: bool) -> tuple[ArchiveItem, ...]:
    program = next((files[stem + suffix] for suffix in PROGRAMS if stem + suffix in files), None)
    parameters = files.get(stem + PARAMETERS)
    if program is None or (parameters is None and has_parameters):
        absent = stem + (PROGRAMS[0] if program is None else PARAMETERS)
        raise ModelError(
            "This file of the model is missing.", subject=absent, remedy="Put it beside the others."
        )
    return (program,) if parameters is None else (program, parameters)
