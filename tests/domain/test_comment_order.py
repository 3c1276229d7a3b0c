"""Comments of a scan over time when the other axis is annotated along."""

from __future__ import annotations

from app.domain.comment import Comment, reorder_comments
from app.domain.frame_order import FrameOrder

SPACE, FILM = FrameOrder(3, 4), FrameOrder(3, 4, "time")


def test_comments_on_frames_go_with_them_and_ranges_stay_in_their_order() -> None:
    made = (
        Comment(1, "blurred", None, None, "ann"),
        Comment(2, "valve #key", SPACE.frame(2, 1), SPACE.frame(2, 1) + 1),
        Comment(3, "breathing", 3, 6),
    )
    turned = reorder_comments(made, (), SPACE, FILM)
    place = FILM.frame(2, 1)
    assert turned == (made[0], Comment(2, "valve #key", place, place + 1))
    assert reorder_comments(turned, made, FILM, SPACE) == made
    without = reorder_comments(turned[:1], made, FILM, SPACE)
    assert [comment.text for comment in without] == ["blurred", "breathing"], "what was deleted stays deleted"
