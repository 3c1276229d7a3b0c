"""Where OpenGL cannot be called directly, frames reach the screen as floats, with the same pixels."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from pilot import Pilot

from app.events import FrameRequested
from app.views.graphics import Graphics
from app.views.textures import FloatTexture


@pytest.fixture(scope="session", autouse=True)
def portable() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Graphics, "load", lambda: None)
        yield


@pytest.mark.parametrize("frame", [0, 20, 39])
def test_the_frame_on_the_screen_is_the_frame_asked_for(opened: Pilot, frame: int) -> None:
    canvas = opened.bench.canvas
    assert isinstance(canvas._pictures._frame, FloatTexture)
    opened.loop.post(FrameRequested(frame))
    opened.until(lambda: canvas.frame == opened.snapshot.frame == frame)
    screen = cv2.imread(str(opened.shot("portable")))
    assert screen is not None
    assert canvas._picture is not None
    x, y = opened.at(100 + 2 * frame, 120)
    shown, wanted = screen[y, x, ::-1].astype(int), canvas._picture.image[120, 100 + 2 * frame, :3]
    assert np.abs(shown - wanted).max() <= 4


def test_keys_are_heard(opened: Pilot) -> None:
    opened.key("Home")
    opened.until(lambda: opened.snapshot.frame == 0)
