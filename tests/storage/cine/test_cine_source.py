from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import UID

from app.domain.errors import SequenceError, SeveralSeries
from app.imaging.picture_scale import pixel_size, scale_at
from app.storage.opening import open_source, probe_kind
from tests.helpers.cine import H264, HEVC, MPEG2, clip, colors, video_clip, write
from tests.helpers.scans import multiframe, save, voxels, write_series


def info_of(data: Dataset, folder: Path) -> Any:
    with open_source(write(data, folder / "clip.dcm")) as source:
        return source.info


def region(unit: int = 3, delta: float = 0.05, left: int = 0, right: int = 23) -> Dataset:
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = 1, 1, 0
    item.RegionLocationMinX0, item.RegionLocationMaxX1 = left, right
    item.RegionLocationMinY0, item.RegionLocationMaxY1 = 0, 19
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = unit
    item.PhysicalDeltaX, item.PhysicalDeltaY = delta, -delta
    return item


@pytest.mark.parametrize(
    ("changes", "fps", "times"),
    [
        ({"FrameTime": 40.0}, 25.0, ()),
        ({"FrameTimeVector": [0.0, 40.0, 40.0, 120.0, 40.0]}, 4 / 0.24, (0.0, 0.04, 0.08, 0.2, 0.24)),
        ({"FrameTimeVector": [0.0, 20.0, 20.0, 20.0, 20.0]}, 50.0, ()),
        ({"FrameTimeVector": [20.0, 20.0, 20.0, 20.0]}, 50.0, ()),
        ({"FrameTimeVector": [0.0, 20.0, 20.0, 20.0, 20.0, 90.0, 90.0]}, 50.0, ()),
        ({"CineRate": 30}, 30.0, ()),
        ({"RecommendedDisplayFrameRate": 12}, 12.0, ()),
        ({"FrameTime": 0.0, "CineRate": 15}, 15.0, ()),
        ({}, None, ()),
    ],
)
def test_a_clip_has_the_times_of_its_header(
    tmp_path: Path, changes: dict[str, Any], fps: float | None, times: tuple[float, ...]
) -> None:
    info = info_of(clip(colors(5), **changes), tmp_path)
    assert (info.kind, info.frames, info.width, info.height) == ("video", 5, 24, 20)
    assert info.fps == pytest.approx(fps)
    assert info.times == pytest.approx(times)
    assert info.modality == "US"


@pytest.mark.parametrize(
    "vector", [[40.0], [0.0, 40.0, 80.0], [0.0, 40.0, 0.0, 40.0, 40.0], [0.0, 0.0, 0.0, 0.0, 0.0]]
)
def test_times_that_do_not_fit_the_frames_are_not_guessed(tmp_path: Path, vector: list[float]) -> None:
    info = info_of(clip(colors(5), FrameTimeVector=vector), tmp_path)
    assert (info.fps, info.times) == (None, ())
    assert "do not fit its frames" in info.warnings[-1]


def test_the_name_comes_from_the_file_and_never_from_the_header(tmp_path: Path) -> None:
    assert info_of(clip(colors(2)), tmp_path).name == "clip"


def test_regions_of_lengths_give_the_pixel_size(tmp_path: Path) -> None:
    info = info_of(clip(colors(2), SequenceOfUltrasoundRegions=[region()]), tmp_path)
    assert info.spacing == pytest.approx((0.0, 0.5, 0.5))
    assert info.regions[0].millimetres == pytest.approx((0.5, 0.5))


def test_regions_of_two_scales_give_none_for_the_picture_and_one_each(tmp_path: Path) -> None:
    regions = [region(right=11), region(delta=0.1, left=12), region(unit=4)]
    info = info_of(clip(colors(2), SequenceOfUltrasoundRegions=regions), tmp_path)
    assert info.spacing is None
    assert [found.millimetres for found in info.regions] == [(0.5, 0.5), (1.0, 1.0), None]
    assert info.regions[2].x_unit == "s"


def holder(name: str, item: Dataset) -> Dataset:
    group = Dataset()
    setattr(group, name, [item])
    return group


def listed(item: Dataset) -> Dataset:
    return holder("SequenceOfUltrasoundRegions", item)


