"""Two sequences from start to export by keys and by clicks on what is annotated, with no other use of the mouse."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.domain.annotation import Status
from app.imaging import masks
from app.messages.events import ToastDismissed
from app.storage.demo.demo_sequence import DemoSequence, write_demo
from app.views.dialogs.export_dialog import ExportDialog
from app.views.dialogs.file_browser import FileBrowser
from tests.gui.conftest import SHOTS
from tests.gui.pilot import Pilot

FRAMES, WIDTH, HEIGHT = 16, 320, 240
THINGS = (1, 2)
GOOD, MOST_CLICKS = 0.75, 8
MOST_ACTIONS = 14


@dataclass
class Robot:
    """An annotator with both hands on the keyboard. A typed text counts as one action a character."""

    pilot: Pilot
    actions: int = 0
    objects: int = 0
    keys: list[str] = field(default_factory=list)

    def key(self, *names: str) -> None:
        self.actions += len(names)
        self.keys += names
        self.pilot.key(*names)

    def write(self, text: str) -> None:
        self.actions += len(text)
        self.pilot.write(text)

    def click(self, x: float, y: float, button: int = 1) -> None:
        self.actions += 1
        self.pilot.click(x, y, button)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[DemoSequence]]:
    """A folder with two films, and the truth about them."""
    folder = tmp_path_factory.mktemp("clips")
    demos = [write_demo(folder / f"truth{n}", FRAMES + 2 * n, WIDTH, HEIGHT) for n in range(2)]
    for n, demo in enumerate(demos):
        shutil.copy(demo.video, folder / f"film{n}.mp4")
    return folder, demos


def test_two_sequences_are_annotated_and_exported_by_keys_and_clicks(
    pilot: Pilot, clips: tuple[Path, list[DemoSequence]]
) -> None:
    folder, demos = clips
    robot = Robot(pilot)
    robot.key("ctrl+a")
    browser = pilot.dialog(FileBrowser)
    robot.write(f"{folder}/")
    pilot.until(lambda: len(browser.rows) == 4, "for the folder")
    robot.write("film0")
    robot.key("Return")
    is_open(pilot, "film0.mp4")
    for name in ("disc", "jelly"):
        robot.key("ctrl+l")
        pilot.frames(6)
        robot.write(name)
        robot.key("Return")
    pilot.until(lambda: len(pilot.snapshot.labels) == len(THINGS))
    robot.actions = 0
    for n, demo in enumerate(demos):
        is_open(pilot, f"film{n}.mp4")
        annotate(robot, demo)
        export(robot, folder / "label", f"film{n}")
        pilot.shot(f"robot-{n}")
        check(demo, folder / "label", f"film{n}")
        robot.key("f")
    each = robot.actions / robot.objects
    (SHOTS / "robot.txt").write_text(f"{robot.objects} objects, {robot.actions} actions, {each:.1f} each\n")
    assert each <= MOST_ACTIONS


def is_open(pilot: Pilot, name: str) -> None:
    pilot.until(
        lambda: pilot.snapshot.sequence.info and pilot.snapshot.sequence.info.path.endswith(name), name
    )
    pilot.until(lambda: pilot.bench.canvas.frame == pilot.snapshot.sequence.frame == 0)
    for toast in pilot.snapshot.toasts:  # messages lie over the frame and would take the robot's clicks
        pilot.loop.post(ToastDismissed(toast.toast_id))
    pilot.until(lambda: not pilot.snapshot.toasts, "for messages to go")
    pilot.frames(6)


def annotate(robot: Robot, demo: DemoSequence) -> None:
    """Click each thing on the first frame, carry the masks through the film, and accept what came of it."""
    pilot, truth = robot.pilot, demo.true_labels(0)
    for value in THINGS:
        robot.key(str(value))
        pilot.wait_for_label(value)
        outline(robot, truth == value)
        robot.key("space")
        pilot.until(lambda: pilot.snapshot.pending is None and pilot.snapshot.edits.saved, "for the commit")
        robot.objects += 1
    robot.key("g")
    pilot.until(lambda: all(all(track.statuses) for track in pilot.snapshot.tracks), "for the masks")
    pilot.until(lambda: pilot.snapshot.propagation is None)
    robot.key("Home", "bracketleft", "End", "bracketright", "shift+v")
    verified = bytes([Status.VERIFIED])
    pilot.until(
        lambda: all(set(track.statuses) == set(verified) for track in pilot.snapshot.tracks), "verified"
    )


def outline(robot: Robot, thing: NDArray[np.bool_]) -> None:
    """Click into the middle of what is wrong, until the mask is good enough to go on."""
    pilot, mask = robot.pilot, np.zeros_like(thing)
    for count in range(1, MOST_CLICKS + 1):
        wrong = max(thing & ~mask, mask & ~thing, key=lambda part: deepest(part)[0])
        _, column, row = deepest(wrong)
        robot.click(column, row, 1 if thing[row, column] else 3)
        pilot.wait_for_mask(count)
        assert pilot.snapshot.pending is not None
        assert pilot.snapshot.pending.mask is not None
        mask = masks.decode(pilot.snapshot.pending.mask)
        if (thing & mask).sum() > GOOD * (thing | mask).sum():
            return


def deepest(part: NDArray[np.bool_]) -> tuple[float, int, int]:
    """How far the point (x, y) that is deepest in a region lies from its border, and the point."""
    depth = cv2.distanceTransform(np.pad(part, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    row, column = np.unravel_index(int(depth.argmax()), depth.shape)
    return float(depth.max()), int(column), int(row)


def export(robot: Robot, folder: Path, name: str) -> None:
    robot.key("ctrl+s")
    robot.pilot.dialog(ExportDialog)
    robot.pilot.shot("robot-export")
    robot.key("Return")
    robot.pilot.no_dialog()
    robot.pilot.until(lambda: robot.pilot.snapshot.tasks.export is None and files(folder, name), "for files")


def files(folder: Path, name: str) -> list[Path]:
    """The masks that were exported from a film."""
    return sorted(path for path in folder.rglob("*.png") if name in str(path))


def check(demo: DemoSequence, folder: Path, name: str) -> None:
    """The masks on the disk are those of the things."""
    found = files(folder, name)
    assert len(found) == demo.frames
    with Image.open(found[0]) as picture:
        first = np.array(picture)
    for value in THINGS:
        thing, mask = demo.true_labels(0) == value, first == value
        assert (thing & mask).sum() / (thing | mask).sum() > GOOD - 0.05
