"""The timeline says what was said about the frame under the mouse."""

from __future__ import annotations

from app.domain.comment import Comment
from app.views.timeline.comment_marks import LONGEST, text_at


def test_the_comments_on_a_frame_are_joined_and_cut() -> None:
    comments = (
        Comment(1, "smoke\n#blurred", 3, 4),
        Comment(2, "a good case"),
        Comment(3, "bleeding", 2, 9),
        Comment(4, "long " * 50, 20, 21),
    )
    assert text_at(comments, 3) == "smoke #blurred  bleeding"
    assert text_at(comments, 9) == ""
    assert len(text_at(comments, 20)) == LONGEST
