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
    changed = harness.last(od.Record).edit.comments
    assert changed is not None
    first, second = changed[1]
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
    assert texts(harness) == ["y"]
    harness.handle(ev.CommentChanged(1, "  "))
    assert texts(harness) == []
    records = harness.count(od.Record)
    harness.handle(ev.CommentAdded("  "))
    harness.handle(ev.CommentChanged(7, "z"))
    assert harness.count(od.Record) == records


def test_adding_changing_and_deleting_a_comment_are_a_step_of_undo_each(harness: SessionHarness) -> None:
    harness.handle(ev.CommentAdded("x", 1, 2))
    harness.handle(ev.CommentChanged(1, "y"))
    harness.handle(ev.CommentChanged(1, ""))
    for wanted, title in ((["y"], "delete"), (["x"], "change"), ([], "add")):
        harness.handle(ev.Undone())
        assert texts(harness) == wanted
        assert harness.toast == f"Undone: {title} comment."
    for wanted in (["x"], ["y"], []):
        harness.handle(ev.Redone())
        assert texts(harness) == wanted


def texts(harness: SessionHarness) -> list[str]:
    return [found.text for found in harness.snapshot().sequence.comments]


def test_comments_come_back_from_plain_data_and_what_is_none_is_left_out() -> None:
    comments = (Comment(1, "x", 2, 5, "Ada"), Comment(2, "y"))
    wire = [comment_to_wire(comment) for comment in comments]
    assert comments_from_wire([*wire, [3], "x", None, [4, 5, 6, 7, 8]]) == comments
    assert comments_from_wire(None) == comments_from_wire({}) == ()
