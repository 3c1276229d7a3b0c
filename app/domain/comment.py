"""Comments of annotators on frames, ranges and whole sequences. Pure data."""

from __future__ import annotations

from dataclasses import dataclass

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
