"""The program for Slurm in OPERATING.md, as it stands there."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask_jobqueue
import pytest
from dask_jobqueue.slurm import SLURMJob
from distributed.cli.dask_worker import main as dask_worker

from app.domain.annotation import Status
from app.headless import Workspace
from tool.dev.soak.cluster_processes import ROOT, batch, free_port, wait_for
from tool.dev.soak.films import make_films

FRAMES = 100
PATIENCE = 300.0  # seconds; Slurm looks for work to start every minute at worst


def documented() -> str:
    text = (ROOT / "docs/OPERATING.md").read_text(encoding="utf-8")
    return textwrap.dedent(
        text[text.index("    from threading import Event") : text.index("then `framewise batch")]
    )


def slurm_says(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=False).stdout.strip()


def test_a_job_is_a_worker_that_does_one_sequence_at_a_time_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[str, Any] = {}

    class Cluster:
        def __init__(self, scheduler_options: dict[str, int], **settings: object) -> None:
            made.update(settings, port=scheduler_options["port"])

        def adapt(self, **bounds: object) -> None:
            made.update(bounds)

    monkeypatch.setattr(dask_jobqueue, "SLURMCluster", Cluster)
    exec(documented().replace("Event().wait()", ""), {})  # noqa: S102 - as a reader runs it
    assert (made.pop("port"), made.pop("maximum_jobs"), made.pop("target_duration")) == (8786, 20, "1s")
    script = SLURMJob("tls://head:8786", "worker", **made).job_script()
    assert "#SBATCH --cpus-per-task=8" in script and "#SBATCH -t 08:00:00" in script
    words = script[script.index("distributed.cli.dask_worker") :].split()[1:]
    given = dask_worker.make_context("dask worker", words).params
    assert (given["scheduler"], given["protocol"], given["nthreads"]) == ("tls://head:8786", "tls", 1)


@pytest.fixture
def head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The documented program under way; its scheduler's address."""
    if not all(map(shutil.which, ("sbatch", "openssl"))) or not slurm_says("sinfo", "-h"):
        pytest.skip("needs a Slurm cluster that this machine may submit jobs to, and openssl")
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=head"]
    subprocess.run([*words, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    own = f"{{cert: {cert}, key: {key}}}"
    (tmp_path / "dask.yaml").write_text(
        "distributed: {comm: {require-encryption: true, tls: "
        f"{{ca-file: {cert}, scheduler: {own}, worker: {own}, client: {own}}}}}}}\n"
    )
    monkeypatch.setenv("DASK_CONFIG", str(tmp_path / "dask.yaml"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    port = free_port()
    program = documented().replace("8786", str(port)).replace("cores=8", "cores=1").replace("16 GB", "2 GB")
    with subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path) as process:
        yield f"tls://127.0.0.1:{port}"
        process.terminate()


def test_a_job_that_scancel_ends_loses_nothing_and_nothing_is_done_twice(tmp_path: Path, head: str) -> None:
    films = make_films(tmp_path, tmp_path / "work", 2, FRAMES)
    before = set(slurm_says("squeue", "-h", "-o", "%i").split())
    run = batch(tmp_path / "work", head, films, "--export", "png", "--into", str(tmp_path / "out"))

    def jobs() -> list[str]:
        running = slurm_says("squeue", "-h", "-t", "R", "-n", "dask-worker", "-o", "%i").split()
        return sorted(set(running) - before)

    def at_work() -> list[str]:
        said = {job: tmp_path / f"slurm-{job}.out" for job in jobs()}
        return [job for job, file in said.items() if file.is_file() and "Registered to" in file.read_text()]

    wait_for(at_work, PATIENCE)
    slurm_says("scancel", at_work()[0])
    said, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == 0 and said.count("done") == 2, said
    for film in films:
        sequence = Workspace(tmp_path / "work")[film.stem]
        assert [frame.status(1) for frame in sequence] == [Status.EDITED] + [Status.PROPAGATED] * (FRAMES - 1)
        assert [edit.title for edit in sequence.history()].count("Propagate") == 1
        assert len(list((tmp_path / "out").rglob("*.png"))) >= 2 * FRAMES
