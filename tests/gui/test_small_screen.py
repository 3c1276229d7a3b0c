"""A window that asks for more than the screen has."""

from __future__ import annotations

import itertools

from app.views.toolkit.display import Display

FRAMES = 200


def test_a_window_is_never_larger_than_the_screen(screen: None) -> None:
    with Display("Framewise", (2560, 1440)) as display:
        assert display.graphics is not None
        largest = display.graphics.screen_size()
        for _ in itertools.takewhile(lambda _: display.size != largest, range(FRAMES)):
            display.draw_frame()
        assert display.size == largest