def measures(size: float) -> Dataset:
    item = Dataset()
    item.PixelSpacing = [size, size]
    return holder("PixelMeasuresSequence", item)


def of_frames(delta: float, *frames: int) -> Dataset:
    item = region(delta=delta)
    item.ReferencedFrameNumber = list(frames)
    return item


DEEP = listed(region(delta=0.1))


@pytest.mark.parametrize(
    ("changes", "sizes"),
    [
        # Each frame its own, within a functional group of any name too; what all share; what the frames are named of.
        ({"PerFrameFunctionalGroupsSequence": [listed(region()), DEEP, DEEP]}, [0.5, 1.0, 1.0]),
        (
            {
                "PerFrameFunctionalGroupsSequence": [
                    holder("USImageDescriptionSequence", DEEP),
                    Dataset(),
                    Dataset(),
                ]
            },
            [1.0, None, None],
        ),
        (
            {
                "SequenceOfUltrasoundRegions": [region()],
                "PerFrameFunctionalGroupsSequence": [DEEP, Dataset()],
            },
            [1.0, 0.5, 0.5],
        ),
        ({"PerFrameFunctionalGroupsSequence": [DEEP, Dataset(), listed(region())]}, [1.0, None, 0.5]),
        ({"PerFrameFunctionalGroupsSequence": [DEEP, listed(region())]}, [1.0, 0.5, None]),
        ({"SharedFunctionalGroupsSequence": [DEEP]}, [1.0, 1.0, 1.0]),
        ({"SequenceOfUltrasoundRegions": [of_frames(0.05, 1, 3), of_frames(0.1, 2)]}, [0.5, 1.0, 0.5]),
        ({"SequenceOfUltrasoundRegions": [of_frames(0.05, 3)], "PixelSpacing": [0.2, 0.2]}, [0.2, 0.2, 0.5]),
        (
            {"PerFrameFunctionalGroupsSequence": [measures(0.3), measures(0.4), measures(0.3)]},
            [0.3, 0.4, 0.3],
        ),
        ({"PerFrameFunctionalGroupsSequence": [listed(region(unit=9)), DEEP, DEEP]}, [None, 1.0, 1.0]),
    ],
)
def test_each_frame_has_the_scale_that_the_file_gives_it(
    tmp_path: Path, changes: dict[str, Any], sizes: list[float | None]
) -> None:
    info = info_of(clip(colors(3), **changes), tmp_path)
    mask = np.zeros((info.height, info.width), bool)
    mask[4:8, 4:8] = True
    found = [pixel_size(info, frame, mask) for frame in range(3)]
    assert [None if size is None else round(size[0], 6) for size in found] == sizes
    assert (info.spacing is None) == (len(set(sizes)) > 1)


@pytest.mark.parametrize("pixels", [colors(1), colors(1)[..., 0]], ids=["colour", "grey"])
def test_stills_of_a_series_have_each_the_depth_that_it_was_taken_at(
    tmp_path: Path, pixels: NDArray[np.uint8]
) -> None:
    for number, delta in enumerate((0.05, 0.1, None), 1):
        regions = {} if delta is None else {"SequenceOfUltrasoundRegions": [region(delta=delta)]}
        still = clip(pixels, InstanceNumber=number, **regions)
        write(still, tmp_path / "study" / f"{number}.dcm")
    with open_source(tmp_path / "study") as source:
        info = source.info
    assert (info.frames, info.spacing, info.regions) == (3, None, ())
    assert [scale_at(info, frame).spacing for frame in range(3)] == [(0.0, 0.5, 0.5), (0.0, 1.0, 1.0), None]
    assert "no pixel size for frames 2" in info.warnings[-1]


def test_frames_of_one_scale_are_described_once(tmp_path: Path) -> None:
    groups = {"PerFrameFunctionalGroupsSequence": [DEEP, DEEP, DEEP]}
    info = info_of(clip(colors(3), **groups), tmp_path)
    assert (info.spacing, len(info.regions), info.scales) == ((0.0, 1.0, 1.0), 1, ())


