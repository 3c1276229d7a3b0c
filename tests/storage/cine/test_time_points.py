from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from app.domain.errors import SequenceError
from app.domain.frame_order import order_of
from app.storage.opening import open_source
from app.storage.volume.volume_opening import list_series
from app.storage.volume.volume_source import VolumeSource
from tests.helpers.cine import PLACES, TIMES, write, write_cine
from tests.helpers.scans import dataset, multiframe, save, voxels


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


def test_volumes_in_the_same_places_are_one_sequence_along_space_or_time(tmp_path: Path) -> None:
    voxels = write_cine(tmp_path / "heart")
    assert [info.number for info in list_series(tmp_path / "heart")] == ["3"]
    with open_source(tmp_path / "heart") as source:
        assert isinstance(source, VolumeSource)
        info = source.info
        assert (info.kind, info.frames, info.time_points, info.warnings) == (
            "volume",
            PLACES * TIMES,
            TIMES,
            (),
        )
        for frame in range(PLACES * TIMES):
            assert np.array_equal(source.read_native(frame), voxels.reshape(-1, 20, 24)[frame])
    with open_source(tmp_path / "heart", along="time") as film:
        assert isinstance(film, VolumeSource)
        order = order_of(film.info)
        assert (film.info.kind, order.frames, order.run_length) == ("volume", PLACES * TIMES, TIMES)
        for frame in range(PLACES * TIMES):
            here = voxels[order.time_of(frame), order.slice_of(frame)]
            assert np.array_equal(film.read_native(frame), here)
        for time in range(TIMES):
            assert np.array_equal(film.read_plane_native("coronal", 7, time), voxels[time, :, 7])


def test_one_time_point_opens_alone(tmp_path: Path) -> None:
    voxels = write_cine(tmp_path / "heart")
    with open_source(tmp_path / "heart", series="@3") as third:
        assert (third.info.frames, third.info.time_points, third.info.warnings) == (PLACES, 1, ())
        assert np.array_equal(third.read_stored(1), voxels[2, 1])  # type: ignore[attr-defined]
    with open_source(tmp_path / "heart", orientation="sagittal") as whole:
        assert isinstance(whole, VolumeSource)
        whole.show_time(1)
        assert (whole.info.frames, whole.info.time_points) == (24, 1)
        assert np.array_equal(whole.read_native(5), voxels[1, :, :, 5])
        assert np.array_equal(whole.read_stored(2), voxels[1, 2])
    with pytest.raises(SequenceError, match="no time point"):
        open_source(tmp_path / "heart", series="@9")


def test_a_series_that_lacks_a_slice_stays_one_volume(tmp_path: Path) -> None:
    write_cine(tmp_path / "heart")
    (tmp_path / "heart" / "005.dcm").unlink()
    with open_source(tmp_path / "heart") as source:
        assert (source.info.kind, source.info.frames) == ("volume", PLACES)
    assert len(list_series(tmp_path / "heart")) == 1


@pytest.mark.parametrize("says", ["index", "delay"])
def test_frames_of_an_enhanced_file_are_put_in_the_order_of_time(tmp_path: Path, says: str) -> None:
    stack = voxels((PLACES * TIMES, 20, 24))
    places = [(t, z) for t in range(TIMES) for z in range(PLACES)]
    shuffled = np.random.default_rng(5).permutation(len(places))
    data = multiframe(stack[shuffled], [(0.0, 0.0, 5.0 * places[n][1]) for n in shuffled])
    for group, n in zip(data.PerFrameFunctionalGroupsSequence, shuffled, strict=True):
        item = Dataset()
        if says == "index":
            item.TemporalPositionIndex = places[n][0] + 1
            group.FrameContentSequence = [item]
        else:
            item.NominalCardiacTriggerDelayTime = 33.5 * places[n][0]
            item.RRIntervalTimeNominal = 700.0
            group.CardiacSynchronizationSequence = [item]
    save(data, tmp_path / "heart.dcm")
    with open_source(tmp_path / "heart.dcm") as source:
        assert isinstance(source, VolumeSource)
        assert (source.order.times, source.order.slices) == (TIMES, PLACES)
        for frame in range(len(places)):
            assert np.array_equal(source.read_native(frame), stack[frame])
        if says == "delay":
            assert source.info.moments == pytest.approx([0.0, 0.0335, 0.067, 0.1005])
            assert source.info.cycle == pytest.approx(0.7)


