"""Handlers of comments on frames, ranges and the sequence."""

from __future__ import annotations

from dataclasses import replace

from app.domain.comment import LONGEST, Comment
from app.messages.events import CommentAdded, CommentChanged
from app.messages.orders import Order, RecordComments
from app.session.state import State


def on_added(state: State, event: CommentAdded) -> list[Order]:
    """Add a comment; one without words is none."""
    text = event.text.strip()[:LONGEST]
    if state.sequence is None or not text:
        return []
    number = max((comment.comment_id for comment in state.comments), default=0) + 1
    made = Comment(number, text, event.start, event.stop, state.operator)
    return _keep(state, (*state.comments, made))


def on_changed(state: State, event: CommentChanged) -> list[Order]:
    """Change the text of a comment, or delete it."""
    text = event.text.strip()[:LONGEST]
    changed = tuple(
        replace(comment, text=text) if comment.comment_id == event.comment_id else comment
        for comment in state.comments
    )
    kept = tuple(comment for comment in changed if comment.text)
    return _keep(state, kept) if kept != state.comments else []


def _keep(state: State, comments: tuple[Comment, ...]) -> list[Order]:
    state.comments = comments
    return [RecordComments(comments)]
