"""Workers that die or hang in the middle of real work: the annotator's work goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.domain.annotation import Status
from app.headless import Annotator
from app.pipeline.pipeline import Pipeline
from app.storage.demo.demo_sequence import DemoSequence, write_demo

FRAMES = 24


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoSequence:
    return write_demo(tmp_path_factory.mktemp("demo"), frames=FRAMES, width=320, height=240)


@pytest.fixture
def annotator(tmp_path: Path, demo: DemoSequence) -> Iterator[Annotator]:
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(demo.video)
        yield a


def pid_of(a: Annotator, role: str) -> int:
    async def look(pipeline: Pipeline) -> int:
        pid = pipeline.services.worker_pid(role)
        assert pid is not None
        return int(pid)

    return a.client.run_coroutine(look)


def test_a_dead_decoder_comes_back_with_the_sequence(annotator: Annotator) -> None:
    before = annotator.frame(3)
    os.kill(pid_of(annotator, "decoder"), signal.SIGKILL)
    assert annotator.frame(FRAMES - 1).shape == before.shape
    assert np.array_equal(annotator.frame(3), before)


def test_a_dead_segmenter_comes_back_with_its_engine_and_the_clicks_are_answered(
    annotator: Annotator,
) -> None:
    first = annotator.click(0, 100, 100)
    os.kill(pid_of(annotator, "segmenter"), signal.SIGKILL)
    second = annotator.click(0, 140, 120)
    assert second[120, 140] and second.shape == first.shape
    undone = annotator.undo()
    assert undone is not None and np.array_equal(undone, first)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSEGV])
def test_propagation_goes_on_after_the_loss_of_its_worker(
    annotator: Annotator, demo: DemoSequence, blow: signal.Signals
) -> None:
    thing = annotator.add_object(annotator.add_label("thing"))
    annotator.set_mask(0, thing, demo.true_labels(0) == 1)
    struck = False
    for step in annotator.propagate():
        if step.frame == 7 and not struck:
            struck = True
            os.kill(pid_of(annotator, "propagator"), blow)
    assert struck
    found = [annotator.status(frame, thing) for frame in range(FRAMES)]
    assert found == [Status.EDITED] + [Status.PROPAGATED] * (FRAMES - 1)


def test_all_workers_at_once(annotator: Annotator, demo: DemoSequence) -> None:
    thing = annotator.add_object(annotator.add_label("thing"))
    annotator.set_mask(0, thing, demo.true_labels(0) == 1)
    for role in ("decoder", "segmenter", "propagator"):
        os.kill(pid_of(annotator, role), signal.SIGKILL)
    assert annotator.click(2, 100, 100)[100, 100]
    annotator.clear()
    list(annotator.propagate())
    assert annotator.status(FRAMES - 1, thing) is Status.PROPAGATED
