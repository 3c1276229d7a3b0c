"""What a script hands to the library is converted or refused by name, before anything is stored."""

from __future__ import annotations

import multiprocessing
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Label, Status
from app.domain.errors import (
    ExportError,
    FramewiseError,
    ModelError,
    SequenceError,
    UsageError,
    WorkspaceError,
)
from app.headless import Annotator
from app.storage.demo.demo_sequence import DemoSequence, write_demo
from app.storage.workspace.journal import Journal

FRAMES, HEIGHT, WIDTH = 12, 60, 80
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSequence:
    return write_demo(tmp_path_factory.mktemp("demo"), frames=FRAMES, width=WIDTH, height=HEIGHT)


@pytest.fixture
def annotator(program: Annotator, demo: DemoSequence) -> Annotator:
    """The demo open, with an object "thing" that has a mask on frame 0."""
    program.open(demo.video)
    for item in program.objects:
        for frame in range(FRAMES):
            program.verify(frame, item, verified=False)
        program.delete_object(item)
    program.clear()
    label = next((label for label in program.labels if label.name == "thing"), None)
    program.set_mask(0, program.add_object(label or program.add_label("thing")), box())
    return program


def box() -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[20:40, 30:50] = True
    return mask


def test_numbers_of_numpy_are_stored_as_numbers(tmp_path: Path, demo: DemoSequence) -> None:
    """A numpy integer that reached the journal once made the workspace impossible to open."""
    with Annotator(tmp_path, device="cpu", engine="classic", threads=np.int64(1)) as a:
        a.open(demo.video)
        color = tuple(np.array([9, 8, 7], np.uint8))
        label = a.add_label("thing", color, np.uint8(7))
        thing = np.int64(a.add_object(np.int64(7)))
        a.set_mask(np.int64(3), thing, box())
        a.click(np.int32(5), np.float32(40), np.float64(30), np.True_)  # type: ignore[arg-type]
        a.finish(np.int16(7))
        steps = list(a.propagate(np.int64(0), np.int64(6), objects=[thing], force=np.True_))  # type: ignore[arg-type]
        a.verify(np.int64(4), thing)
        assert {step.frame for step in steps} <= set(range(6))
        masks = [a.mask(frame, thing) for frame in range(FRAMES)]
    with Annotator(tmp_path, device="cpu", engine="classic") as a:
        a.open(demo.video)
        assert a.labels == (label,) == (Label(7, "thing", (9, 8, 7)),)
        assert all(np.array_equal(a.mask(frame, thing), masks[frame]) for frame in range(FRAMES))
        assert a.status(np.int64(4), thing) is Status.VERIFIED


