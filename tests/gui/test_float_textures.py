"""Where OpenGL cannot be called directly, frames reach the screen as floats, with the same pixels."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from app.messages.events import FrameRequested
from app.views.toolkit.graphics import Graphics
from tests.gui.pilot import Pilot


@pytest.fixture(scope="module", autouse=True)
def portable() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Graphics, "load", lambda: None)
        yield


@pytest.mark.parametrize("frame", [0, 20, 39])
def test_the_frame_on_the_screen_is_the_frame_asked_for(opened: Pilot, frame: int) -> None:
    canvas = opened.bench.canvas
    assert opened.loop.display.graphics is None
    opened.loop.post(FrameRequested(frame))
    opened.until(lambda: canvas.frame == opened.snapshot.sequence.frame == frame)
    screen = cv2.imread(str(opened.shot("portable")))
    assert screen is not None
    assert canvas.picture is not None
    x, y = opened.at(100 + 2 * frame, 120)
    shown, wanted = screen[y, x, ::-1].astype(int), canvas.picture.image[120, 100 + 2 * frame, :3]
    assert np.abs(shown - wanted).max() <= 4


def test_the_3d_picture_on_the_screen_is_the_one_that_was_drawn(opened: Pilot) -> None:
    opened.key("F3")
    opened.until(lambda: opened.bench.view3d.picture and opened.bench.view3d.picture.is_fine)
    screen = cv2.imread(str(opened.shot("portable-solid")))
    picture, (x, y) = opened.bench.view3d.picture, opened.bench.view3d.position
    assert screen is not None
    assert picture is not None
    assert picture.image is not None
    height = picture.image.shape[0]
    drawn = picture.image[height * 3 // 4 :, :, :3].astype(int)
    shown = screen[y + height * 3 // 4 : y + height, x : x + drawn.shape[1], ::-1].astype(int)
    assert drawn.std() > 5
    assert np.abs(shown - drawn).mean() < 2
    opened.key("F3")


def test_keys_are_heard(opened: Pilot) -> None:
    opened.key("Home")
    opened.until(lambda: opened.snapshot.sequence.frame == 0)
