"""Comments on frames, ranges and the sequence are kept, changed and found by their tags."""

from __future__ import annotations

from app.domain.comment import Comment, comment_to_wire, comments_from_wire
from app.messages import events as ev
from app.messages import orders as od
from tests.session.harness import SessionHarness


def test_comments_are_recorded_with_their_author_and_tags(harness: SessionHarness) -> None:
    harness.handle(ev.OperatorChosen("Ada"))
    harness.handle(ev.CommentAdded(" smoke here #blurred, #smoke ", 3, 4))
    harness.handle(ev.CommentAdded("a good case"))
    first, second = harness.last(od.RecordComments).comments
    assert (first.text, first.tags, first.place, first.author) == (
        "smoke here #blurred, #smoke",
        ("blurred", "smoke"),
        "frame 3",
        "Ada",
    )
    assert (second.comment_id, second.place, second.tags) == (2, "sequence", ())


def test_a_comment_is_changed_and_an_empty_text_deletes_it(harness: SessionHarness) -> None:
    harness.handle(ev.CommentAdded("x", 1, 9))
    harness.handle(ev.CommentChanged(1, "y"))
    assert [found.text for found in harness.snapshot().comments] == ["y"]
    harness.handle(ev.CommentChanged(1, "  "))
    assert harness.last(od.RecordComments).comments == () == harness.snapshot().comments
    records = harness.count(od.RecordComments)
    harness.handle(ev.CommentAdded("  "))
    harness.handle(ev.CommentChanged(7, "z"))
    assert harness.count(od.RecordComments) == records


def test_comments_come_back_from_plain_data_and_what_is_none_is_left_out() -> None:
    comments = (Comment(1, "x", 2, 5, "Ada"), Comment(2, "y"))
    wire = [comment_to_wire(comment) for comment in comments]
    assert comments_from_wire([*wire, [3], "x", None, [4, 5, 6, 7, 8]]) == comments
    assert comments_from_wire(None) == comments_from_wire({}) == ()
