"""A batch on Dask by one worker and by two on cores of their own: time, and whether all results are the same."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from distributed import Client

from app.headless import Workspace
from tool.dev.bench.report import heading, row
from tool.dev.soak.cluster_processes import batch, cluster
from tool.dev.soak.films import make_films

FILMS, FRAMES, SIZE = 8, 25, (640, 360)
PATIENCE = 3600.0  # seconds of a batch, or of the start of its workers


def run(engine: str) -> None:
    """Print how long the same films take; raise SystemExit where results differ. engine: that propagates."""
    heading(f"{FILMS} films of {FRAMES} frames, {SIZE[0]}x{SIZE[1]}, on Dask")
    cores = sorted(os.sched_getaffinity(0))
    settings = {"one worker": [cores], "one worker on one core": [cores[:1]]}
    if len(cores) > 1:
        settings["two workers, one core each"] = [cores[:1], cores[1:2]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        films = make_films(folder, folder / "made", FILMS, FRAMES, SIZE)
        times, results = {}, {}
        for number, (title, places) in enumerate(settings.items()):
            times[title] = _seconds(folder, number, films, places, engine)
            results[title] = _results(folder, number, films)
            row(title, f"{times[title]:.1f} s, {FILMS * FRAMES / times[title]:.1f} frames/s")
    first = results["one worker"]
    row("masks propagated", str(sum(status == "PROPAGATED" for status, _ in first[0])))
    row("files exported", str(len(first[1])))
    for title, (masks, files) in results.items():
        differing = [name for name in files.keys() | first[1].keys() if files.get(name) != first[1].get(name)]
        if masks != first[0] or differing:
            raise SystemExit(f"{title}: other masks, or other files: {differing}")
    row("masks, and exported files byte by byte", "the same")
    *_, alone, together = times.values()
    row("two cores against one", f"{alone / together:.2f} times as fast")


def _seconds(
    folder: Path, number: int, films: Sequence[Path], places: Sequence[Sequence[int]], engine: str
) -> float:
    """Do the films on new workers, each on some cores; return how long that took once all workers were there."""
    work = folder / f"work{number}"
    shutil.copytree(folder / "made", work, ignore=shutil.ignore_patterns("lock"))
    with cluster(folder / "cluster.log") as machines:
        for cores in places:
            os.sched_setaffinity(machines.start_worker().pid, cores)
        with Client(machines.address, set_as_default=False) as client:
            client.wait_for_workers(len(places), timeout=PATIENCE)
        words = (
            "--engine",
            engine,
            "--export",
            "png",
            "--export",
            "coco",
            "--into",
            str(folder / f"out{number}"),
        )
        began = time.perf_counter()
        head = batch(work, machines.address, films, *words)
        try:
            said, _ = head.communicate(timeout=PATIENCE)
        finally:
            head.kill()
        if head.returncode:
            raise SystemExit(f"The batch failed: {said}")
        return time.perf_counter() - began


def _results(
    folder: Path, number: int, films: Sequence[Path]
) -> tuple[list[tuple[str, bytes]], dict[str, bytes]]:
    """Return status and pixels of each mask, and the exported files by name."""
    workspace, out = Workspace(folder / f"work{number}"), folder / f"out{number}"
    masks = [
        (frame.status(1).name, frame.masks[1].tobytes()) for film in films for frame in workspace[film.stem]
    ]
    # A hidden file lists them in the order in which they came.
    paths = (path for path in out.rglob("*") if path.is_file() and not path.name.startswith("."))
    files = {str(path.relative_to(out)): path.read_bytes() for path in paths}
    return masks, files
