"""Cuts of a film at which propagation stops, as the session sees them."""

from __future__ import annotations

import pytest

from app.actions.registry import registry
from app.domain.cut_stop import CutStop
from app.messages import events as ev
from app.messages import orders as od
from tests.session.harness import FRAMES, SessionHarness, mask

CUT = 12
GO_ON = registry()["propagate.over_cuts"]


def stopped(harness: SessionHarness, prefetch: bool = False) -> int:
    """A thing on frame 0 that was carried to a cut and not found again there."""
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested(prefetch=prefetch))
    for frame in range(1, CUT):
        harness.propagated(frame, thing)
    stop_at(harness, CutStop(thing, 0, harness.annotation(0, thing).version, 1, CUT))
    return thing


def stop_at(harness: SessionHarness, stop: CutStop) -> None:
    job = harness.last(od.Propagate).job
    harness.handle(ev.FramePropagated(job, stop.cut, (), CUT, CUT, stops=(stop,)))
    harness.handle(ev.PropagationEnded(job, finished=True))


def frames_of(harness: SessionHarness) -> list[int]:
    (run,) = harness.last(od.Propagate).passes
    return list(run.frames)


def test_the_annotator_hears_where_it_stopped_and_one_key_goes_on_from_there(harness: SessionHarness) -> None:
    stopped(harness)
    assert harness.toast == f"Stopped at a cut at frame {CUT}."
    assert harness.state.toasts[-1].action == GO_ON.id
    assert harness.last(od.RecordCutStops).stops
    for event in GO_ON.events(harness.snapshot()):
        harness.handle(event)
    order = harness.last(od.Propagate)
    assert frames_of(harness) == list(range(CUT, FRAMES))
    assert order.stops_at_cuts and order.crossed == (CUT,)
    assert not harness.last(od.RecordCutStops).stops


def test_nothing_is_carried_over_a_cut_again_until_the_reference_changes(harness: SessionHarness) -> None:
    thing = stopped(harness)
    runs = harness.count(od.Propagate)
    harness.handle(ev.PropagationRequested())
    assert harness.count(od.Propagate) == runs
    assert f"frame {CUT}" in harness.toast and "up to date" in harness.toast
    harness.handle(ev.MaskSet(0, thing, mask(7)))
    harness.handle(ev.PropagationRequested())
    assert frames_of(harness) == list(range(1, FRAMES))


def test_what_goes_on_by_itself_tells_each_cut_once(harness: SessionHarness) -> None:
    thing = stopped(harness, prefetch=True)
    assert f"frame {CUT}" in harness.toast
    harness.handle(ev.ToastDismissed(harness.state.toasts[-1].toast_id))
    harness.handle(ev.MaskSet(0, thing, mask(7)))
    stop_at(harness, CutStop(thing, 0, harness.annotation(0, thing).version, 1, CUT))
    assert not any("cut" in toast.text for toast in harness.state.toasts)
    assert harness.snapshot().sequence.stopped_at == (CUT,)


def test_an_edit_meanwhile_does_not_hide_where_it_stopped(harness: SessionHarness) -> None:
    thing = harness.annotate()
    harness.handle(ev.PropagationRequested(prefetch=True))
    job, version = harness.last(od.Propagate).job, harness.annotation(0, thing).version
    stop = CutStop(thing, 0, version, 1, CUT)
    harness.handle(ev.FramePropagated(job, CUT, (), CUT, CUT, stops=(stop,)))
    harness.handle(ev.MaskSet(3, thing, mask(4)))
    harness.handle(ev.PropagationEnded(harness.last(od.Propagate).job, finished=True))
    assert f"frame {CUT}" in harness.toast


def test_a_reference_beyond_a_cut_leaves_no_mask_outdated(harness: SessionHarness) -> None:
    thing = stopped(harness)
    harness.handle(ev.MaskSet(20, thing, mask(5)))
    harness.handle(ev.PropagationRequested())
    job, version = harness.last(od.Propagate).job, harness.annotation(20, thing).version
    for frame in range(CUT, FRAMES):
        sources = (0, version) if frame < 20 else (version, 0)
        harness.handle(ev.FramePropagated(job, frame, ((thing, mask(6), 0.5, sources),), 1, FRAMES))
    (track,) = harness.snapshot().tracks
    assert any(track.outdated[:CUT])
    stop_at(harness, CutStop(thing, 20, version, -1, CUT))
    (track,) = harness.snapshot().tracks
    assert not any(track.outdated)
    runs = harness.count(od.Propagate)
    harness.handle(ev.PropagationRequested())
    assert harness.count(od.Propagate) == runs


@pytest.mark.parametrize("how", ["setting", "argument"])
def test_without_stops_a_propagation_goes_over_cuts(harness: SessionHarness, how: str) -> None:
    stopped(harness)
    if how == "setting":
        harness.handle(ev.ViewChanged(stop_at_cuts=False))
    harness.handle(ev.PropagationRequested(over_cuts=how == "argument"))
    assert frames_of(harness) == list(range(CUT, FRAMES))
    assert not harness.last(od.Propagate).stops_at_cuts


def test_stops_are_known_again_when_the_sequence_is_opened_again(harness: SessionHarness) -> None:
    thing = stopped(harness)
    cells = tuple((frame, key, cell) for (frame, key), cell in harness.state.cells.items())
    opened = ev.SequenceOpened(
        harness.info,
        harness.state.labels,
        harness.state.sequence.objects,
        cells,
        next_object=thing + 1,
        next_edit=50,
        cut_stops=harness.last(od.RecordCutStops).stops,
    )
    harness.handle(opened)
    assert harness.snapshot().sequence.stopped_at == (CUT,)
    runs = harness.count(od.Propagate)
    harness.handle(ev.PropagationRequested())
    assert harness.count(od.Propagate) == runs