def test_an_angiogram_is_measured_in_the_patient_and_not_at_the_detector(tmp_path: Path) -> None:
    gray = colors(3)[..., 0].copy()
    fields = {"SOPClassUID": UID("1.2.840.10008.5.1.4.1.1.12.1"), "ImagerPixelSpacing": [0.3, 0.3]}
    assert info_of(clip(gray, **fields), tmp_path).spacing == pytest.approx((0.0, 0.3, 0.3))
    scaled = clip(gray, **fields, EstimatedRadiographicMagnificationFactor=1.5)
    assert info_of(scaled, tmp_path).spacing == pytest.approx((0.0, 0.2, 0.2))


@pytest.mark.parametrize(
    ("codec", "container", "syntax"),
    [
        ("libx264", "mp4", H264),
        ("libx264", "mpegts", H264),
        ("libx265", "mp4", HEVC),
        ("mpeg2video", "mpeg", MPEG2),
    ],
)
@pytest.mark.parametrize("fragments", [1, 3])
def test_an_encapsulated_video_is_a_video(
    tmp_path: Path, codec: str, container: str, syntax: UID, fragments: int
) -> None:
    shades = np.linspace(30, 220, 8).astype(np.uint8)
    frames = np.broadcast_to(shades[:, None, None, None], (8, 64, 96, 3)).copy()
    path = write(video_clip(frames, codec, container, syntax, fragments), tmp_path / "film.dcm")
    with open_source(path, index_folder=tmp_path / "index") as source:
        assert (source.info.kind, source.info.frames, source.info.name) == ("video", 8, "film")
        assert source.info.fps == pytest.approx(25.0)
        for n in (5, 0, 7):
            assert abs(float(source.read(n).mean()) - shades[n]) < 8


def test_clips_of_a_series_are_offered_one_by_one(tmp_path: Path) -> None:
    for number in (1, 2):
        write(clip(colors(number + 1), InstanceNumber=number), tmp_path / "study" / f"{number}.dcm")
    with pytest.raises(SeveralSeries) as asked:
        open_source(tmp_path / "study")
    assert sorted(info.number for info in asked.value.series) == ["3 clip 1", "3 clip 2"]
    largest = asked.value.series[0]
    with open_source(tmp_path / "study", series=largest.uid) as source:
        assert source.info.frames == largest.slices == 3
        assert source.info.name == "study 3 clip 2"


def test_colour_stills_of_a_series_are_a_folder_of_pictures(tmp_path: Path) -> None:
    pixels = colors(3)
    for n in (2, 0, 1):
        still = clip(pixels[n : n + 1], NumberOfFrames=1, InstanceNumber=n + 1)
        write(still, tmp_path / "study" / f"{9 - n}.dcm")
    with open_source(tmp_path / "study") as source:
        assert (source.info.kind, source.info.frames) == ("folder", 3)
        assert source.info.frame_names == ("9.dcm", "8.dcm", "7.dcm")
        assert np.array_equal([source.read(n) for n in range(3)], pixels)


def test_one_colour_picture_is_an_image(tmp_path: Path) -> None:
    path = write(clip(colors(1), NumberOfFrames=1), tmp_path / "still.dcm")
    with open_source(path) as source:
        assert (source.info.kind, source.info.frames, source.info.fps) == ("image", 1, None)


def test_slices_stay_a_volume(tmp_path: Path) -> None:
    stack = voxels()
    places = [(0.0, 0.0, 2.0 * k) for k in range(len(stack))]
    save(multiframe(stack, places), tmp_path / "enhanced.dcm")
    write_series(tmp_path / "ct", stack)
    for path in (tmp_path / "enhanced.dcm", tmp_path / "ct"):
        assert probe_kind(path) == "volume"
        with open_source(path) as source:
            assert (source.info.kind, source.info.frames) == ("volume", 6)


def test_an_unknown_coding_is_named_and_not_called_damaged(tmp_path: Path) -> None:
    data = clip(colors(2))
    data.compress("1.2.840.10008.1.2.5")
    data.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.203")
    path = write(data, tmp_path / "clip.dcm")
    with pytest.raises(SequenceError, match="cannot be decoded") as refused:
        open_source(path)
    assert "damaged" not in str(refused.value)
