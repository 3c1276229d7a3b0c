"""The main job, end to end, through the public interface."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Status
from app.domain.errors import FramewiseError, SequenceError, UsageError, WorkspaceBusy
from app.headless import Annotator
from app.storage.demo.demo_sequence import DemoSequence, write_demo
from tests.helpers.clips import write_clip
from tests.helpers.films import copy_as_another

FRAMES = 24
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSequence:
    return write_demo(tmp_path_factory.mktemp("demo"), frames=FRAMES, width=320, height=240)


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def program(workspaces: Path) -> Iterator[Annotator]:
    with Annotator(workspaces, device="cpu", engine="classic") as a:
        yield a


@pytest.fixture
def annotator(program: Annotator, tmp_path: Path, demo: DemoSequence) -> Annotator:
    """The program that the tests share, with a sequence of the test's own."""
    program.open(copy_as_another(demo.video, tmp_path / "film.mp4"))
    return program


def inside(truth: np.ndarray, value: int) -> tuple[float, float]:
    """The middle pixel of a label."""
    rows, columns = np.nonzero(truth == value)
    middle = len(rows) // 2
    return float(columns[middle]), float(rows[middle])


def test_the_main_job_survives_closing_the_program(tmp_path: Path, demo: DemoSequence) -> None:
    truth = demo.true_labels(0)
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        sequence = a.open(demo.video)
        assert (sequence.frames, sequence.width, sequence.height) == (FRAMES, 320, 240)
        tool = a.add_label("tool", color=(255, 0, 0))
        x, y = inside(truth, 1)
        pending = a.click(0, x=x, y=y, positive=True)
        assert pending.dtype == np.bool_ and pending[round(y), round(x)]
        made = a.finish(tool)
        assert made.polygons
        assert [step.done for step in a.propagate()] == list(range(1, FRAMES))
        before = [a.mask(frame, made) for frame in range(FRAMES)]
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(demo.video)
        assert a.labels == (tool,)
        for frame in range(FRAMES):
            assert np.array_equal(a.mask(frame, made.object_id), before[frame])
        assert a.status(0, made.object_id) is Status.EDITED
        assert a.status(FRAMES - 1, made.object_id) is Status.PROPAGATED


def test_undoing_a_click_gives_the_earlier_mask_bit_for_bit(annotator: Annotator) -> None:
    first = annotator.click(0, 100, 100)
    second = annotator.click(0, 200, 150)
    undone, redone = annotator.undo(), annotator.redo()
    assert undone is not None and np.array_equal(undone, first)
    assert redone is not None and np.array_equal(redone, second)
    annotator.clear()
    with pytest.raises(UsageError, match="no pending mask"):
        annotator.finish()


def test_a_thing_is_found_by_what_is_drawn_around_it_or_over_it(
    annotator: Annotator, demo: DemoSequence
) -> None:
    truth = demo.true_labels(0) == 1
    rows, columns = np.nonzero(truth)
    left, top, right, bottom = columns.min(), rows.min(), columns.max(), rows.max()
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    middle = (left + right) / 2, (top + bottom) / 2
    for draw in (
        lambda: annotator.box(0, right, bottom, left, top),
        lambda: annotator.lasso(0, corners),
        lambda: annotator.diameter(0, left, middle[1], right, middle[1]),
        lambda: annotator.scribble(0, [middle, (middle[0] + 3, middle[1])]),
    ):
        found = draw()
        assert (found & truth).sum() / (found | truth).sum() > 0.8
        annotator.clear()


def test_a_brush_is_round_on_a_film_with_oblong_pixels(program: Annotator, tmp_path: Path) -> None:
    setup = {"sample_aspect_ratio": Fraction(2, 1)}
    program.open(write_clip(tmp_path / "oblong.mp4", 2, size=(160, 120), setup=setup))
    thing = program.add_object(program.add_label("thing"))
    program.brush(0, thing, [(80, 60)], radius=10)
    rows, columns = np.nonzero(program.mask(0, thing))
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (70, 90, 40, 80)


def test_brush_and_interpolation_are_durable_and_undone_in_steps(tmp_path: Path, demo: DemoSequence) -> None:
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(demo.video)
        thing = a.add_object(a.add_label("thing"))
        a.brush(0, thing, [(100, 100), (160, 100)], radius=10)
        a.brush(4, thing, [(200, 120)], radius=20)
        a.brush(4, thing, [(200, 120)], radius=5, erase=True)
        assert a.interpolate(thing) == (1, 2, 3)
        assert a.mask(0, thing)[100, 100:161].all() and not a.mask(4, thing)[120, 200]
        assert a.interpolate(thing, 0, 3) == ()
        middle = a.mask(2, thing)
        a.undo()
        assert not a.mask(2, thing).any()
        a.redo()
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(demo.video)
        assert np.array_equal(a.mask(2, thing), middle) and middle.any()
        assert a.status(2, thing) is Status.PROPAGATED and a.status(4, thing) is Status.EDITED


