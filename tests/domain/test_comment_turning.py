"""Comments of a scan when the other axis is annotated along, or when it is sliced in another direction."""

from __future__ import annotations

from app.domain.comment import Comment, turn_comments
from app.domain.frame_order import FrameOrder

SPACE, FILM = FrameOrder(3, 4), FrameOrder(3, 4, "time")
SIDEWAYS = FrameOrder(5, 4)  # the same time points in slices of another direction


def test_comments_on_frames_go_with_them_and_ranges_stay_in_their_order() -> None:
    made = (
        Comment(1, "blurred", None, None, "ann"),
        Comment(2, "valve #key", SPACE.frame(2, 1), SPACE.frame(2, 1) + 1),
        Comment(3, "breathing", 3, 6),
    )
    turned = turn_comments(made, (), SPACE, FILM, same_slices=True)
    place = FILM.frame(2, 1)
    assert turned == (made[0], Comment(2, "valve #key", place, place + 1))
    assert turn_comments(turned, made, FILM, SPACE, same_slices=True) == made
    without = turn_comments(turned[:1], made, FILM, SPACE, same_slices=True)
    assert [comment.text for comment in without] == ["blurred", "breathing"], "what was deleted stays deleted"


def test_a_range_comes_along_where_it_is_a_range_there_too() -> None:
    whole = Comment(1, "all of it", 0, 12)
    assert turn_comments((whole,), (), SPACE, FILM, same_slices=True) == (whole,)
    one, film = FrameOrder(1, 4), FrameOrder(1, 4, "time")
    beat = Comment(2, "systole", 1, 3)
    assert turn_comments((beat,), (), one, film, same_slices=True) == (beat,), (
        "of one slice the order is the same"
    )
    gone = turn_comments((), (whole,), FILM, SPACE, same_slices=True)
    assert gone == (), "it was deleted where it had come along to"


def test_in_another_direction_whole_time_points_keep_their_comments() -> None:
    made = (Comment(1, "blurred"), Comment(2, "moved", 3, 9), Comment(3, "a slice", 4, 5))
    turned = turn_comments(made, (), SPACE, SIDEWAYS, same_slices=False)
    assert turned == (made[0], Comment(2, "moved", 5, 15))
    own = (*turned, Comment(3, "sideways", 7, 8))
    assert turn_comments(own, made, SIDEWAYS, SPACE, same_slices=False) == made


def test_a_comment_that_stays_takes_no_number_of_one_that_comes() -> None:
    came, stays = Comment(1, "new", 0, 1), Comment(1, "range", 3, 6)
    turned = turn_comments((came,), (stays,), FILM, SPACE, same_slices=True)
    assert [(one.comment_id, one.text) for one in turned] == [(1, "new"), (2, "range")]
