"""What the row under the picture leaves out where it is narrow."""

from __future__ import annotations

from app.views.timeline.transport import hidden_parts

PARTS = (
    "frame.first",
    "frame.back",
    "frame.previous",
    "play.toggle",
    "frame.next",
    "frame.forward",
    "frame.last",
    "clock",
    "speed",
    "loop",
)
WIDTHS = dict.fromkeys(PARTS, 10)


def test_everything_is_there_where_there_is_room() -> None:
    assert hidden_parts(100, WIDTHS) == frozenset()


def test_what_is_needed_least_goes_first() -> None:
    assert hidden_parts(99, WIDTHS) == {"frame.back", "frame.forward"}
    assert hidden_parts(79, WIDTHS) == {"frame.back", "frame.forward", "frame.first", "frame.last"}
    assert hidden_parts(50, WIDTHS) == frozenset(PARTS) - {
        "frame.previous",
        "play.toggle",
        "frame.next",
        "clock",
    }


def test_the_frame_can_be_changed_and_played_in_any_room() -> None:
    assert frozenset(PARTS) - hidden_parts(0, WIDTHS) == {"frame.previous", "play.toggle", "frame.next"}
