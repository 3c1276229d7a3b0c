"""The library under its own name: `from framewise import Annotator`. docs/LIBRARY.md is its manual."""

from app import __version__
from app.domain.annotation import Label, Object, Polygon, SequenceInfo, Status
from app.headless import Annotator, FramewiseError, SeveralSeries, WorkerError

__all__ = [
    "Annotator",
    "FramewiseError",
    "Label",
    "Object",
    "Polygon",
    "SequenceInfo",
    "SeveralSeries",
    "Status",
    "WorkerError",
    "__version__",
]
