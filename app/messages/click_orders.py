"""Orders about clicks that may come, carried out by app.pipeline.services.segmentation."""

from dataclasses import dataclass

from app.messages.orders import Order, Segment


@dataclass(frozen=True, slots=True)
class AnswerAhead(Order):
    """Have the answer to prompts ready in case they are ordered; no event answers. The newest order counts."""

    segment: Segment  #: as it would be ordered, but for its job
