"""What a script may do inside the loop over a propagation: the loop always ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Status
from app.domain.errors import SequenceError, UsageError
from app.headless import Annotator
from app.messages.events import Noticed
from app.storage.demo.demo_sequence import DemoSequence, write_demo
from tests.helpers.films import copy_as_another, cut_off, square_mask, write_pictures

FRAMES = 24


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSequence:
    return write_demo(tmp_path_factory.mktemp("demo"), frames=FRAMES, width=160, height=120)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> DemoSequence:
    return write_demo(tmp_path_factory.mktemp("other"), frames=5, width=64, height=48)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Annotator]:
    with Annotator(tmp_path_factory.mktemp("work"), device="cpu", engine="classic") as a:
        yield a


@pytest.fixture
def annotator(program: Annotator, tmp_path: Path, demo: DemoSequence) -> Annotator:
    """The program that the tests share, with a sequence of the test's own that has one mask."""
    open_with_mask(program, tmp_path, demo)
    return program


def open_with_mask(a: Annotator, folder: Path, demo: DemoSequence) -> None:
    a.open(copy_as_another(demo.video, folder / "film.mp4"))
    a.set_mask(0, a.add_object(a.add_label("thing")), demo.true_labels(0) == 1)


@pytest.mark.parametrize("what", ["undo", "delete", "open"])
def test_cancelling_inside_the_loop_ends_it(annotator: Annotator, other: DemoSequence, what: str) -> None:
    acts: dict[str, Callable[[], object]] = {
        "undo": annotator.undo,
        "delete": lambda: annotator.delete_object(annotator.objects[0]),
        "open": lambda: annotator.open(other.video),
    }
    steps = 0
    for step in annotator.propagate():
        steps += 1
        if step.done == 2:
            acts[what]()
    assert steps >= 2
    assert annotator.frame(0).ndim == 3


def test_edits_inside_the_loop_never_turn_its_count_back(annotator: Annotator, demo: DemoSequence) -> None:
    (thing,) = annotator.objects
    counts, edits = [], 0
    for step in annotator.propagate():
        counts.append((step.done, step.total))
        if step.done in (3, 6):
            edits += 1
            annotator.set_mask(FRAMES - edits, thing, demo.true_labels(FRAMES - edits) == 1)
    assert edits == 2
    assert [done for done, _ in counts] == list(range(1, len(counts) + 1))
    assert all(done <= total for done, total in counts) and counts[-1][0] == counts[-1][1]
    assert all(annotator.status(frame, thing) is not Status.EMPTY for frame in range(FRAMES))


def test_a_loop_after_one_that_was_left_begins_with_its_own_steps(annotator: Annotator) -> None:
    for _ in range(3):
        next(iter(annotator.propagate(force=True)))
        first = next(annotator.propagate(force=True))
        assert (first.frame, first.done) == (1, 1)


def test_a_loop_that_was_replaced_ends_and_leaves_the_new_one_alone(annotator: Annotator) -> None:
    outer = annotator.propagate(stop=10)
    next(outer)
    inner = annotator.propagate()
    frames = [next(inner).frame]
    assert {step.frame for step in outer} <= set(range(10))
    frames += [step.frame for step in inner]
    assert frames[-1] == FRAMES - 1


def test_closing_inside_the_loop_says_so(tmp_path: Path, demo: DemoSequence) -> None:
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        open_with_mask(a, tmp_path, demo)
        steps = a.propagate()
        next(steps)
        a.close()
        with pytest.raises(UsageError, match="closed"):
            for _ in steps:
                pass


def test_a_short_propagation_yields_every_step(
    program: Annotator, tmp_path: Path, other: DemoSequence
) -> None:
    program.open(copy_as_another(other.video, tmp_path / "short.mp4"))
    program.set_mask(0, program.add_object(program.add_label("thing")), np.ones((48, 64), bool))
    for _ in range(5):
        assert [step.frame for step in program.propagate(force=True, direction="forward")] == [1, 2, 3, 4]


def test_a_loop_names_the_picture_that_cannot_be_read_and_keeps_what_is_done(
    program: Annotator, tmp_path: Path
) -> None:
    folder = write_pictures(tmp_path / "pictures", 8)
    program.open(folder)
    thing = program.add_object(program.add_label("thing"))
    program.set_mask(0, thing, square_mask(0))
    cut_off(folder / "005.png")
    steps = []
    with pytest.raises(SequenceError, match=r"005\.png"):
        for step in program.propagate():
            steps.append(step.frame)
    assert steps and all(program.status(frame, thing) is Status.PROPAGATED for frame in steps)


def test_opening_the_next_sequence_never_raises_the_error_of_the_one_before(
    annotator: Annotator, demo: DemoSequence, other: DemoSequence, tmp_path: Path
) -> None:
    bad = tmp_path / "notes.mp4"
    bad.write_bytes(b"not a video at all" * 100)
    for _ in range(3):
        with pytest.raises(SequenceError):
            annotator.open(bad)
        assert annotator.open(other.video).frames == 5
        annotator.client.post(Noticed("error", "The model of the sequence before is gone."))
        assert annotator.open(demo.video).frames == FRAMES


def test_what_was_proposed_stays_readable_beside_what_a_person_made_of_it(
    annotator: Annotator, demo: DemoSequence
) -> None:
    for step in annotator.propagate(stop=3):
        masks = step.masks
    truth = demo.true_labels(2) == 1
    annotator.set_mask(2, 1, truth)
    assert np.array_equal(annotator.proposals(2)[1], masks[1])
    assert np.array_equal(annotator.mask(2, 1), truth) and not np.array_equal(truth, masks[1])
    assert annotator.proposals(0) == {}
