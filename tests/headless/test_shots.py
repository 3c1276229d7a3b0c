"""Propagation in a film of several shots, with worker processes."""

from __future__ import annotations

from pathlib import Path

from app.domain.annotation import Status
from app.headless import Annotator
from tests.helpers.shots import disc, shot, write_film

CUT, LATER, STOP = 8, 14, 20


def test_masks_end_at_a_cut_until_a_script_goes_over_it(tmp_path: Path) -> None:
    shots = shot(1, CUT, (40, 60)), shot(2, LATER - CUT, None, (100, 220)), shot(3, STOP - LATER, None)
    film = write_film(tmp_path / "film.avi", [frame for frames in shots for frame in frames])
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(film)
        thing = a.add_object(a.add_label("thing"))
        a.set_mask(0, thing, disc((40, 60)))
        steps = list(a.propagate())
        assert [step.frame for step in steps] == list(range(1, CUT))
        assert (steps[-1].done, a.stopped_at) == (CUT - 1, (CUT,))
        assert a.status(CUT, thing) is Status.EMPTY
        assert not list(a.propagate())
    with Annotator(tmp_path / "work", device="cpu", engine="classic") as a:
        a.open(film)
        assert a.stopped_at == (CUT,)
        assert [step.frame for step in a.propagate(over_cuts=True)] == list(range(CUT, STOP))
        assert not a.client.newest.sequence.stopped_at
