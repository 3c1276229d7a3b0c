"""Text and faces in pictures, and a person's word on them."""

from dataclasses import dataclass

from app.domain.finding import Finding, PictureAction, describe_kinds
from app.messages.events.event import Event
from app.messages.events.files import DataSetRequested, ExportRequested


@dataclass(frozen=True, slots=True)
class PicturesRefused(Event):
    """An export wrote no pictures, because some show text or faces."""

    job: int
    request: ExportRequested | DataSetRequested  #: what to ask for again, with a person's word
    frames: tuple[int, ...]  #: that show something, of all sequences
    kinds: tuple[str, ...]  #: what they show, each a FindingKind

    @property
    def title(self) -> str:
        """What is to be decided, on one line."""
        count = "1 frame shows" if len(self.frames) == 1 else f"{len(self.frames)} frames show"
        return f"{count} {describe_kinds(self.kinds)}"


@dataclass(frozen=True, slots=True)
class PicturesReleased(Event):
    """An export wrote pictures although some frames show text or faces, as somebody had said."""

    action: PictureAction
    frames: int
    at: float  #: seconds since 1970


@dataclass(frozen=True, slots=True)
class FindingsFound(Event):
    """Frames of a sequence were looked at for text and faces."""

    path: str  #: of the sequence
    found: tuple[tuple[int, tuple[Finding, ...]], ...]  #: on each frame, () for nothing


@dataclass(frozen=True, slots=True)
class FindingsCalledHarmless(Event):
    """Somebody says that what was found on a frame names nobody, wherever it is in the sequence."""

    frame: int
    at: float  #: seconds since 1970
