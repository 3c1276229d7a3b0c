"""The library under its own name: `from framewise import Annotator`. docs/LIBRARY.md is its manual."""

from app import __version__
from app.headless import (
    Annotator,
    Committed,
    FramewiseError,
    Label,
    LabelsClash,
    Measure,
    Object,
    Polygon,
    Progress,
    SequenceInfo,
    SeveralSeries,
    Status,
    UsageError,
    WorkerError,
    Workspace,
)

__all__ = [
    "Annotator",
    "Committed",
    "FramewiseError",
    "Label",
    "LabelsClash",
    "Measure",
    "Object",
    "Polygon",
    "Progress",
    "SequenceInfo",
    "SeveralSeries",
    "Status",
    "UsageError",
    "WorkerError",
    "Workspace",
    "__version__",
]
