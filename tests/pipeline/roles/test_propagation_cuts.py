"""Passes end at cuts of a film, unless their object is found again beyond."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from app.domain.cut_stop import CutStop
from app.domain.propagation_plan import PassPlan, Span
from app.imaging import masks
from app.models.classic.engine import ClassicEngine
from app.pipeline.requests.propagator_requests import PropagatedFrame
from app.pipeline.roles.cut_watch import CutWatch
from app.pipeline.roles.propagation_pass import MaskSets, propagate_masks
from tests.helpers.shots import disc, shot

CUT, STOP = 8, 16
DISSOLVE = 8  # frames
Frames = Sequence[NDArray[np.uint8]]
HERE, THERE = (40, 60), (48, 60)
ALONE = [*shot(1, CUT, HERE), *shot(2, STOP - CUT, None, (100, 220))]
AGAIN = [*shot(1, CUT, HERE), *shot(2, STOP - CUT, THERE)]


def propagate(film: Frames, start: int = 0, crossed: frozenset[int] = frozenset()) -> list[PropagatedFrame]:
    """Carry the disc from a frame to the end of the film, or back to its beginning."""
    way, stop = (1, len(film)) if start == 0 else (-1, -1)
    at = HERE if start < CUT else (THERE[0] + start - CUT, THERE[1])
    plan = PassPlan(start, way, (Span(1, start, stop, 5, 0, -1),))
    sets = MaskSets(references={(start, 1): masks.encode(disc(at))})
    watch = CutWatch(lambda frame: film[frame], len(film), crossed)
    return list(propagate_masks([plan], sets, ClassicEngine("cpu").tracker(), lambda n: film[n], watch))


def test_a_pass_ends_where_its_object_is_not_found_again() -> None:
    found = propagate(ALONE)
    assert [(one.frame, bool(one.masks)) for one in found] == [
        *((frame, True) for frame in range(1, CUT)),
        (CUT, False),
    ]
    assert found[-1].stops == (CutStop(1, 0, 5, 1, CUT),)
    assert found[-1].left_out == STOP - CUT - 1


def test_a_pass_goes_on_with_what_is_found_again() -> None:
    found = propagate(AGAIN)
    assert [one.frame for one in found] == list(range(1, STOP)) and not any(one.stops for one in found)
    last = masks.decode(found[-1].masks[0].mask)
    truth = disc((THERE[0] + STOP - CUT - 1, THERE[1]))
    assert (last & truth).sum() > 0.8 * (last | truth).sum()


def test_a_pass_back_ends_at_the_first_frame_of_its_shot() -> None:
    film = [*shot(2, CUT, None, (100, 220)), *shot(1, STOP - CUT, THERE)]
    found = propagate(film, start=STOP - 1)
    assert [one.frame for one in found if one.masks] == list(range(STOP - 2, CUT - 1, -1))
    assert found[-1].stops == (CutStop(1, STOP - 1, 5, -1, CUT),)


def test_a_cut_that_a_person_crosses_does_not_stop_it() -> None:
    found = propagate(ALONE, crossed=frozenset({CUT}))
    assert [one.frame for one in found] == list(range(1, STOP))


def faded(before: Frames, after: Frames) -> Frames:
    """Return two scenes of which the end of one goes over into the beginning of the other, DISSOLVE frames long."""
    shares = np.linspace(0, 1, DISSOLVE + 2)[1:-1]
    pairs = zip(shares, before[-DISSOLVE:], after[:DISSOLVE], strict=True)
    mixed = [((1 - share) * one + share * other).astype(np.uint8) for share, one, other in pairs]
    return [*before[:-DISSOLVE], *mixed, *after[DISSOLVE:]]


@pytest.mark.parametrize("is_back", [False, True])
def test_a_pass_ends_at_a_dissolve_and_goes_over_it_when_told(is_back: bool) -> None:
    film = faded(shot(1, 20, HERE), shot(2, 30, None, (100, 220)))
    film = film[::-1] if is_back else film
    start, way, stop = (len(film) - 1, -1, -1) if is_back else (0, 1, len(film))
    first = 20 - DISSOLVE

    def carry(crossed: frozenset[int] = frozenset()) -> list[PropagatedFrame]:
        plan = PassPlan(start, way, (Span(1, start, stop, 5, 0, -1),))
        sets = MaskSets(references={(start, 1): masks.encode(disc(HERE))})
        watch = CutWatch(lambda frame: film[frame], len(film), crossed)
        return list(propagate_masks([plan], sets, ClassicEngine("cpu").tracker(), lambda n: film[n], watch))

    found = carry()
    (stopped,) = found[-1].stops
    assert first < (stopped.cut if not is_back else len(film) - stopped.cut) <= 20 + 2
    assert len(carry(frozenset({stopped.cut}))) == len(film) - 1


def test_a_film_without_cuts_is_read_once() -> None:
    film, read = shot(1, 10, HERE), []

    def note(frame: int) -> NDArray[np.uint8]:
        read.append(frame)
        return film[frame]

    plan = PassPlan(0, 1, (Span(1, 0, 10, 5, 0, -1),))
    sets = MaskSets(references={(0, 1): masks.encode(disc(HERE))})
    watch = CutWatch(note, 10)
    assert len(list(propagate_masks([plan], sets, ClassicEngine("cpu").tracker(), note, watch))) == 9
    assert sorted(read) == list(range(10))