def test_comments_survive_closing_and_leave_as_a_table(tmp_path: Path, demo: DemoSequence) -> None:
    with Annotator(tmp_path / "work", device="cpu", engine="classic", operator="Ada") as a:
        a.open(demo.video)
        a.comment("=1+1 #blurred", 3)
        a.comment("half of it", 2, 5)
        a.comment("a good case")
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(demo.video)
        assert [found.place for found in a.comments] == ["frame 3", "frames 2 to 4", "sequence"]
        (table,) = a.export("comments", tmp_path / "out")
    lines = table.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "about,first_frame,last_frame,tags,text,author"
    assert lines[1] == "frame 3,3,3,blurred,'=1+1 #blurred,Ada" and lines[3] == "sequence,,,,a good case,Ada"


def test_propagation_leaves_edited_and_verified_frames_alone(
    annotator: Annotator, demo: DemoSequence
) -> None:
    label = annotator.add_label("thing")
    thing = annotator.add_object(label)
    annotator.set_mask(0, thing, demo.true_labels(0) == 1)
    list(annotator.propagate())
    annotator.verify(5, thing)
    drawn = np.zeros((240, 320), bool)
    drawn[10:20, 10:20] = True
    annotator.set_mask(9, thing, drawn)
    seen = annotator.mask(5, thing)
    list(annotator.propagate(force=True))
    assert np.array_equal(annotator.mask(5, thing), seen)
    assert annotator.status(5, thing) is Status.VERIFIED
    assert np.array_equal(annotator.mask(9, thing), drawn)


def test_a_verified_mask_is_refused_not_waited_for(annotator: Annotator, demo: DemoSequence) -> None:
    thing = annotator.add_object(annotator.add_label("thing"))
    before = demo.true_labels(0) == 1
    annotator.set_mask(0, thing, before)
    annotator.verify(0, thing)
    annotator.click(0, 100, 100)
    with pytest.raises(UsageError, match="not committed"):
        annotator.finish()
    with pytest.raises(UsageError, match="locked"):
        annotator.set_mask(0, thing, ~before)
    assert np.array_equal(annotator.mask(0, thing), before)


def test_an_object_added_later_does_not_disturb_the_others(annotator: Annotator, demo: DemoSequence) -> None:
    label = annotator.add_label("thing")
    first = annotator.add_object(label)
    annotator.set_mask(0, first, demo.true_labels(0) == 1)
    list(annotator.propagate())
    before = [annotator.mask(frame, first) for frame in range(FRAMES)]
    second = annotator.add_object(annotator.add_label("other"))
    annotator.set_mask(FRAMES // 2, second, demo.true_labels(FRAMES // 2) == 2)
    list(annotator.propagate())
    assert all(np.array_equal(annotator.mask(frame, first), before[frame]) for frame in range(FRAMES))
    assert annotator.status(0, second) is Status.PROPAGATED


def test_a_range_is_a_range_and_leaving_the_loop_cancels(annotator: Annotator, demo: DemoSequence) -> None:
    thing = annotator.add_object(annotator.add_label("thing"))
    annotator.set_mask(0, thing, demo.true_labels(0) == 1)
    assert [step.frame for step in annotator.propagate(start=0, stop=6)] == [1, 2, 3, 4, 5]
    for step in annotator.propagate():
        if step.frame == 9:
            break
    done = [annotator.status(frame, thing) for frame in range(FRAMES)]
    assert all(status is not Status.EMPTY for status in done[:10])
    assert done[-1] is Status.EMPTY
    assert next(iter(annotator.propagate())).frame > 9


def test_label_map_paints_lower_rows_over_upper_ones(annotator: Annotator) -> None:
    lower, upper = annotator.add_label("a", value=207), annotator.add_label("b", value=203)
    whole = np.ones((240, 320), bool)
    annotator.set_mask(0, annotator.add_object(upper), whole)
    annotator.set_mask(0, annotator.add_object(lower), whole)
    assert np.all(annotator.label_map(0) == 203)


def test_a_frame_read_twice_is_the_same_and_other_frames_differ(annotator: Annotator) -> None:
    assert np.array_equal(annotator.frame(3), annotator.frame(3))
    assert not np.array_equal(annotator.frame(3), annotator.frame(FRAMES - 1))
    with pytest.raises(SequenceError, match="no frame"):
        annotator.frame(FRAMES)


def test_a_bad_file_is_named_and_the_open_sequence_stays(annotator: Annotator, tmp_path: Path) -> None:
    bad = tmp_path / "notes.mp4"
    bad.write_bytes(b"not a video at all" * 100)
    with pytest.raises(SequenceError, match=r"notes\.mp4"):
        annotator.open(bad)
    assert annotator.sequence.frames == FRAMES
    assert annotator.frame(0).shape == (240, 320, 3)


def test_a_second_instance_on_the_same_workspace_is_refused(annotator: Annotator, workspaces: Path) -> None:
    other = Annotator(workspaces, device="cpu", engine="classic")
    with other as second, pytest.raises(WorkspaceBusy, match="[Aa]nother instance"):
        second.open(annotator.sequence.path)


def test_a_copy_of_the_open_sequence_opens_with_the_same_work(
    annotator: Annotator, demo: DemoSequence, tmp_path: Path
) -> None:
    thing = annotator.add_object(annotator.add_label("thing"))
    annotator.set_mask(0, thing, demo.true_labels(0) == 1)
    copy = Path(shutil.copy(annotator.sequence.path, tmp_path / "copy.mp4"))
    assert annotator.open(copy).path == str(copy)
    assert annotator.mask(0, thing).any()
    copy.unlink()
    with pytest.raises(SequenceError):
        annotator.open(copy)
    with pytest.raises(UsageError, match="No sequence is open"):
        annotator.add_object(annotator.sequence.frames)


def test_without_a_sequence_nothing_is_silent(tmp_path: Path) -> None:
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        for call in (a.undo, a.redo, lambda: list(a.propagate()), lambda: list(a.resume())):
            with pytest.raises(UsageError, match="No sequence is open"):
                call()


def test_a_wrong_mask_size_is_refused(annotator: Annotator) -> None:
    thing = annotator.add_object(annotator.add_label("thing"))
    with pytest.raises(UsageError, match="frames are"):
        annotator.set_mask(0, thing, np.ones((3, 3), bool))


@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize("point", [(-1, 5), (320, 5), (5, 239.5), (float("nan"), 5), (5, float("inf"))])
def test_a_click_outside_the_picture_is_named(
    annotator: Annotator, point: tuple[float, float], positive: bool
) -> None:
    with pytest.raises(UsageError, match="outside the picture.* 0 to 319"):
        annotator.click(0, *point, positive=positive)


def test_the_threshold_answers_with_its_own_mask(annotator: Annotator) -> None:
    annotator.click(0, 100, 100)
    nothing, something = annotator.threshold(1.0), annotator.threshold(0.5)
    assert nothing is not None and not nothing.any()
    assert something is not None and something.any()


def test_what_a_script_got_wrong_is_named(annotator: Annotator) -> None:
    with pytest.raises(UsageError, match=r"\(300, 0, 0\)"):
        annotator.add_label("thing", color=(300, 0, 0))
    thing = annotator.add_object(annotator.add_label("thing"))
    annotator.set_mask(0, thing, np.ones((240, 320), bool).tolist())
    with pytest.raises(UsageError, match="sideways.*forward"):
        list(annotator.propagate(direction="sideways"))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="99"):
        list(annotator.propagate(objects=(thing, 99)))
    for threshold in (7.0, float("nan")):
        with pytest.raises(UsageError, match="threshold"):
            annotator.threshold(threshold)
    annotator.verify(0, thing)
    with pytest.raises(UsageError, match="locked"):
        annotator.click(0, 5, 5, obj=thing)


