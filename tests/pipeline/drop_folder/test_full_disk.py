"""Disks that really fill, in a mount namespace of our own."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.worklist.entry import EntryState
from tests.pipeline.drop_folder.folder_bench import movie, running

ROOT = Path(__file__).parents[3]


def test_files_arrive_though_the_disk_of_the_list_is_full_and_it_is_saved_later(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    _in_namespace(tmp_path, "work", "list")


def test_a_copy_onto_a_full_disk_fails_and_is_taken_when_it_is_repeated(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    _in_namespace(tmp_path, "drop", "copy")


def _in_namespace(root: Path, mount: str, story: str) -> None:
    """Run one of the stories below where root/mount is a disk of one megabyte."""
    inner = 'mount -t tmpfs -o size=1m,mode=777 none "$1" && exec "$2" "$3" "$4" "$5"'
    words = [str(root / mount), sys.executable, __file__, story, str(root)]
    shell = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", inner, "sh"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*shell[:4], "true"], capture_output=True).returncode
    ):
        pytest.skip("this system gives no mount namespace to ordinary users")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([*shell, *words], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def _fill(path: Path) -> None:
    try:
        with path.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
    except OSError:
        return


async def _list(root: Path) -> None:
    """The list cannot be saved, says so once, works on, and is saved when there is room."""
    async with running(root) as bench:
        movie(bench.drop / "first.mp4")
        await bench.ready("first.mp4")
        await bench.watcher.flush()
        _fill(bench.work / "ballast")
        for number in range(20):
            movie(bench.drop / f"{number}.mp4", seed=number + 10)
        await bench.until(lambda: sum(entry.can_open for entry in bench.newest.entries) == 21)
        (bench.drop / "bad.mp4").write_bytes(b"x")
        await bench.failed("bad.mp4")
        await bench.until(lambda: bench.notices)
        assert "full" in bench.notices[0]
        (bench.work / "ballast").unlink()
        await bench.watcher.flush()
        known = set(bench.newest.entries)
    async with running(root) as bench:
        await bench.until(lambda: set(bench.newest.entries) == known)


async def _copy(root: Path) -> None:
    """What did not fit is listed with a reason, and taken once it is copied again."""
    async with running(root) as bench:
        whole = movie(root / "clip.mp4", frames=30)
        _fill(bench.drop / "ballast.txt")
        os.truncate(bench.drop / "ballast.txt", 2**20 - 16384)
        try:
            (bench.drop / "clip.mp4").write_bytes(whole)
        except OSError:
            await bench.failed("clip.mp4")
        assert bench.state("clip.mp4") is EntryState.FAILED
        (bench.drop / "ballast.txt").unlink()
        (bench.drop / "clip.mp4").write_bytes(whole)
        await bench.ready("clip.mp4")


if __name__ == "__main__":
    stories = {"list": _list, "copy": _copy}
    asyncio.run(stories[sys.argv[1]](Path(sys.argv[2])))
