"""Decides whether a frame waits for an answer that will be here in a moment. Pure."""

from dataclasses import dataclass

from app.domain.annotation import Mask
from app.messages.view_update import ViewUpdate

# Seconds that a frame waits for the answer to an event, so that the next frame of a film is not behind one more drawing
# of the frame before: a frame that was read ahead is here after 5 to 12 ms, and 15 ms are not felt.
ANSWER_SECONDS = 0.015
# Seconds between frames while a model answers a prompt. Without a graphics card a frame takes the processor from the
# model for 20 ms; the default model answers in 45 to 60 ms, and a mark that comes so late is not felt either.
PROMPT_SECONDS = 0.06
# Seconds that a frame waits for the picture of a new mask, which is painted within 5 to 15 ms.
PAINT_SECONDS = 0.03
_NEVER = float("-inf")


@dataclass(slots=True)
class AnswerHold:
    """What is awaited, and since when. Times are seconds of any steady clock."""

    asked: float = _NEVER  #: when the newest event was sent
    is_answered: bool = True  #: whether a snapshot came since
    #: when a mask was awaited first, or was not there yet in a frame; None for no mask
    prompted: float | None = None
    masked: float = _NEVER  #: when a mask came whose picture is not here
    mask: Mask | None = None  #: that came last

    def note_event(self, now: float) -> None:
        """Take in that an event was sent."""
        self.asked, self.is_answered = now, False

    def note_update(self, update: ViewUpdate, now: float) -> None:
        """Take in what came."""
        if update.snapshot is not None:
            self.is_answered = True
            pending = update.snapshot.pending
            if pending is None or not pending.awaiting:
                self.prompted = None
            elif self.prompted is None:
                self.prompted = now
            mask = pending.mask if pending is not None else None
            if mask is not None and mask is not self.mask:
                self.masked = now
            self.mask = mask
        if update.picture is not None:
            self.masked = _NEVER

    def note_drawn(self, began: float) -> None:
        """Take in that a frame was drawn."""
        if self.prompted is not None:
            self.prompted = began

    def ends(self, *, lags: bool, drags: bool) -> float:
        """Return until when no frame is drawn.

        lags: whether the picture of another frame is awaited. drags: whether something follows the mouse, which
        waits for no model.
        """
        event = self.asked + ANSWER_SECONDS if lags or not self.is_answered else _NEVER
        prompt = _NEVER if self.prompted is None or drags else self.prompted + PROMPT_SECONDS
        return max(event, prompt, self.masked + PAINT_SECONDS)