WRONG: list[tuple[str, Callable[[Annotator], object]]] = [
    ("frame", lambda a: a.set_mask(1.0, 1, box())),  # type: ignore[arg-type]
    ("frame", lambda a: a.frame(1.5)),  # type: ignore[arg-type]
    ("frame", lambda a: a.frame("1")),  # type: ignore[arg-type]
    ("no frame 12", lambda a: a.verify(FRAMES)),
    ("no frame -1", lambda a: a.mask(-1, a.objects[0])),
    ("object", lambda a: a.mask(0, 99)),
    ("99", lambda a: a.verify(0, 99)),
    ("99", lambda a: a.delete_object(99)),
    ("object", lambda a: a.score(0, "thing")),  # type: ignore[arg-type]
    ("label", lambda a: a.add_object("no such thing")),
    ("label", lambda a: a.add_object(1.0)),  # type: ignore[arg-type]
    ("no such label", lambda a: a.add_object(200)),
    ("no pending mask", lambda a: a.finish("thing")),
    ("text", lambda a: a.add_label(5)),  # type: ignore[arg-type]
    ("colour", lambda a: a.add_label("x", color=(0.5, 0.2, 1.0))),  # type: ignore[arg-type]
    ("colour", lambda a: a.add_label("x", color=(1, 2))),
    ("label value", lambda a: a.add_label("x", value=256)),
    ("no such code", lambda a: a.add_label("x", code="widget 5")),
    ("label value", lambda a: a.add_label("x", value=a.labels[0].value)),
    ("integer", lambda a: a.add_label("x", value=7.0)),  # type: ignore[arg-type]
    ("text", lambda a: a.rename_label(a.labels[0], name=" ")),
    ("no such label", lambda a: a.rename_label("no such thing", name="x")),
    ("colour", lambda a: a.rename_label(a.labels[0], color=(1, 2))),
    ("Objects have this label", lambda a: a.delete_label("thing")),
    ("text or a Path", lambda a: a.open(None)),  # type: ignore[arg-type]
    ("text or a Path", lambda a: a.import_masks(5)),  # type: ignore[arg-type]
    ("text or a Path", lambda a: a.export("png", 5)),  # type: ignore[arg-type]
    ("limit", lambda a: a.todo(limit=-1)),
    ("come by frame", lambda a: a.set_masks([box()], a.objects[0])),  # type: ignore[arg-type]
    ("number", lambda a: a.click(0, "3", 4)),  # type: ignore[arg-type]
    ("outside", lambda a: a.click(0, float("nan"), 4)),
    ("number", lambda a: a.box(0, 1, float("nan"), 5, 5)),
    ("too few points", lambda a: a.scribble(0, [])),
    ("too few points", lambda a: a.lasso(0, [(1, 1), (5, 1)])),
    ("two different ends", lambda a: a.diameter(0, 5, 5, 5, 5)),
    ("number", lambda a: a.diameter(0, 5, 5, float("nan"), 5)),
    ("comment", lambda a: a.comment("  ", 1)),
    ("no frame", lambda a: a.comment("x", 4, 4)),
    ("radius", lambda a: a.brush(0, a.objects[0], [(1, 1)], 0)),
    ("no mask to erase", lambda a: a.brush(3, a.objects[0], [(1, 1)], 2, erase=True)),
    ("pairs", lambda a: a.lasso(0, [(1, 1), (5, 1), 7])),  # type: ignore[list-item]
    ("threshold", lambda a: a.threshold(2)),
    ("float32 values", lambda a: a.set_mask(0, a.objects[0], np.full((HEIGHT, WIDTH), 0.1, np.float32))),
    ("differ in length", lambda a: a.set_mask(0, a.objects[0], [[1, 2], [3]])),
    ("frames are", lambda a: a.set_mask(0, a.objects[0], np.ones((3, 3), bool))),
    ("values", lambda a: a.set_mask(0, a.objects[0], np.full((HEIGHT, WIDTH), "x"))),
    ("start", lambda a: a.propagate(start=-5)),
    ("stop", lambda a: a.propagate(stop=300)),
    ("no frame", lambda a: a.propagate(5, 5)),
    ("stop", lambda a: a.propagate(stop=4.0)),  # type: ignore[arg-type]
    ("fwd", lambda a: a.propagate(direction="fwd")),  # type: ignore[arg-type]
    ("99", lambda a: a.propagate(objects=[99])),
    ("no such export", lambda a: a.export(["png"], "out")),  # type: ignore[arg-type]
    ("no such status", lambda a: a.export("coco", "out", status="perfect")),
    ("no frame", lambda a: a.export("coco", "out", frames=[])),
    ("no scan", lambda a: a.window(400, 40)),
    ("no scan", lambda a: a.turn("axial")),
    ("orientation", lambda a: a.turn("sideways")),  # type: ignore[arg-type]
    ("side", lambda a: a.preview(size=(1.5, 3))),  # type: ignore[arg-type]
    ("opacity", lambda a: a.preview(opacity=3)),
]


@pytest.mark.parametrize(("named", "call"), WRONG)
def test_a_wrong_argument_is_refused_when_it_is_given_and_changes_nothing(
    annotator: Annotator, named: str, call: Callable[[Annotator], object]
) -> None:
    before = (annotator.labels, annotator.objects, annotator.mask(0, annotator.objects[0]).sum())
    with pytest.raises((UsageError, SequenceError), match=named):
        call(annotator)
    assert (annotator.labels, annotator.objects, annotator.mask(0, annotator.objects[0]).sum()) == before


def test_objects_and_names_are_taken_wherever_an_object_or_a_label_is(annotator: Annotator) -> None:
    (thing,) = annotator.objects
    made = annotator.set_mask(2, thing, box().astype(np.uint8))
    annotator.verify(2, made)
    assert annotator.status(2, thing) is annotator.status(2, thing.object_id) is Status.VERIFIED
    other = annotator.add_object("thing")
    annotator.click(5, 10, 10)
    assert annotator.finish("thing").object_id == other
    assert list(annotator.propagate(objects=[thing], stop=2))


def test_a_name_that_two_labels_have_is_refused_with_their_values(annotator: Annotator) -> None:
    for name in ("double", "double"):
        annotator.add_label(name)
    with pytest.raises(UsageError, match=r"Several labels.*\d, \d"):
        annotator.add_object("double")


def test_a_map_of_probabilities_is_thresholded_where_that_is_asked_for(annotator: Annotator) -> None:
    (thing,) = annotator.objects
    annotator.set_mask(1, thing, np.where(box(), 0.7, 0.1), threshold=0.5)
    assert np.array_equal(annotator.mask(1, thing), box())


def test_an_object_with_a_verified_mask_is_not_deleted(annotator: Annotator) -> None:
    (thing,) = annotator.objects
    annotator.verify(0, thing)
    with pytest.raises(UsageError, match="locked"):
        annotator.delete_object(thing)
    assert annotator.objects == (thing,)


