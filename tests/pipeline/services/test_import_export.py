"""The worker that exports and imports is there in time, and in spite of a bad start."""

from __future__ import annotations

import json
import queue
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import psutil
import pytest

from app.domain.annotation import Status
from app.domain.errors import FramewiseError, LabelsClash, UsageError, WorkerHung
from app.domain.export_selection import DataSetChoice
from app.headless import Annotator
from app.messages import events as ev
from app.messages.snapshot import Snapshot
from app.pipeline.client import Client
from app.pipeline.host import PipelineHost
from app.pipeline.options import Options
from app.pipeline.services import import_export
from app.pipeline.workers.job import Job
from app.pipeline.workers.worker_handle import WorkerHandle
from app.storage.demo.demo_sequence import write_demo
from app.storage.exporters.export_ledger import LEDGER


@pytest.fixture
def annotator(tmp_path: Path) -> Iterator[Annotator]:
    demo = write_demo(tmp_path, 2, 64, 48)
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(demo.video)
        yield a


def workers() -> list[psutil.Process]:
    """The exchange workers of this process."""
    return [child for child in psutil.Process().children() if "exchange" in child.cmdline()]


def until(condition: Callable[[], object]) -> None:
    while not condition():
        time.sleep(0.05)


def test_it_starts_before_anybody_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_export, "LULL_SECONDS", 0.1)
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(write_demo(tmp_path, 2, 64, 48).video)
        until(workers)


