"""Comments of annotators on frames, ranges and whole sequences. Pure data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.frame_order import FrameOrder

LONGEST = 2000  # characters of a comment that are kept
KEY_TAG = "key"  # of frames that leave as key images


@dataclass(frozen=True, slots=True)
class Comment:
    """A text about some frames; words that begin with # are its tags."""

    comment_id: int  #: from 1, never used again in its sequence
    text: str
    start: int | None = None  #: frames [start, stop); None for the whole sequence
    stop: int | None = None
    author: str = ""

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags without their #, in order."""
        words = (word.strip(".,;:!?()") for word in self.text.split())
        return tuple(dict.fromkeys(word[1:] for word in words if word.startswith("#") and len(word) > 1))

    def is_on(self, frame: int) -> bool:
        """Return whether it is about a frame, or a range with it."""
        return self.start is not None and self.stop is not None and self.start <= frame < self.stop

    @property
    def place(self) -> str:
        """The frames it is about, in words."""
        if self.start is None or self.stop is None:
            return "sequence"
        return (
            f"frame {self.start}"
            if self.stop == self.start + 1
            else f"frames {self.start} to {self.stop - 1}"
        )


def reorder_comments(
    comments: Sequence[Comment], own: Sequence[Comment], before: FrameOrder, after: FrameOrder
) -> tuple[Comment, ...]:
    """Return the comments where the frames of a scan follow each other in another order.

    Those on a frame go with it, those on the sequence stay. own: what is there already; its comments on ranges stay,
    since the frames of a range are none in the other order.
    """
    moved = [_moved(comment, before, after) for comment in comments if not _is_range(comment)]
    used = max((comment.comment_id for comment in moved), default=0)
    ranges = [comment for comment in own if _is_range(comment)]
    return (*moved, *(replace(comment, comment_id=used + n) for n, comment in enumerate(ranges, 1)))


def _is_range(comment: Comment) -> bool:
    return comment.start is not None and comment.stop != comment.start + 1


def _moved(comment: Comment, before: FrameOrder, after: FrameOrder) -> Comment:
    if comment.start is None:
        return comment
    frame = after.frame(before.time_of(comment.start), before.slice_of(comment.start))
    return replace(comment, start=frame, stop=frame + 1)


def comment_to_wire(comment: Comment) -> list[int | str | None]:
    """Return a comment as plain data, for the journal."""
    return [comment.comment_id, comment.text, comment.start, comment.stop, comment.author]


def comments_from_wire(wire: object) -> tuple[Comment, ...]:
    """Return the comments of plain data; what is none is left out."""
    return tuple(comment for row in wire if (comment := _from_wire(row))) if isinstance(wire, list) else ()


def _from_wire(row: object) -> Comment | None:
    match row:
        case [int(number), str(text), int() | None as start, int() | None as stop, str(author)]:
            return Comment(number, text[:LONGEST], start, stop, author)
    return None
