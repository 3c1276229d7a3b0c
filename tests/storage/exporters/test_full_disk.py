"""A disk that really fills, in a mount namespace of our own, keeps the exports that were there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Annotation, Label, Object, SequenceInfo, Status
from app.domain.errors import StorageFull
from app.imaging import masks
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.export_registry import write_export
from app.storage.exporters.label_list import read_labels, write_labels

FRAMES, HEIGHT, WIDTH = 6, 240, 320
ROOT = Path(__file__).parents[3]


def job(seed: int, share: float) -> ExportJob:
    """A sequence of noise, whose files are as large as share is near one half."""
    random = np.random.default_rng(seed)
    label = Label(3, f"list {seed}", (200, 0, 0))
    cells = {
        frame: {1: Annotation(masks.encode(random.random((HEIGHT, WIDTH)) < share), Status.EDITED)}
        for frame in range(FRAMES)
    }

    def image(frame: int) -> np.ndarray:
        return random.integers(0, int(510 * share) + 1, (HEIGHT, WIDTH, 3), np.uint8)

    info = SequenceInfo("clip", "clip.mp4", "video", FRAMES, WIDTH, HEIGHT, 25.0)
    return ExportJob(
        info, (label,), (Object(1, 3),), lambda frame: cells[frame], image, 0.5, lambda *_: None, lambda: None
    )


def content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", ["png", "overlay", "mp4", "coco", "davis", "labels"])
def test_a_full_disk_is_said_and_keeps_the_older_export(tmp_path: Path, kind: str) -> None:
    shell = ["unshare", "--user", "--map-root-user", "--mount"]
    if shutil.which("unshare") is None or subprocess.run([*shell, "true"], capture_output=True).returncode:
        pytest.skip("this system gives no mount namespace to ordinary users")
    inner = 'mount -t tmpfs -o size=4m,mode=777 none "$1" && exec "$2" "$3" "$4" "$1"'
    words = [str(tmp_path), sys.executable, __file__, kind]
    done = subprocess.run(
        [*shell, "sh", "-c", inner, "sh", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def story(kind: str, folder: Path) -> None:
    """An export fits; a larger one does not; after some clearing up one fits again."""
    export(kind, folder, job(1, 0.01))
    before = content(folder)
    assert before
    room = 0 if kind == "csv" else 8192  # a table is smaller than any picture
    (folder / "ballast").write_bytes(b"x" * (os.statvfs(folder).f_bavail * 4096 - room))
    with pytest.raises(StorageFull, match="disk is full"):
        export(kind, folder, job(2, 0.5), times=5000)
    (folder / "ballast").unlink()
    assert content(folder) == before
    export(kind, folder, job(3, 0.01))
    assert content(folder).keys() == before.keys() and content(folder) != before


def export(kind: str, folder: Path, what: ExportJob, times: int = 1) -> None:
    if kind != "labels":
        write_export(kind, what, folder)
        return
    write_labels(folder / "l.txt", list(what.labels) * times)
    assert read_labels(folder / "l.txt")[0] == what.labels


if __name__ == "__main__":
    story(sys.argv[1], Path(sys.argv[2]))