def test_a_start_that_failed_is_tried_again(
    annotator: Annotator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, failures = WorkerHandle.start, [WorkerHung("The worker was not ready.")]

    async def late(worker: WorkerHandle) -> None:
        if failures:
            raise failures.pop()
        await start(worker)

    monkeypatch.setattr(WorkerHandle, "start", late)
    with pytest.raises(WorkerHung):
        annotator.export("coco", tmp_path / "out")
    assert annotator.export("coco", tmp_path / "out")


def test_a_cancelled_export_that_does_not_end_is_ended_and_the_next_one_is_written(
    annotator: Annotator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker stands still for good: it is killed, what was there before stays, and the annotator is told."""
    [path] = annotator.export("coco", tmp_path / "out")
    before, [stuck] = path.read_bytes(), workers()
    submit, submitted, ended = WorkerHandle.submit, threading.Event(), queue.SimpleQueue[str]()

    def watched(worker: WorkerHandle, *request: Any) -> Job:
        job = submit(worker, *request)
        if worker.name == "exchange":
            submitted.set()
        return job

    def listen(event: ev.Event) -> None:
        if isinstance(event, ev.ExportEnded):
            ended.put(event.error)

    monkeypatch.setattr(WorkerHandle, "submit", watched)
    host = annotator.client.host
    with host.listening(listen):
        stuck.send_signal(signal.SIGSTOP)
        host.post(ev.ExportRequested(("coco",), str(tmp_path / "out")))
        submitted.wait()
        host.post(ev.ExportCancelled())
        assert "cancelled" in ended.get()
    # A killed process of the lowest priority needs a processor to end.
    assert psutil.wait_procs([stuck], timeout=120)[0]
    assert path.read_bytes() == before
    annotator.add_label("thing")
    assert annotator.export("coco", tmp_path / "out") == (path,)
    assert path.read_bytes() != before
    assert {file.name for file in path.parent.iterdir()} == {path.name, LEDGER}


def test_two_films_of_one_file_name_are_exported_side_by_side_and_each_reads_its_own_masks(
    tmp_path: Path,
) -> None:
    left = np.zeros((48, 64), bool)
    left[10:30, 5:25] = True
    masks = {"one": left, "two": left[:, ::-1]}
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        written: list[tuple[Path, ...]] = []
        for patient, mask in masks.items():
            a.open(write_demo(tmp_path / patient, 1 + len(written), 64, 48).video)
            a.set_mask(0, a.add_object(a.add_label("thing")), mask)
            written.append(a.export("png", tmp_path / "out"))
            assert a.export("png", tmp_path / "out") == written[-1]
        assert [len(list(path.glob("0*.png"))) for (path, *_) in written] == [1, 2]
        for patient, mask in masks.items():
            a.open(tmp_path / patient / "demo.mp4")
            a.delete_object(a.objects[0].object_id)
            a.import_masks(tmp_path / "out")
            assert np.array_equal(a.mask(0, a.objects[0].object_id), mask)


def test_an_export_that_is_cancelled_at_once_says_so(annotator: Annotator, tmp_path: Path) -> None:
    both_posted, ended = threading.Event(), queue.SimpleQueue[str]()

    def listen(event: ev.Event) -> None:
        if isinstance(event, ev.ExportRequested):
            both_posted.wait()
        if isinstance(event, ev.ExportEnded):
            ended.put(event.error)

    host = annotator.client.host
    with host.listening(listen):
        host.post(ev.ExportRequested(("coco",), str(tmp_path / "out")))
        host.post(ev.ExportCancelled())
        both_posted.set()
        assert "cancelled" in ended.get()
    assert not (tmp_path / "out").exists()


def test_a_start_brings_the_label_list_of_the_settings(tmp_path: Path) -> None:
    listed = tmp_path / "labels.txt"
    listed.write_text("1 polyp 255 0 0 \n4 内視鏡 0 255 0 \n", encoding="utf-8")
    options = Options(tmp_path / "work", engine="classic", device="cpu", labels_file=listed)
    with Client(options) as client:
        labels = client.wait_for_state(lambda snapshot: bool(snapshot.labels)).labels
    assert [(label.value, label.name) for label in labels] == [(1, "polyp"), (4, "内視鏡")]


def test_a_label_list_that_is_gone_is_named_and_the_program_starts(tmp_path: Path) -> None:
    options = Options(tmp_path / "work", engine="classic", device="cpu", labels_file=tmp_path / "gone.txt")
    news: queue.SimpleQueue[Snapshot] = queue.SimpleQueue()
    with PipelineHost(options, news.put):
        seen = news.get()
        while not (seen.models.engine and seen.toasts):
            seen = news.get()
    assert "gone.txt" in seen.toasts[-1].text


def clashing_coco(path: Path) -> Path:
    """A COCO file whose label 1 is a spleen, with a mask of it on frame 0, and a label 300."""
    box = [[5, 5, 20, 5, 20, 20, 5, 20]]
    content = {
        "images": [{"id": 1, "file_name": "00000.png", "width": 64, "height": 48}],
        "categories": [{"id": 1, "name": "spleen"}, {"id": 300, "name": "far"}, {"id": 2, "name": "unused"}],
        "annotations": [
            {"id": n, "image_id": 1, "category_id": category, "segmentation": box}
            for n, category in ((1, 1), (2, 300))
        ],
    }
    path.write_text(json.dumps(content))
    return path


def test_label_values_that_mean_something_else_are_asked_about(annotator: Annotator, tmp_path: Path) -> None:
    path = clashing_coco(tmp_path / "organs.json")
    liver = annotator.add_label("liver", value=1)
    with pytest.raises(LabelsClash, match="'spleen' has the value 1, which is 'liver' here") as caught:
        annotator.import_masks(path)
    assert [clash.value for clash in caught.value.clashes] == [1, 300] and not annotator.objects
    client = annotator.client
    client.post(ev.MasksImportRequested(str(path)))
    asked = client.wait_for_state(lambda snapshot: snapshot.tasks.label_choice is not None, 0).tasks
    assert asked.label_choice is not None and not asked.importing and not annotator.objects
    annotator.import_masks(path, labels="keep")
    names = {label.value: label.name for label in annotator.labels}
    assert {names[item.label] for item in annotator.objects} == {"spleen", "far"}
    assert names[1] == "liver" and "unused" not in names.values()
    annotator.import_masks(path, labels={1: liver, 300: "liver"})
    assert [item.label for item in annotator.objects[2:]] == [1, 1]
    with pytest.raises(UsageError, match="no such label"):
        annotator.import_masks(path, labels={1: "heart"})


def test_a_later_start_offers_a_list_to_its_kind_of_sequences_alone(tmp_path: Path) -> None:
    demo = write_demo(tmp_path, 2, 64, 48).video
    scan = tmp_path / "scan.nii"
    nibabel.Nifti1Image(np.zeros((8, 8, 3), np.int16), np.eye(4)).to_filename(scan)
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(demo)
        a.add_label("instrument")
    shutil.move(demo, demo.with_name("other.mp4"))
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(scan)
        assert not a.labels
        a.open(demo.with_name("other.mp4"))
        assert [label.name for label in a.labels] == ["instrument"]


def test_all_sequences_of_the_workspace_leave_as_one_data_set(annotator: Annotator, tmp_path: Path) -> None:
    tool = annotator.add_object(annotator.add_label("tool"))
    annotator.set_mask(0, tool, np.eye(48, 64, dtype=bool))
    annotator.client.post(ev.DataSetRequested("davis", str(tmp_path / "out")))
    annotator.client.wait_for_state(lambda now: now.tasks.export is None)
    folder = tmp_path / "out" / "dataset_davis"
    assert (folder / "manifest.json").is_file()
    assert len(list((folder / "Annotations").rglob("*.png"))) == 1
    annotator.client.post(ev.DataSetRequested("davis", str(tmp_path / "out"), DataSetChoice(label="tool")))
    annotator.client.wait_for_state(lambda now: now.tasks.export is None)
    assert (tmp_path / "out/dataset_davis_2/manifest.json").is_file(), "the first one is kept"
    verified = (Status.VERIFIED,)
    for choice in (DataSetChoice(()), DataSetChoice(statuses=verified), DataSetChoice(label="polyp")):
        # From before the request: the answer may be there when one begins to wait for it.
        since = annotator.client.next_toast()
        annotator.client.post(ev.DataSetRequested("davis", str(tmp_path / "out"), choice))
        with pytest.raises(FramewiseError, match="No frame has a mask"):
            annotator.client.wait_for_state(lambda now: now.tasks.export is None, since)


def test_sequences_that_a_data_set_lacks_are_named(annotator: Annotator, tmp_path: Path) -> None:
    (tmp_path / "drive").mkdir()
    film = write_demo(tmp_path / "drive", 3, 64, 48).video
    for path in (film, tmp_path / "demo.mp4"):
        annotator.open(path)
        annotator.set_mask(0, annotator.add_object(annotator.add_label("tool")), np.eye(48, 64, dtype=bool))
    film.unlink()
    annotator.client.post(ev.DataSetRequested("davis", str(tmp_path / "out")))
    annotator.client.wait_for_state(lambda now: now.tasks.export is None and (tmp_path / "out").exists())
    annotator.client.wait_for_state(lambda now: any("left out" in toast.text for toast in now.toasts))
