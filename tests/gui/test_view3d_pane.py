"""The masks in 3D beside the frame: shown by a key, turned by the mouse, following what happens."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest

from app.config.settings_file import load_settings
from app.domain.camera import OrbitCamera
from app.imaging.masks import encode
from app.kiosk.settings_store import SettingsStore
from app.messages.events import LabelAdded, MaskSet, ObjectAdded, View3DChanged
from app.pipeline.pipeline import Pipeline
from tests.gui.pilot import HEIGHT, WIDTH, Pilot


def place(pilot: Pilot, right: float = 0.5, down: float = 0.5) -> tuple[int, int]:
    """A point of the 3D view in window pixels, from its share of width and height."""
    (x, y), (width, height) = pilot.bench.view3d.position, pilot.bench.view3d.size
    return x + round(width * right), y + round(height * down)


def drag(pilot: Pilot, right: int, down: int, button: int = 1) -> None:
    x, y = place(pilot)
    pilot.tool("mousemove", x, y)
    pilot.tool("mousedown", button)
    pilot.tool("mousemove", x + right // 2, y + down // 2)
    pilot.tool("mousemove", x + right, y + down)
    pilot.tool("mouseup", button)


def shown(pilot: Pilot) -> np.ndarray:
    picture = pilot.bench.view3d.picture
    assert picture is not None
    assert picture.image is not None
    return picture.image


def fine(pilot: Pilot) -> bool:
    picture = pilot.bench.view3d.picture
    return picture is not None and picture.image is not None and picture.is_fine


def until_changed(pilot: Pilot, before: np.ndarray) -> None:
    pilot.until(lambda: shown(pilot) is not before and not np.array_equal(shown(pilot), before))


@pytest.fixture(scope="module")
def solid(opened: Pilot) -> Pilot:
    """The 3D view with nothing in it."""
    opened.key("F3")
    opened.until(lambda: fine(opened), "for a picture")
    return opened


def test_an_empty_view_says_what_to_do(solid: Pilot) -> None:
    assert solid.bench.view3d.message == ("Finish a mask to see it here.",)
    solid.shot("solid-empty")


def test_masks_appear_as_they_are_made(solid: Pilot) -> None:
    before = shown(solid)
    solid.loop.post(LabelAdded("disc"))
    solid.loop.post(ObjectAdded())
    solid.until(lambda: solid.snapshot.sequence.objects)
    for frame in range(10, 30):
        mask = np.zeros((HEIGHT, WIDTH), bool)
        mask[80:160, 60 + 3 * frame : 140 + 3 * frame] = True
        solid.loop.post(MaskSet(frame, solid.snapshot.sequence.objects[0].object_id, encode(mask)))
    until_changed(solid, before)
    solid.until(lambda: not solid.bench.view3d.message and fine(solid))
    solid.shot("solid-masks")


def test_the_mouse_turns_moves_zooms_and_resets(solid: Pilot) -> None:
    before = shown(solid)
    drag(solid, -60, 20)
    pose = solid.bench.view3d.camera
    assert pose.azimuth > OrbitCamera().azimuth
    assert pose.elevation > OrbitCamera().elevation
    solid.until(lambda: solid.snapshot.view3d.camera == pose)
    until_changed(solid, before)
    drag(solid, 40, 0, button=2)
    assert solid.bench.view3d.camera.right > 0
    solid.tool("mousemove", *place(solid))
    solid.tool("click", 4)
    assert solid.bench.view3d.camera.zoom > 1
    solid.shot("solid-turned")
    before = shown(solid)
    solid.tool("click", "--repeat", 2, "--delay", 40, 1)
    solid.until(lambda: solid.snapshot.view3d.camera == OrbitCamera())
    until_changed(solid, before)


def test_the_keys_turn_it_too_and_those_of_the_frame_go_where_the_mouse_is(solid: Pilot) -> None:
    solid.key("ctrl+shift+Left")
    solid.until(lambda: solid.snapshot.view3d.camera.azimuth > OrbitCamera().azimuth)
    scale = solid.bench.canvas.interaction.view
    solid.tool("mousemove", *place(solid))
    solid.key("equal")
    solid.until(lambda: solid.snapshot.view3d.camera.zoom > 1)
    assert solid.bench.canvas.interaction.view == scale
    solid.key("ctrl+shift+0")
    solid.until(lambda: solid.snapshot.view3d.camera == OrbitCamera())


def test_a_click_on_a_label_leaves_it_out(solid: Pilot) -> None:
    solid.until(lambda: fine(solid))
    before = shown(solid)
    x, y = solid.bench.view3d.position
    solid.tool("mousemove", x + 24, y + 22)
    solid.tool("click", 1)
    solid.until(lambda: solid.snapshot.view3d.hidden)
    until_changed(solid, before)
    assert solid.bench.view3d.message[0] == "All labels are hidden."
    solid.key("alt+shift+h")
    solid.until(lambda: not solid.snapshot.view3d.hidden)


def test_opacity_is_remembered(solid: Pilot, settings_store: SettingsStore, settings_path: Path) -> None:
    before = shown(solid)
    solid.key("ctrl+shift+comma", "ctrl+shift+comma")
    solid.until(lambda: solid.snapshot.view3d.opacity == 0.8)
    until_changed(solid, before)
    settings_store.save_view(solid.snapshot)
    again = SettingsStore(load_settings(settings_path)[0], settings_path)
    assert again.view_events()[1] == View3DChanged(shown=True, opacity=0.8)


def test_a_renderer_that_dies_costs_a_message_and_no_picture(solid: Pilot) -> None:
    solid.until(lambda: fine(solid))
    host = solid.host

    async def ask(pipeline: Pipeline) -> int | None:
        return pipeline.services.worker_pid("renderer")

    pid = host.run_coroutine(ask)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    solid.key("ctrl+shift+Right")
    # A picture of before may still be on its way, so that a change alone says nothing of the other renderer.
    solid.until(lambda: host.run_coroutine(ask) not in (None, pid), "for another renderer")
    before = shown(solid)
    solid.key("ctrl+shift+Left")
    until_changed(solid, before)


def test_it_goes_away_and_the_frame_takes_its_place(solid: Pilot) -> None:
    width = solid.bench.canvas.size[0]
    solid.key("F3")
    solid.until(lambda: solid.bench.canvas.size[0] > width)
    assert not solid.bench.view3d.is_shown
    solid.shot("solid-away")
