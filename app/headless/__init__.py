"""The pipeline without a window, as a library: `from app.headless import Annotator`.

Called by scripts on any one thread; each call returns when its effect is durable.
"""

from app.domain.errors import FramewiseError, SeveralSeries, WorkerError
from app.headless.annotator import Annotator

__all__ = ["Annotator", "FramewiseError", "SeveralSeries", "WorkerError"]
