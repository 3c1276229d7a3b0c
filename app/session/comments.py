"""Handlers of comments on frames, ranges and the sequence; each change is an edit."""

from dataclasses import replace

from app.domain.comment import LONGEST, Comment
from app.domain.history import Edit
from app.files.odd_names import clean_text
from app.messages.events import CommentAdded, CommentChanged
from app.messages.orders import Order
from app.session.state import State


def on_added(state: State, event: CommentAdded) -> list[Order]:
    """Add a comment; one without words is none."""
    text = clean_text(event.text).strip()[:LONGEST]
    if state.sequence.info is None or not text:
        return []
    number = max((comment.comment_id for comment in state.sequence.comments), default=0) + 1
    made = Comment(number, text, event.start, event.stop, state.operator)
    return _commit(state, (*state.sequence.comments, made), "Add comment")


def on_changed(state: State, event: CommentChanged) -> list[Order]:
    """Change the text of a comment, or delete it."""
    text = clean_text(event.text).strip()[:LONGEST]
    changed = tuple(
        replace(comment, text=text) if comment.comment_id == event.comment_id else comment
        for comment in state.sequence.comments
    )
    kept = tuple(comment for comment in changed if comment.text)
    title = "Change comment" if len(kept) == len(changed) else "Delete comment"
    return _commit(state, kept, title) if kept != state.sequence.comments else []


def _commit(state: State, comments: tuple[Comment, ...], title: str) -> list[Order]:
    return state.commit(Edit(state.next_edit, title, comments=(state.sequence.comments, comments)))
