"""Requests to the library worker: models from web servers, drives and archives."""

from dataclasses import dataclass
from pathlib import Path

from app.pipeline.workers.request import Request, WorkerKind


class LibraryKind(WorkerKind):
    """Brings models into the library."""

    role = "app.pipeline.roles.library_role:LibraryRole"


@dataclass(frozen=True, slots=True)
class TransferProgress:
    """Progress of a transfer."""

    words: str
    done: int  #: of total, in bytes or files
    total: int


@dataclass(frozen=True, slots=True)
class TransferReply:
    """Names of the models that are in the library now, and what was wrong with others."""

    models: tuple[str, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DownloadModelRequest(Request[LibraryKind, TransferReply, TransferProgress]):
    """Download a model of the catalogue into the library's folder. Raises ModelError."""

    folder: Path
    name: str
    source: str  #: a web server in place of those of the catalogue, "" for none


@dataclass(frozen=True, slots=True)
class ImportModelsRequest(Request[LibraryKind, TransferReply, TransferProgress]):
    """Take models from a file, folder or archive into the library's folder. Raises ModelError."""

    folder: Path
    path: Path
