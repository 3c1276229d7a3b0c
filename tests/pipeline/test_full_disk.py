"""A disk that really fills while somebody works, in a mount namespace of our own, and one that cannot be written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.domain.errors import StorageFull, WorkspaceError
from app.headless import Annotator
from app.messages import events as ev
from app.storage.demo.demo_sequence import write_demo

ROOT = Path(__file__).parents[2]
FRAMES, WIDTH, HEIGHT = 12, 320, 240
PATIENCE = 120.0
UNSHARE = ("unshare", "--user", "--map-root-user", "--mount")


def in_namespace(root: Path, mount: str, *words: str) -> None:
    """Run the story below where a shell command has changed what is mounted at root/work."""
    if shutil.which("unshare") is None or subprocess.run([*UNSHARE, "true"], capture_output=True).returncode:
        pytest.skip("this system gives no mount namespace to ordinary users")
    (root / "work").mkdir(exist_ok=True)
    inner = f'{mount} && shift && exec "$@"'
    command = [
        *UNSHARE,
        "sh",
        "-c",
        inner,
        "sh",
        str(root / "work"),
        sys.executable,
        __file__,
        *words,
        str(root),
    ]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=150
    )
    assert done.returncode == 0, done.stderr


def test_on_a_full_disk_nobody_can_leave_unsaved_work_and_saving_goes_on_by_itself(tmp_path: Path) -> None:
    in_namespace(tmp_path, 'mount -t tmpfs -o size=3m,mode=777 none "$1"', "full")


def test_a_workspace_that_cannot_be_written_is_said_before_any_work_is_done(tmp_path: Path) -> None:
    in_namespace(tmp_path, 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"', "read-only")


def noise(seed: int) -> np.ndarray:
    """A mask that takes space in the journal."""
    return np.random.default_rng(seed).random((HEIGHT, WIDTH)) < 0.5


def is_saved(a: Annotator) -> bool:
    return a.client.read_state(
        lambda state: not state.storage_failed and state.stored_gestures >= state.gestures
    )


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def full(root: Path) -> None:
    """Edits made while nothing can be written stay in memory, hold the sequence open, and are written later."""
    first, second = (write_demo(root / str(n), FRAMES + n, WIDTH, HEIGHT).video for n in range(2))
    with Annotator(root / "work", device="cpu", engine="classic") as a:
        a.open(first)
        thing = a.add_object(a.add_label("thing"))
        a.set_mask(0, thing, noise(0))
        _fill(root / "work" / "ballast")
        with pytest.raises(StorageFull):
            for frame in range(1, FRAMES):
                a.set_mask(frame, thing, noise(frame))
        for leave in (lambda: a.open(second), lambda: a.client.post(ev.SequenceClosed())):
            with pytest.raises(StorageFull):
                leave()
                a.client.wait_until_durable()
            assert a.sequence.path == str(first)
        with pytest.raises(StorageFull):
            a.client.export(("png",), root / "out")
        assert not is_saved(a) and not (root / "out").exists()
        (root / "work" / "ballast").unlink()
        until(lambda: is_saved(a))
        a.client.wait_until_durable()
        made = {frame: a.mask(frame, thing) for frame in range(FRAMES)}
        assert sum(mask.any() for mask in made.values()) >= 2
        a.open(second)
    with Annotator(root / "work", device="cpu", engine="classic") as a:
        _fill(root / "work" / "ballast")
        with pytest.raises(StorageFull, match="The disk is full"):
            a.open(first)
        (root / "work" / "ballast").unlink()
        a.open(first)
        assert all(np.array_equal(a.mask(frame, thing), mask) for frame, mask in made.items())


def _fill(path: Path) -> None:
    try:
        with path.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
    except OSError:
        return


def read_only(root: Path) -> None:
    film = write_demo(root / "film", FRAMES, WIDTH, HEIGHT).video
    with (
        Annotator(root / "work", device="cpu", engine="classic") as a,
        pytest.raises(WorkspaceError, match="written"),
    ):
        a.open(film)


if __name__ == "__main__":
    {"full": full, "read-only": read_only}[sys.argv[1]](Path(sys.argv[2]))
