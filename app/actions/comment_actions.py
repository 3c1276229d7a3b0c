"""The actions of the menu Comments."""

from app.actions.action import WHILE_OPEN, Action, Events, Keys, Menu, ViewCommand
from app.domain.comment import KEY_TAG, Comment
from app.messages import events as e
from app.messages.snapshot import Snapshot


def _toggle_key_image(snapshot: Snapshot) -> Events:
    """Add a comment that marks the frame, or take the mark out of the one that is there."""
    frame, mark = snapshot.sequence.frame, _key_mark(snapshot)
    if snapshot.sequence.info is None:
        return ()
    if mark is None:
        return (e.CommentAdded(f"#{KEY_TAG}", frame, frame + 1),)
    words = [word for word in mark.text.split() if word != f"#{KEY_TAG}"]
    return (e.CommentChanged(mark.comment_id, " ".join(words)),)


def _key_mark(snapshot: Snapshot) -> Comment | None:
    """Return the comment on the frame alone that marks it as a key image."""
    place = snapshot.sequence.frame, snapshot.sequence.frame + 1
    own = (found for found in snapshot.sequence.comments if (found.start, found.stop) == place)
    return next((found for found in own if KEY_TAG in found.tags), None)


COMMENTS = Menu("Comments", (
    Action("comment.frame", "On this frame…", "Say something about this frame; words that begin with # are tags.",
           Keys("Alt+Q"), WHILE_OPEN),
    Action("comment.key", "Key image", f"Mark this frame as a key image by the tag #{KEY_TAG}, or not any more.",
           Keys("Alt+Shift+K"), _toggle_key_image, ticked=lambda s: _key_mark(s) is not None),
    Action("comment.range", "On the range…", "Say something about the marked range of frames.",
           Keys("Alt+Shift+Q"),
           ViewCommand(lambda s: s.sequence.info is not None and s.sequence.marks != (None, None))),
    Action("comment.sequence", "On the sequence…", "Say something about the whole sequence.",
           Keys("Ctrl+Shift+Q"), WHILE_OPEN),
    Action("comment.list", "All comments…", "Find a comment or tag by typing, and go to its frame.",
           Keys("Ctrl+Alt+C"), ViewCommand(lambda s: bool(s.sequence.comments))),
))  # fmt: skip
