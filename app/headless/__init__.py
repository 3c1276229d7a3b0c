"""The pipeline without a window, as a library: `from app.headless import Annotator`.

Called by scripts; each call returns when its effect is durable.
"""

import logging

from app.domain.annotation import Label, Object, Polygon, SequenceInfo, Status
from app.domain.errors import (
    ExportError,
    FramewiseError,
    IdentifyingPictures,
    ImportMasksError,
    LabelFileError,
    LabelsClash,
    ModelError,
    SequenceError,
    SeveralSeries,
    StorageFull,
    UsageError,
    WorkerError,
    WorkspaceBusy,
    WorkspaceError,
)
from app.headless.annotator import Annotator
from app.headless.readable_workspace import ReadableWorkspace as Workspace
from app.headless.results import Committed, Progress
from app.imaging.measures import Measure

# A library leaves it to the script where warnings go: without a handler they would land on stderr.
logging.getLogger("app").addHandler(logging.NullHandler())

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
]