def test_colour_in_several_places_over_time_is_a_film(tmp_path: Path) -> None:
    for z in range(2):
        for t in range(3):
            pixels = np.full((20, 24, 3), 40 * t + z, np.uint8)
            data = dataset(
                pixels[..., 0],
                Modality="MR",
                InstanceNumber=3 * z + t + 1,
                SamplesPerPixel=3,
                PhotometricInterpretation="RGB",
                PlanarConfiguration=0,
                ImagePositionPatient=[0.0, 0.0, 5.0 * z],
                PixelData=pixels.tobytes(),
            )
            write(data, tmp_path / "flow" / f"{z}{t}.dcm")
    with open_source(tmp_path / "flow") as film:
        assert film.info.kind != "volume" and film.info.frames == 6
        assert [int(film.read(n)[0, 0, 0]) for n in range(6)] == [0, 40, 80, 1, 41, 81]


def moments(folder: Path) -> tuple[list[float], float | None]:
    with open_source(folder) as source:
        assert source.info.time_points == TIMES
        return [round(moment, 4) for moment in source.info.moments], source.info.cycle


def test_time_points_have_the_times_of_the_trigger_and_a_heartbeat_its_interval(tmp_path: Path) -> None:
    write_cine(tmp_path / "heart", NominalInterval=850)
    assert moments(tmp_path / "heart") == ([0.0, 0.04, 0.08, 0.12], 0.85)
    write_cine(tmp_path / "rate", HeartRate=75)
    assert moments(tmp_path / "rate") == ([0.0, 0.04, 0.08, 0.12], 0.8)
    write_cine(tmp_path / "plain")
    assert moments(tmp_path / "plain") == ([0.0, 0.04, 0.08, 0.12], None)


def test_without_trigger_times_the_step_or_the_heartbeat_says_when(tmp_path: Path) -> None:
    for name, fields, found in (
        ("step", {"FrameTime": 33}, ([0.0, 0.033, 0.066, 0.099], None)),
        ("beat", {"NominalInterval": 800}, ([0.0, 0.2, 0.4, 0.6], 0.8)),
        ("none", {}, ([], None)),
    ):
        write_cine(tmp_path / name, **fields)
        for path in (tmp_path / name).iterdir():
            data = pydicom.dcmread(path)
            del data.TriggerTime
            data.TemporalPositionIdentifier = (int(data.InstanceNumber) - 1) % TIMES + 1
            data.save_as(path)
        assert moments(tmp_path / name) == found


def test_slices_taken_long_after_each_other_share_the_time_within_their_own_passes(tmp_path: Path) -> None:
    write_cine(tmp_path / "heart")
    for path in (tmp_path / "heart").iterdir():
        data = pydicom.dcmread(path)
        place, time = divmod(int(data.InstanceNumber) - 1, TIMES)
        del data.TriggerTime
        data.AcquisitionTime = f"10{place:02d}{10 + time * 0.25:05.2f}"
        data.TemporalPositionIdentifier = time + 1
        data.save_as(path)
    assert moments(tmp_path / "heart")[0] == [0.0, 0.25, 0.5, 0.75]


def test_one_time_point_alone_has_no_times(tmp_path: Path) -> None:
    write_cine(tmp_path / "heart", NominalInterval=850)
    with open_source(tmp_path / "heart") as whole:
        assert isinstance(whole, VolumeSource)
        whole.show_time(1)
        assert (whole.info.moments, whole.info.cycle) == ((), None)
        whole.show_time(None)
        assert (len(whole.info.moments), whole.info.cycle) == (TIMES, 0.85)
    with open_source(tmp_path / "heart", series="@3") as third:
        assert (third.info.moments, third.info.cycle) == ((), None)
