from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import av
import nibabel
import numpy as np
import pytest

from app.domain.annotation import Orientation, Window
from app.domain.errors import SequenceError
from app.imaging.windowing import PRESETS
from app.storage.video.video_source import VideoSource
from app.storage.volume.volume_opening import open_volume
from tests.helpers.scans import PATIENT, voxels, write_series
from tool.medical2video import convert, main

TOOL = Path(__file__).parents[2] / "tool/medical2video.py"
SHAPE = (7, 40, 48)


def smooth() -> np.ndarray:
    """A volume without noise, so that what a codec does to it is small."""
    k, j, i = np.indices(SHAPE)
    result: np.ndarray = (-200 + 60 * k + 5 * j + 3 * i).astype(np.int16)
    return result


def frames_of(path: Path) -> np.ndarray:
    with VideoSource(path) as source:
        return np.array([source.read(index)[..., 0] for index in range(source.info.frames)])


@pytest.fixture
def series(tmp_path: Path) -> Path:
    write_series(tmp_path / "study", smooth())
    return tmp_path / "study"


@pytest.mark.parametrize("orientation", ["axial", "coronal", "sagittal"])
def test_every_slice_is_a_frame_seen_through_the_window(
    series: Path, tmp_path: Path, orientation: Orientation
) -> None:
    window = Window(600, 100)
    [path] = convert(series, tmp_path, window=window, orientation=orientation)
    found = frames_of(path).astype(int)
    with open_volume(series, orientation=orientation) as source:
        assert len(found) == source.info.frames
        for index in range(source.info.frames):
            expected = source.read(index, window)[..., 0]
            expected = expected[::-1] if source.plane.flip_y else expected
            expected = expected[:, ::-1] if source.plane.flip_x else expected
            height, width = expected.shape
            assert np.abs(found[index, :height, :width] - expected).mean() < 1.5


def test_lossless_is_lossless(series: Path, tmp_path: Path) -> None:
    [path] = convert(series, tmp_path, lossless=True)
    with open_volume(series) as source:
        assert np.array_equal(frames_of(path), [source.read(k)[..., 0] for k in range(7)])


def test_a_scan_over_time_gives_a_file_for_each_time_point(tmp_path: Path) -> None:
    stacks = np.stack([smooth() + 100 * n for n in range(3)])
    nibabel.Nifti1Image(stacks.T, np.diag([-1.0, -1.0, 1.0, 1.0])).to_filename(tmp_path / "beat.nii.gz")
    paths = convert(tmp_path / "beat.nii.gz", tmp_path / "out", window=Window(1000, 200), orientation="axial")
    assert [path.name for path in paths] == ["beat_t00.mp4", "beat_t01.mp4", "beat_t02.mp4"]
    means = [frames_of(path).mean() for path in paths]
    assert np.diff(means) == pytest.approx([25.5, 25.5], abs=1)


def test_rate_and_proportions_are_kept(series: Path, tmp_path: Path) -> None:
    [path] = convert(series, tmp_path, orientation="coronal", rate=7.5)
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        assert stream.average_rate is not None and stream.sample_aspect_ratio is not None
        assert float(stream.average_rate) == 7.5
        assert float(stream.sample_aspect_ratio) == pytest.approx(0.5 / 2.5, rel=0.02)


def test_a_damaged_slice_is_black_and_said(
    series: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_volume(series) as source:
        damaged = source.origin.stack.slices[3].path
    damaged.write_bytes(damaged.read_bytes()[:-200])
    [path] = convert(series, tmp_path, window=Window(600, 100))
    found = frames_of(path)
    assert len(found) == 7
    assert found[3].max() <= 2
    assert found[4].max() > 100
    assert damaged.name in capsys.readouterr().err


def test_what_is_no_scan_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("no scan")
    with pytest.raises(SequenceError, match="note.txt"):
        convert(tmp_path / "note.txt", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_it_runs_from_anywhere(tmp_path: Path) -> None:
    command = [sys.executable, str(TOOL), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "--orientation" in done.stdout


def test_the_command_line(
    series: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["medical2video", *map(str, words)])
        status = main()
        return status, *capsys.readouterr()

    monkeypatch.chdir(tmp_path)
    write_series(tmp_path / "study/late", voxels((3, 8, 8)), SeriesInstanceUID="1.9", SeriesNumber=8)
    status, _, told = call(series)
    assert status == 1
    assert "several series" in told
    assert "1.9 CT 3 x 8x8" in call(series, "--list")[1]
    assert call(series, "--series", 8, "--preset", "lung") == (0, "study 8.mp4\n", "")
    with open_volume(series, series="8") as source:
        expected = source.read(1, PRESETS["Lung"])[..., 0].astype(int)
    assert np.abs(frames_of(tmp_path / "study 8.mp4")[1] - expected).mean() < 3
    assert PATIENT.encode() not in (tmp_path / "study 8.mp4").read_bytes()
    assert call(series, "--window", 0, 40)[0] == 1
    with pytest.raises(SystemExit):
        call(series, "--rate", 0)