def test_clicks_on_another_frame_do_not_drop_the_pending_ones(annotator: Annotator) -> None:
    annotator.click(3, 40, 30)
    with pytest.raises(UsageError, match="frame 3: There are pending clicks"):
        annotator.click(4, 40, 30)
    assert annotator.finish("thing").frame == 3


def test_threads_get_their_own_answers(annotator: Annotator) -> None:
    made: dict[str, Label] = {}

    def add(name: str) -> None:
        made[name] = annotator.add_label(name)

    threads = [threading.Thread(target=add, args=(f"label of thread {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: label.name for name, label in made.items()} == {name: name for name in made}
    assert len({label.value for label in made.values()}) == 8


def test_it_says_what_it_is_and_is_not_pickled(annotator: Annotator, demo: DemoSequence) -> None:
    assert str(demo.video) in repr(annotator) and "classic" in repr(annotator)
    with pytest.raises(TypeError, match="one in each process"):
        pickle.dumps(annotator)


def _in_child(annotator: Annotator, answers: multiprocessing.SimpleQueue[str]) -> None:
    try:
        annotator.frame(0)
    except UsageError as error:
        answers.put(str(error))
    annotator.close()


def test_a_forked_child_gets_an_error_and_leaves_the_parent_alone(annotator: Annotator) -> None:
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()
    child = context.Process(target=_in_child, args=(annotator, answers))
    child.start()
    child.join(120)
    assert child.exitcode == 0
    assert "forked process" in answers.get()
    assert annotator.frame(0).shape == (HEIGHT, WIDTH, 3)


def test_a_closed_annotator_says_so(tmp_path: Path, demo: DemoSequence) -> None:
    a = Annotator(tmp_path / "work", device="cpu", engine="classic")
    a.open(demo.video)
    a.close()
    a.close()
    calls: list[Callable[[], object]] = [
        lambda: a.open(demo.video),
        lambda: a.frame(0),
        lambda: a.labels,
        lambda: a.propagate(),
        lambda: a.click(0, 1, 1),
        lambda: a.export("png", tmp_path),
    ]
    for call in calls:
        with pytest.raises(UsageError, match="This Annotator is closed"):
            call()
    assert "closed" in repr(a)


def test_what_no_pipeline_can_start_with_is_refused(tmp_path: Path) -> None:
    wrong: list[tuple[type[FramewiseError], dict[str, object]]] = [
        (UsageError, {"engine": Annotator}),
        (UsageError, {"threads": -3}),
        (UsageError, {"cache_megabytes": -3}),
        (ModelError, {"engine": tmp_path / "none.pdiparams"}),
        (UsageError, {"device": "cuda:0", "engine": "classic"}),
    ]
    for error, options in wrong:
        with pytest.raises(error):
            Annotator(tmp_path / "work", **options)  # type: ignore[arg-type]


def test_warnings_do_not_reach_stderr_by_themselves(tmp_path: Path) -> None:
    code = "import logging, app.headless; logging.getLogger('app.pipeline').warning('A warning.')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_an_edit_that_the_journal_cannot_write_is_raised_and_close_ends(
    tmp_path: Path, demo: DemoSequence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect while writing once ended the writer: every further call and close waited for ever."""

    def write(*_arguments: object) -> None:
        raise TypeError("can not serialize an array")

    a = Annotator(tmp_path / "work", device="cpu", engine="classic")
    with a:
        a.open(demo.video)
        thing = a.add_object(a.add_label("thing"))
        monkeypatch.setattr(Journal, "write", write)
        for _ in range(2):
            with pytest.raises(WorkspaceError, match="cannot be written"):
                a.set_mask(0, thing, box())
        monkeypatch.undo()
        a.client.wait_for_state(lambda snapshot: snapshot.edits.saved, a.client.next_toast())
        a.set_mask(1, thing, box())
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as again:
        again.open(demo.video)
        assert again.mask(0, thing).any() and again.mask(1, thing).any()


def test_an_export_takes_frames_and_statuses_and_says_what_is_void(
    annotator: Annotator, tmp_path: Path
) -> None:
    assert annotator.export("coco", tmp_path).void == tuple(range(1, FRAMES))
    assert annotator.export("png", tmp_path, frames=np.arange(3)).void == (1, 2)
    assert annotator.export("coco", tmp_path, frames=[0], status=[Status.EDITED, "verified"]).void == ()
    with pytest.raises(ExportError, match="chosen status"):
        annotator.export("coco", tmp_path, status="verified")
    with pytest.raises(SequenceError, match="no frame 12"):
        annotator.export("coco", tmp_path, frames=[FRAMES])
