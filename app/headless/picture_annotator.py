"""Part of an Annotator: text and faces on frames, and what was said about them."""

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import SupportsIndex

from app.domain.errors import UsageError
from app.domain.finding import Finding, PictureDecision
from app.headless.base import BaseAnnotator, serialized
from app.headless.validation import as_frame
from app.messages.events.pictures import FindingsCalledHarmless


class PictureAnnotator(BaseAnnotator):
    """Part of an Annotator that answers for pictures."""

    @property
    def findings(self) -> Mapping[int, tuple[Finding, ...]]:
        """The text and faces on frames that exports looked at, by frame, without what was called harmless."""
        return MappingProxyType(dict(self.client.read_state(lambda state: state.sequence.findings)))

    @property
    def picture_decisions(self) -> tuple[PictureDecision, ...]:
        """What was said about text and faces, by whom and when, oldest first."""
        return self.client.read_state(lambda state: state.sequence.picture_decisions)

    @serialized
    def call_harmless(self, frame: SupportsIndex) -> None:
        """Say that what was found on a frame, such as a logo, names nobody, wherever it is in the sequence.

        Raises UsageError where nothing was found, or without an operator, under whose name it is noted.
        """
        index = as_frame(frame, self.sequence)
        if index not in self.findings:
            raise UsageError("Nothing was found on this frame.", subject=index)
        if not self._operator.strip():
            raise UsageError("Somebody must answer for it.", remedy="Give the operator's name.")
        self.client.post(FindingsCalledHarmless(index, time.time()))
