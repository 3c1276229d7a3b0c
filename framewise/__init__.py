"""The library under its own name: `from framewise import Annotator`. docs/LIBRARY.md is its manual.

A name is imported from app.headless when it is first asked for: the command `framewise` imports this package too,
and the library took a fifth of a second of its start.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from app import __version__

if TYPE_CHECKING:
    from app.headless import (
        Annotator,
        Committed,
        ExportError,
        FramewiseError,
        IdentifyingPictures,
        ImportMasksError,
        Label,
        LabelFileError,
        LabelsClash,
        Measure,
        ModelError,
        Object,
        Polygon,
        Progress,
        SequenceError,
        SequenceInfo,
        SeveralSeries,
        Status,
        StorageFull,
        UsageError,
        WorkerError,
        Workspace,
        WorkspaceBusy,
        WorkspaceError,
    )

__all__ = [
    "Annotator",
    "Committed",
    "ExportError",
    "FramewiseError",
    "IdentifyingPictures",
    "ImportMasksError",
    "Label",
    "LabelFileError",
    "LabelsClash",
    "Measure",
    "ModelError",
    "Object",
    "Polygon",
    "Progress",
    "SequenceError",
    "SequenceInfo",
    "SeveralSeries",
    "Status",
    "StorageFull",
    "UsageError",
    "WorkerError",
    "Workspace",
    "WorkspaceBusy",
    "WorkspaceError",
    "__version__",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("app.headless"), name)
