"""Description of a sequence's source, from which a worker opens it."""

from dataclasses import dataclass
from pathlib import Path

from app.domain.annotation import FrameAxis, Orientation


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """Arguments of open_source."""

    path: Path
    series: str | None = None
    index_folder: Path | None = None
    orientation: Orientation | None = None
    pixel_size: float | None = None  #: millimetres, that a person gave; None for what the source says
    along: FrameAxis = "space"
