"""A batch on real schedulers and workers: the same bytes as with one, nothing lost or done twice when one is killed."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Status
from app.domain.batch_jobs import BatchJob
from app.headless import Annotator, Workspace
from app.headless.cluster.cluster_runner import ClusterOptions, ClusterRunner
from app.storage.demo.demo_sequence import write_demo
from app.storage.workspace.batch_list import NAME, BatchList
from app.storage.workspace.stored_sequence import find_sequences
from app.storage.workspace.workspace import Workspace as OpenWorkspace
from tests.helpers.films import copy_as_another
from tool.dev.soak.cluster_processes import Cluster, batch, cluster, descendants, wait_for

FRAMES, LONG = 6, 60
PATIENCE = 250.0  # seconds; a busy machine starts workers slowly


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with films that have a mask, and their workspaces."""
    folder = tmp_path_factory.mktemp("cluster")
    with Annotator(folder / "work", device="cpu", engine="classic") as annotator:
        for frames, names in ((FRAMES, ("a", "b")), (LONG, ("long",))):
            demo = write_demo(folder / f"demo{frames}", frames=frames, width=96, height=64)
            for name in names:
                annotator.open(copy_as_another(demo.video, folder / f"{name}.mp4"))
                thing = annotator.add_object(annotator.add_label("thing"))
                annotator.set_mask(0, thing, np.pad(np.ones((24, 24), bool), ((20, 20), (36, 36))))
    return folder


@pytest.fixture(scope="module")
def machines(work: Path) -> Iterator[Cluster]:
    with cluster(work / "cluster.log", workers=1) as made:
        yield made


def run(work: Path, machines: Cluster, workspace: str, *names: str) -> str:
    words = ("--export", "png", "--export", "coco", "--into", str(work / f"out-{workspace}"))
    head = batch(work / workspace, machines.address, [work / f"{name}.mp4" for name in names], *words)
    said, _ = head.communicate(timeout=PATIENCE)
    assert head.returncode == 0, f"{said}\n{(work / 'cluster.log').read_text()[-4000:]}"
    return said


def test_a_sequence_that_is_signed_off_is_refused_before_it_is_sent(work: Path, machines: Cluster) -> None:
    shutil.copytree(work / "work", work / "signed")
    source = work / "a.mp4"
    (stored,) = (one for one in find_sequences(work / "signed") if one.record.path == str(source))
    with OpenWorkspace(stored.folder) as workspace:
        workspace.journal.write([], {"sign_offs": [["Ada", 10.0, None]]})
    before = stored.read()[0].cells
    jobs = BatchList(work / "signed" / NAME)
    jobs.add([BatchJob(str(source))])

    def send(*_: object, **__: object) -> None:
        pytest.fail("it was sent")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("distributed.Client.submit", send)
        ClusterRunner(
            jobs, work / "signed", ClusterOptions(machines.address), lambda _: pytest.fail("no export")
        ).run()
    (entry,) = jobs.read()
    assert entry.status == "failed" and "Ada" in entry.problem
    assert stored.read()[0].cells == before


def written(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def test_two_workers_make_the_bytes_that_one_makes(work: Path, machines: Cluster) -> None:
    shutil.copytree(work / "work", work / "other")
    said = run(work, machines, "work", "a", "b")
    assert said.count("done") == 2
    machines.start_worker()
    run(work, machines, "other", "a", "b")
    one, two = written(work / "out-work"), written(work / "out-other")
    assert one and one == two
    for name in "ab":
        found = [frame.status(1) for frame in Workspace(work / "other")[name]]
        assert found == [Status.EDITED] + [Status.PROPAGATED] * (FRAMES - 1)


def test_a_worker_that_is_killed_in_the_middle_loses_nothing_and_nothing_is_done_twice(
    work: Path, machines: Cluster
) -> None:
    head = batch(work / "work", machines.address, [work / "long.mp4"])
    pids = [machine.pid for machine in machines.workers]
    wait_for(lambda: any(descendants(pid, "propagator") for pid in pids))
    struck = next(pid for pid in pids if descendants(pid, "propagator"))
    # The process of the worker itself: the nanny, which the command is, starts it again.
    (program,) = descendants(struck, "--multiprocessing-fork")
    os.kill(program, signal.SIGKILL)
    said, _ = head.communicate(timeout=PATIENCE)
    assert head.returncode == 0, said
    sequence = Workspace(work / "work")["long"]
    assert [frame.status(1) for frame in sequence] == [Status.EDITED] + [Status.PROPAGATED] * (LONG - 1)
    assert [edit.title for edit in sequence.history()].count("Propagate") == 1
    entry = BatchList(work / "work" / NAME).read()[-1]
    assert (entry.status, entry.frames) == ("done", LONG - 1)
    assert not descendants(program, "propagator")
