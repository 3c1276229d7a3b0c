"""A sequence as one piece of data: its workspace folder, and its source where that has to travel too."""

import io
import shutil
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from app.domain.errors import UsageError, WorkspaceError
from app.domain.journal_merging import Work
from app.storage.workspace.stored_sequence import StoredSequence, copy_database, work_of
from app.storage.workspace.workspace import JOURNALS, find_source

WORK: Final = "work"  # folder of the workspace in a package; the source lies beside it
MOST_BYTES: Final = 2 * 2**30  # of a package, which a worker holds in memory; chosen by hand
_WITH_SIBLINGS: Final = frozenset({".hdr", ".img", ".mhd", ".nhdr"})  # headers whose voxels lie beside them


@dataclass(frozen=True, slots=True)
class SequencePackage:
    """A packed sequence."""

    data: bytes  #: a tar file
    work: Work  #: what its journal holds


def pack_sequence(stored: StoredSequence, *, with_source: bool) -> SequencePackage:
    """Pack a sequence. Its journals are copied as SQLite does it, so that they are whole.

    Raises WorkspaceError where it cannot be read, UsageError where it is too large to travel.
    """
    sources = _source_files(stored.folder) if with_source else []
    packed = io.BytesIO()
    try:
        _check_size(sources)
        with TemporaryDirectory() as folder, tarfile.open(fileobj=packed, mode="w") as archive:
            copy = Path(folder) / stored.folder.name
            shutil.copytree(
                stored.folder, copy, ignore=shutil.ignore_patterns("index", "lock", f"{JOURNALS}*")
            )
            for journal in stored.folder.glob(JOURNALS):
                copy_database(journal, copy / journal.name)
            work = work_of(StoredSequence(copy, stored.record).read()[0])
            archive.add(copy, f"{WORK}/{copy.name}")
            for source in sources:
                archive.add(source, source.name)
    except OSError as error:
        raise WorkspaceError(
            f"The sequence cannot be packed ({error.strerror}).", subject=stored.folder
        ) from error
    return SequencePackage(packed.getvalue(), work)


def unpack_sequence(package: bytes, folder: Path) -> Path:
    """Unpack a package into an empty folder; return the workspace folder in it."""
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        archive.extractall(folder, filter="data")
    (workspace,) = (folder / WORK).iterdir()
    return workspace


def _check_size(sources: Sequence[Path]) -> None:
    size = sum(path.lstat().st_size for source in sources for path in (source, *source.rglob("*")))
    if size > MOST_BYTES:
        raise UsageError(
            f"The source is too large to travel ({size / 2**30:.1f} GiB).",
            subject=sources[0],
            remedy="Put it on a share that all machines see under one path, and use --share.",
        )


def _source_files(workspace: Path) -> list[Path]:
    """Return the files and folders of a source."""
    source = find_source(workspace)
    if source.suffix.lower() not in _WITH_SIBLINGS:
        return [source]
    return sorted(path for path in source.parent.glob(f"{source.stem}.*") if path.is_file())
