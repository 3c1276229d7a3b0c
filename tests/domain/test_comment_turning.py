"""Comments of a scan when the other axis is annotated along, or when it is sliced in another direction."""

from __future__ import annotations

from app.domain.comment import Comment, join_comments, move_comments
from app.domain.frame_order import FrameOrder

SPACE, FILM = FrameOrder(3, 4), FrameOrder(3, 4, "time")
SIDEWAYS = FrameOrder(5, 4)  # the same time points in slices of another direction


Directions = dict[str, tuple[Comment, ...]]  # what the journal of each direction holds
ORDERS = {"space": SPACE, "film": FILM, "sideways": SIDEWAYS}


class Scan:
    """A scan that is turned, as the pipeline turns it: a journal for each direction."""

    def __init__(self, *comments: Comment) -> None:
        self.here = "space"
        self.held: Directions = {"space": comments}
        self.came: Directions = {}

    def turn(self, there: str) -> tuple[Comment, ...]:
        """Turn to a direction; return its comments."""
        orders = ORDERS[self.here], ORDERS[there]
        same = "sideways" not in (self.here, there)
        moved = move_comments(self.held[self.here], *orders, same_slices=same)
        earlier = move_comments(self.came.get(self.here, ()), *orders, same_slices=same)
        self.held[there] = join_comments(moved, self.held.get(there, ()), earlier)
        self.here, self.came[there] = there, moved
        return self.held[there]


BLURRED = Comment(1, "blurred", None, None, "ann")
VALVE = Comment(2, "valve #key", SPACE.frame(2, 1), SPACE.frame(2, 1) + 1)
BREATH = Comment(3, "breathing", 3, 6)
MADE = (BLURRED, VALVE, BREATH)


def test_comments_on_frames_go_with_them_and_ranges_stay_in_their_order() -> None:
    scan = Scan(*MADE)
    place = FILM.frame(2, 1)
    assert scan.turn("film") == (BLURRED, Comment(2, "valve #key", place, place + 1))
    assert scan.turn("space") == MADE


def test_what_was_deleted_or_changed_there_is_so_here_too() -> None:
    scan = Scan(*MADE)
    blurred, _ = scan.turn("film")
    scan.held["film"] = (Comment(1, "very blurred", None, None, "ann"),)
    assert blurred == BLURRED
    assert [comment.text for comment in scan.turn("space")] == ["very blurred", "breathing"]


def test_a_range_comes_along_where_it_is_a_range_there_too() -> None:
    whole = Comment(1, "all of it", 0, 12)
    assert Scan(whole).turn("film") == (whole,)
    one, film = FrameOrder(1, 4), FrameOrder(1, 4, "time")
    beat = Comment(2, "systole", 1, 3)
    assert move_comments((beat,), one, film, same_slices=True) == (beat,), (
        "of one slice the order is the same"
    )


def test_in_another_direction_whole_time_points_keep_their_comments() -> None:
    made = (BLURRED, Comment(2, "moved", 3, 9), Comment(3, "a slice", 4, 5))
    scan = Scan(*made)
    assert scan.turn("sideways") == (BLURRED, Comment(2, "moved", 5, 15))
    assert scan.turn("space") == made


def test_no_comment_is_lost_on_a_way_through_several_directions() -> None:
    for way in (("film", "sideways", "space"), ("sideways", "film", "space")):
        scan = Scan(*MADE)
        for there in way:
            found = scan.turn(there)
        assert sorted(comment.text for comment in found) == ["blurred", "breathing", "valve #key"]


def test_a_comment_that_stays_takes_no_number_of_one_that_comes() -> None:
    joined = join_comments((Comment(1, "new", 0, 1),), (Comment(1, "range", 3, 6),), ())
    assert [(one.comment_id, one.text) for one in joined] == [(1, "new"), (2, "range")]
