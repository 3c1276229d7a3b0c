from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.domain.errors import SequenceError
from app.storage.opening import open_source
from app.storage.volume.volume_source import list_series
from tests.helpers.cine import PLACES, TIMES, write_cine


def test_a_cine_of_one_place_is_a_sequence_over_time(tmp_path: Path) -> None:
    voxels = write_cine(tmp_path / "cine", places=1)
    with open_source(tmp_path / "cine") as source:
        info = source.info
        assert (info.kind, info.frames, info.times) == ("video", TIMES, ())
        assert info.fps == pytest.approx(25.0)
        assert info.spacing == pytest.approx((0.0, 0.75, 0.5))
        means = [float(source.read(n).mean()) for n in range(TIMES)]
    assert means == sorted(means)
    assert means[-1] - means[0] > 20
    assert voxels.shape[1] == 1


def test_volumes_in_the_same_places_are_chosen_along_time_or_space(tmp_path: Path) -> None:
    voxels = write_cine(tmp_path / "heart")
    titles = [info.number for info in list_series(tmp_path / "heart")]
    points = [f"3 time point {t}" for t in range(1, TIMES + 1)]
    assert sorted(titles) == ["3", "3 over time, place after place", *points]
    with open_source(tmp_path / "heart") as first:
        assert (first.info.kind, first.info.frames) == ("volume", PLACES)
        assert "4 volumes in the same place" in first.info.warnings[0]
    with open_source(tmp_path / "heart", series="@3") as third:
        assert third.info.warnings == ()
        assert np.array_equal(third.read_stored(1), voxels[2, 1])  # type: ignore[attr-defined]
    with open_source(tmp_path / "heart", series="@all") as film:
        assert (film.info.kind, film.info.frames) == ("video", PLACES * TIMES)
        means = [float(film.read(n).mean()) for n in range(PLACES * TIMES)]
    for z in range(PLACES):
        assert means[z * TIMES : (z + 1) * TIMES] == sorted(means[z * TIMES : (z + 1) * TIMES])
    with pytest.raises(SequenceError, match="no one series"):
        open_source(tmp_path / "heart", series="@9")


def test_work_on_the_first_volume_of_a_series_stays_there(tmp_path: Path) -> None:
    voxels = write_cine(tmp_path / "heart")
    with open_source(tmp_path / "heart", series="1.2.3.4.5") as source:
        assert np.array_equal(source.read_stored(2), voxels[0, 2])  # type: ignore[attr-defined]


def test_a_series_that_lacks_a_slice_stays_one_volume(tmp_path: Path) -> None:
    write_cine(tmp_path / "heart")
    (tmp_path / "heart" / "005.dcm").unlink()
    with open_source(tmp_path / "heart") as source:
        assert (source.info.kind, source.info.frames) == ("volume", PLACES)
    assert len(list_series(tmp_path / "heart")) == 1
