"""Comments on frames, ranges and sequences."""

from dataclasses import dataclass

from app.messages.events.event import Event


@dataclass(frozen=True, slots=True)
class CommentAdded(Event):
    """Something was said about frames [start, stop), or with None about the whole sequence."""

    text: str
    start: int | None = None
    stop: int | None = None


@dataclass(frozen=True, slots=True)
class CommentChanged(Event):
    """A comment has another text; an empty one deletes it."""

    comment_id: int
    text: str
