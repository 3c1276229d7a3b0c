"""Orders about text and faces in pictures."""

from dataclasses import dataclass

from app.domain.finding import PictureDecision
from app.messages.orders import SequenceOrder


@dataclass(frozen=True, slots=True)
class RecordPictureDecisions(SequenceOrder):
    """Store what was decided about text and faces on frames."""

    records: tuple[PictureDecision, ...]  #: all of them, oldest first
