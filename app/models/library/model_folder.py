"""The model library: a folder with one subfolder per installed model."""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from app.domain.errors import ModelError, StorageFull
from app.files.atomic_folder import move_folder, temporary_folder
from app.models.formats.static_model import (
    PARAMETERS,
    PROGRAMS,
    PROPAGATION_PARTS,
    ModelFiles,
    Use,
    check_files,
    use_of,
)
from app.models.library.model_archive import ArchiveItem, copy_item, folder_items, zip_items
from app.models.library.model_discovery import FoundModel, find_models, safe_name
from app.models.library.site_model import is_site_model

Progress = Callable[[str, int, int], None]  # Called with the step, bytes done and bytes in all.
ZIP = ".zip"
_HEADROOM = 64 << 20  # Bytes of the disk that an import leaves free.


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A model in the library."""

    name: str
    use: Use | Literal["site"]  #: "site": both, tuned on verified masks
    path: Path  #: the file, or the folder of a tuned model, to load it by
    size: int  #: bytes of all its files


@dataclass(slots=True)
class ImportResult:
    """Result of an import."""

    names: list[str] = field(default_factory=list)  #: of the models, new or already there
    problems: list[str] = field(default_factory=list)  #: reasons why others were refused


class Library:
    """The installed models, each checked and complete in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """The folder is created with the first import."""
        self.folder = folder

    @property
    def downloads(self) -> Path:
        """Folder of unfinished downloads."""
        return self.folder / ".downloads"

    def models(self) -> list[StoredModel]:
        """Return the installed models, by name."""
        if not self.folder.is_dir():
            return []
        folders = (path for path in sorted(self.folder.iterdir()) if not path.name.startswith("."))
        return [model for path in folders if path.is_dir() for model in _stored_models(path)]

    def import_models(self, source: Path, progress: Progress, name: str = "") -> ImportResult:
        """Copy the models of a folder, a file's folder or a zip archive into the library, after checking them.

        name: for the one model of a download. Nothing is written outside the library. Raises ModelError when there
        is no model to import, StorageFull.
        """
        done = ImportResult()
        try:
            if source.is_dir():
                self._import_folder(source, progress, done)
            elif source.suffix.lower() == ZIP:
                with zip_items(source) as items:
                    self._import_items(items, source.stem, progress, done, name)
            else:
                items = [item for item in folder_items(source.parent) if _belongs_to(item, source)]
                self._import_items(items, source.parent.name, progress, done, name)
        except OSError as error:
            raise _disk_error(error, source) from error
        if not done.names:
            reasons = " ".join(done.problems) or "There is no model in it."
            raise ModelError(
                reasons, subject=source.name, remedy="A model is a .pdmodel and a .pdiparams file."
            )
        return done

    def _import_folder(self, source: Path, progress: Progress, done: ImportResult) -> None:
        """Import the models of a folder, and of the archives in it."""
        items = folder_items(source)
        self._import_items(items, source.name, progress, done)
        for item in items:
            if item.path.suffix.lower() == ZIP:
                try:
                    with zip_items(source / item.path) as packed:
                        self._import_items(packed, item.path.stem, progress, done)
                except ModelError as error:
                    done.problems.append(str(error))

    def _import_items(
        self, items: list[ArchiveItem], whole: str, progress: Progress, done: ImportResult, name: str = ""
    ) -> None:
        found, errors = find_models(items, whole)
        done.problems += [str(error) for error in errors]
        for model in found:
            try:
                done.names.append(
                    self._import_model(model, name if len(found) == 1 and name else model.name, progress)
                )
            except ModelError as error:
                done.problems.append(str(error))

    def _import_model(self, model: FoundModel, name: str, progress: Progress) -> str:
        """Copy a model, check the copy and add it to the library; return its name."""
        items = [item for pair in model.items.values() for item in pair]
        total = sum(item.size for item in items)
        self.folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < total + _HEADROOM:
            raise _disk_full(self.folder)
        with temporary_folder(self.folder) as draft, _byte_counter(name, total, progress) as count_bytes:
            whole = draft / "model"
            whole.mkdir()
            for item in items:
                copy_item(item, whole / safe_name(item.path.name), count_bytes)
            for part, pair in model.items.items():
                check_files(_model_files(whole, pair), part)
            return self._place(whole, safe_name(name))

    def _place(self, whole: Path, name: str) -> str:
        """Move a finished folder into the library and return its name there, numbered if another model has it."""
        for number in range(1, 1000):
            target = self.folder / (name if number == 1 else f"{name} ({number})")
            try:
                move_folder(whole, target)
            except FileExistsError:
                if _digests(target) != _digests(whole):
                    continue
            return target.name
        raise ModelError("There are too many models of this name.", subject=name, remedy="Remove some.")


def _stored_models(folder: Path) -> Iterator[StoredModel]:
    files = {path.name: path for path in folder.iterdir() if path.is_file()}
    size = sum(path.stat().st_size for path in files.values())
    if is_site_model(folder):
        yield StoredModel(folder.name, "site", folder, size)
        return
    if use_of(folder) == "propagation":
        path = files.get(PROPAGATION_PARTS["segment"] + PARAMETERS)
        if path is not None:
            yield StoredModel(folder.name, "propagation", path, size)
        return
    for name, path in files.items():
        if name.endswith(PARAMETERS) and any(path.with_suffix(suffix).name in files for suffix in PROGRAMS):
            yield StoredModel(folder.name, "click", path, size)


def _belongs_to(item: ArchiveItem, chosen: Path) -> bool:
    """Whether a file in the same folder belongs to the model of a chosen file."""
    if len(item.path.parts) > 1:
        return False
    stems = set(PROPAGATION_PARTS.values()) if use_of(chosen) == "propagation" else {chosen.stem}
    return any(item.path.name.removesuffix(suffix) in stems for suffix in (PARAMETERS, *PROGRAMS))


def _model_files(folder: Path, pair: tuple[ArchiveItem, ...]) -> ModelFiles:
    paths = [folder / safe_name(item.path.name) for item in pair]
    return ModelFiles(paths[0], paths[1] if len(paths) > 1 else None)


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: _file_digest(path) for path in folder.iterdir()}


def _file_digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _byte_counter(name: str, total: int, progress: Progress) -> Iterator[Callable[[int], None]]:
    done = 0

    def count_bytes(size: int) -> None:
        nonlocal done
        done += size
        progress(f"copying {name}", done, total)

    progress(f"copying {name}", 0, total)
    yield count_bytes


def _disk_error(error: OSError, source: Path) -> ModelError | StorageFull:
    if error.errno == errno.ENOSPC:
        return _disk_full(source)
    return ModelError(
        f"It cannot be copied ({os.strerror(error.errno) if error.errno else error}).",
        subject=error.filename or source,
        remedy="Check the disk or the USB stick, and try again.",
    )


def _disk_full(folder: Path) -> StorageFull:
    return StorageFull("There is no space left for the model.", subject=folder, remedy="Free some space.")
