"""Comments of annotators on frames, ranges and whole sequences. Pure data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.domain.frame_order import FrameOrder, frame_runs

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


def move_comments(
    comments: Sequence[Comment], before: FrameOrder, after: FrameOrder, *, same_slices: bool
) -> tuple[Comment, ...]:
    """Return the comments of a scan that come along where its frames follow each other otherwise.

    Those on the sequence do, and those on frames that follow each other there too. same_slices: whether the slices are
    the same ones, along the other axis; in another direction only whole time points are.
    """
    found = (_turned(comment, before, after, same_slices) for comment in comments)
    return tuple(comment for comment in found if comment is not None)


def place_comments(comments: Sequence[Comment], places: Mapping[int, int]) -> tuple[Comment, ...]:
    """Return the comments where frames have other places, and some are gone. places: by frame.

    What is between frames of a comment now, and was not, is none of it: it becomes several.
    """
    placed: list[Comment] = []
    for comment in comments:
        if comment.start is None or comment.stop is None:
            placed.append(comment)
            continue
        there = (places[frame] for frame in range(comment.start, comment.stop) if frame in places)
        placed += (replace(comment, start=run.start, stop=run.stop) for run in frame_runs(there))
    return tuple(replace(comment, comment_id=number) for number, comment in enumerate(placed, 1))


def join_comments(
    moved: Sequence[Comment], own: Sequence[Comment], earlier: Sequence[Comment]
) -> tuple[Comment, ...]:
    """Return the comments that came along and, of those that are there already, the others.

    earlier: what had come to where moved comes from, as it would be here: what of it was changed or deleted since is
    not kept. All else of own is, such as comments on ranges that are none there.
    """
    known = {_content(comment) for comment in (*moved, *earlier)}
    used = {comment.comment_id for comment in moved}
    kept: list[Comment] = []
    for comment in own:
        if _content(comment) not in known:
            number = comment.comment_id if comment.comment_id not in used else max(used) + 1
            used.add(number)
            kept.append(replace(comment, comment_id=number))
    return tuple(sorted((*moved, *kept), key=lambda comment: comment.comment_id))


def _content(comment: Comment) -> tuple[str, int | None, int | None, str]:
    return comment.text, comment.start, comment.stop, comment.author


def _turned(comment: Comment, before: FrameOrder, after: FrameOrder, same_slices: bool) -> Comment | None:
    """Return a comment where its frames are in the other order; None where they do not follow each other there."""
    if comment.start is None or comment.stop is None:
        return comment
    frames = range(comment.start, min(comment.stop, before.frames))
    if same_slices:
        places = sorted(after.frame(before.time_of(frame), before.slice_of(frame)) for frame in frames)
    else:
        times = {before.time_of(frame) for frame in frames}
        is_whole = len(frames) == len(times) * before.slices
        places = sorted(frame for time in times for frame in after.frames_at(time)) if is_whole else []
    if not places or places[-1] - places[0] >= len(places):
        return None
    return replace(comment, start=places[0], stop=places[-1] + 1)


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