def test_an_unknown_engine_is_named(tmp_path: Path) -> None:
    with pytest.raises(FramewiseError, match="no-such-engine"):
        Annotator(tmp_path, engine="no-such-engine")


CUT_OFF = """
import sys
from app.headless import Annotator
from app.storage.demo.demo_sequence import write_demo
with Annotator(sys.argv[1], device="cpu", engine="classic") as a:
    a.open(sys.argv[2])
    thing = a.add_object(a.add_label("thing"))
    mask = a.frame(0)[..., 0] > 120
    a.set_mask(0, thing, mask)
    for step in a.propagate():
        print(step.frame, flush=True)
"""


def test_kill_9_in_the_middle_of_a_propagation_loses_nothing_and_offers_to_go_on(
    tmp_path: Path, demo: DemoSequence
) -> None:
    command = [sys.executable, "-c", CUT_OFF, str(tmp_path / "work"), str(demo.video)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as victim:
        assert victim.stdout is not None
        for line in victim.stdout:
            if int(line) >= 5:
                victim.kill()
                break
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(demo.video)
        (thing,) = a.objects
        assert a.status(0, thing.object_id) is Status.EDITED
        assert all(a.status(frame, thing.object_id) is Status.PROPAGATED for frame in range(1, 5))
        assert a.has_unfinished_propagation
        steps = list(a.resume())
        assert steps[0].frame >= 5
        assert a.status(FRAMES - 1, thing.object_id) is Status.PROPAGATED
        assert not a.has_unfinished_propagation


def test_a_damaged_mask_is_named_when_the_sequence_opens_and_work_goes_on(
    tmp_path: Path, demo: DemoSequence
) -> None:
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(demo.video)
        thing = a.add_object(a.add_label("thing"))
        for frame in (2, 5):
            a.set_mask(frame, thing, demo.true_labels(frame) == 1)
    [journal] = (tmp_path / "work").rglob("journal.sqlite3")
    with closing(sqlite3.connect(journal, isolation_level=None)) as db:
        db.execute("UPDATE cells SET annotation = x'00' WHERE frame = 2")
    for _ in range(2):
        with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
            assert any("1 mask is left out (frames 2)" in warning for warning in a.open(demo.video).warnings)
            assert a.mask(5, thing).any() and not a.mask(2, thing).any()
            a.set_mask(7, thing, demo.true_labels(7) == 1)
            assert a.mask(7, thing).any()
