from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest

from app.domain.annotation import Label
from app.domain.errors import ImportMasksError
from app.domain.label_clash import LabelAnswer
from app.storage.importers.import_registry import read_masks
from app.storage.importers.label_volume_import import read_label_volume
from app.storage.volume.volume_opening import open_volume
from tests.helpers.labelled import labelled
from tests.helpers.scans import voxels


def write_nifti(path: Path, stack: np.ndarray, affine: np.ndarray | None = None) -> Path:
    nibabel.Nifti1Image(stack.T, np.eye(4) if affine is None else affine).to_filename(path)
    return path


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return write_nifti(tmp_path / "scan.nii", voxels(), np.diag([0.5, 0.75, 2.5, 1.0]))


def test_labels_on_a_flipped_grid_fall_into_place(tmp_path: Path, scan: Path) -> None:
    labels = labelled()
    flipped = np.diag([-0.5, 0.75, 2.5, 1.0])
    flipped[0, 3] = 23 * 0.5
    path = write_nifti(tmp_path / "flipped.nii.gz", np.ascontiguousarray(labels[:, :, ::-1]), flipped)
    with open_volume(scan) as source:
        found = read_label_volume(path, source)
    assert np.array_equal(found.voxels, labels)
    assert found.is_resampled
    assert "flipped.nii.gz lies on another grid" in found.warnings[0]


def one_hot(labels: np.ndarray, values: list[int]) -> np.ndarray:
    return np.stack([labels == value for value in values]).astype(np.uint8)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_channels_of_one_label_each_become_one_label_volume(tmp_path: Path, scan: Path, suffix: str) -> None:
    labels = np.zeros((6, 20, 24), np.uint8)
    labels[1:4, 4:12, 6:18], labels[4, 2:5, 3:9] = 1, 3
    affine = np.diag([0.5, 0.75, 2.5, 1.0])
    bare = write_nifti(tmp_path / f"bare{suffix}", one_hot(labels, [1, 2, 3]), affine)
    network = write_nifti(tmp_path / f"network{suffix}", one_hot(labels, [0, 1, 2, 3]), affine)
    with open_volume(scan) as source:
        found, with_background = read_label_volume(bare, source), read_label_volume(network, source)
    assert np.array_equal(found.voxels, labels)
    assert "holds 3 volumes of 0 and 1; each was taken for a label." in found.warnings[0]
    assert np.array_equal(with_background.voxels, labels)
    assert "the first for the background" in with_background.warnings[0]


@pytest.mark.parametrize(
    ("values", "message"),
    [((1, 2), "more than 0 and 1"), ((0.5, 0.5), "more than 0 and 1")],
)
def test_volumes_that_are_no_channels_are_refused(
    tmp_path: Path, scan: Path, values: tuple[float, float], message: str
) -> None:
    stack = np.zeros((2, 6, 20, 24), np.float32)
    stack[:, 2, 3:9, 4:10] = np.reshape(values, (2, 1, 1))
    path = write_nifti(tmp_path / "two.nii", stack, np.diag([0.5, 0.75, 2.5, 1.0]))
    with open_volume(scan) as source, pytest.raises(ImportMasksError, match=f"holds 2 volumes.*{message}"):
        read_label_volume(path, source)


def test_labels_go_to_their_time_points_or_to_the_one_that_is_shown(tmp_path: Path) -> None:
    affine = np.diag([0.5, 0.75, 2.5, 1.0])
    scan = write_nifti(tmp_path / "heart.nii", np.stack([voxels(seed=n) for n in range(3)]), affine)
    labels = labelled()
    stack = np.stack([labels, np.zeros_like(labels), labels[::-1]])
    whole = write_nifti(tmp_path / "over_time.nii", stack, affine)
    one = write_nifti(tmp_path / "one.nii", labels, affine)
    with open_volume(scan, time=None, along="time") as source:
        for path, expected in ((whole, stack), (one, np.stack([0 * labels, labels, 0 * labels]))):
            found = read_masks(path, source.info, (), scan=lambda: source, time=1)
            painted = np.zeros_like(stack)
            for frame, layers in found.frames():
                for value, mask in layers.values():
                    painted[source.order.time_of(frame), source.order.slice_of(frame)][mask] = value
            assert np.array_equal(painted, expected)
            assert any("time point 1, which is shown" in text for text in found.warnings) is (path == one)


def test_labels_over_time_on_one_time_point_are_those_of_the_first(tmp_path: Path) -> None:
    affine = np.diag([0.5, 0.75, 2.5, 1.0])
    scan = write_nifti(tmp_path / "perfusion.nii", np.stack([voxels(seed=1), voxels(seed=2)]), affine)
    labels = labelled()
    path = write_nifti(tmp_path / "labels.nii", np.stack([labels, labels[::-1]]), affine)
    with open_volume(scan) as source:
        found = read_label_volume(path, source)
    assert np.array_equal(found.voxels, labels)
    assert "2 time points" in found.warnings[0]


def test_labels_on_a_coarser_grid_are_resampled_and_that_is_said(tmp_path: Path, scan: Path) -> None:
    labels = np.zeros((6, 20, 24), np.uint8)
    labels[:, 4:12, 6:18] = 9
    coarse = labels[:, ::2, ::2]
    affine = np.diag([1.0, 1.5, 2.5, 1.0])
    affine[:2, 3] = 0.25, 0.375
    path = write_nifti(tmp_path / "coarse.nii", np.ascontiguousarray(coarse), affine)
    with open_volume(scan) as source:
        found = read_label_volume(path, source)
    assert np.array_equal(found.voxels, labels)
    assert "(12x10x6 of 1x1.5x2.5 mm)" in found.warnings[0]


@pytest.mark.parametrize(
    ("stack", "affine", "message"),
    [
        (np.zeros((3, 20, 24), np.uint8), None, "another size, 24x20x3 instead of 24x20x6"),
        (np.full((6, 20, 24), 0.5, np.float32), np.diag([0.5, 0.75, 2.5, 1.0]), "fractions"),
        (np.full((6, 20, 24), np.nan, np.float32), np.diag([0.5, 0.75, 2.5, 1.0]), "NaN"),
        (np.full((6, 20, 24), np.inf, np.float32), np.diag([0.5, 0.75, 2.5, 1.0]), "infinite"),
        (np.arange(2880, dtype=np.int16).reshape(6, 20, 24), np.eye(4), "there are 255 labels"),
        (np.full((6, 20, 24), -1, np.int16), np.diag([0.5, 0.75, 2.5, 1.0]), "below 0"),
        (np.ones((2, 2, 2), np.uint8), np.diag([-1.0, -1.0, 1.0, 1.0]) - 500, "outside the scan"),
        (np.zeros((6, 20, 24, 3, 2), np.uint8).T, np.eye(4), "more than four dimensions"),
    ],
)
def test_what_is_no_label_volume_is_refused_by_name(
    tmp_path: Path, scan: Path, stack: np.ndarray, affine: np.ndarray | None, message: str
) -> None:
    if affine is not None and affine[0, 3] == -500:
        affine = np.diag([-1.0, -1.0, 1.0, 1.0])
        affine[:3, 3] = -500
    image = nibabel.Nifti1Image(stack.T, affine)
    image.to_filename(tmp_path / "labels.nii")
    with open_volume(scan) as source, pytest.raises(ImportMasksError, match=message) as caught:
        read_label_volume(tmp_path / "labels.nii", source)
    assert "labels.nii" in str(caught.value)


def test_without_geometry_the_same_size_is_enough(tmp_path: Path, scan: Path) -> None:
    nibabel.Nifti1Image(labelled().T, None).to_filename(tmp_path / "plain.nii")
    with open_volume(scan) as source:
        found = read_label_volume(tmp_path / "plain.nii", source)
    assert np.array_equal(found.voxels, labelled())
    assert "taken voxel by voxel" in found.warnings[0]


@pytest.mark.parametrize("content", [b"", b"no labels here" * 90])
def test_other_files_are_refused_by_name(tmp_path: Path, scan: Path, content: bytes) -> None:
    for name in ("note.txt", "seg.dcm", "labels.nii", "labels.nrrd"):
        (tmp_path / name).write_bytes(content)
        with open_volume(scan) as source, pytest.raises(ImportMasksError, match=name):
            read_label_volume(tmp_path / name, source)
    with open_volume(scan) as source, pytest.raises(ImportMasksError, match="no such file"):
        read_label_volume(tmp_path / "gone.nii", source)


PLACE = np.diag([0.5, 0.75, 2.5, 1.0])
LIVER = Label(1, "liver", (9, 9, 9))


@pytest.mark.parametrize(
    ("stored", "note"),
    [
        (lambda labels: labels * np.float32(1.0000001), ""),
        (lambda labels: np.where(labels == 0, np.nan, labels).astype(np.float32), "NaN"),
        (lambda labels: np.where(labels == 0, -1, labels.astype(np.int16)), "below 0"),
        (lambda labels: labels.astype(np.float64), ""),
    ],
)
def test_values_are_found_behind_what_programs_store(
    tmp_path: Path, scan: Path, stored: Callable[[np.ndarray], np.ndarray], note: str
) -> None:
    path = write_nifti(tmp_path / "labels.nii", stored(labelled()), PLACE)
    with open_volume(scan) as source:
        found = read_label_volume(path, source)
    assert np.array_equal(found.voxels, labelled())
    assert note in " ".join(found.warnings) and bool(found.warnings) == bool(note)


@pytest.mark.parametrize(("slope", "kind"), [(1 / 255, np.uint8), (0.1, np.int16), (1e-4, np.int32)])
def test_a_scaled_file_gives_the_numbers_that_it_stores(
    tmp_path: Path, scan: Path, slope: float, kind: type
) -> None:
    labels = np.where(labelled() == labelled().max(), 255, labelled())  # 255/255 is whole by chance
    image = nibabel.Nifti1Image(labels.astype(kind).T, PLACE)
    image.header.set_slope_inter(slope, 0)
    image.to_filename(tmp_path / "scaled.nii")
    raw = bytearray((tmp_path / "scaled.nii").read_bytes())
    raw[112:116] = np.float32(slope).tobytes()
    raw[352:] = np.ascontiguousarray(labels.astype(kind)).tobytes()
    (tmp_path / "scaled.nii").write_bytes(raw)
    with open_volume(scan) as source:
        found = read_label_volume(tmp_path / "scaled.nii", source)
    assert np.array_equal(found.voxels, labels) and "scales its values" in found.warnings[0]


def test_values_beyond_255_get_free_ones_and_that_is_said(tmp_path: Path, scan: Path) -> None:
    labels = np.zeros((6, 20, 24), np.int32)
    labels[1:3, 4:12, 6:18], labels[4, 2:5, 3:9], labels[5, 2:5, 3:9] = 1035, 2**30, 2
    with open_volume(scan) as source:
        found = read_label_volume(write_nifti(tmp_path / "aparc.nii", labels, PLACE), source, [LIVER])
    assert [(clash.value, clash.free, clash.ours) for clash in found.clashes] == [
        (1035, 3, ""),
        (2**30, 4, ""),
    ]
    assert {label.value: label.name for label in found.labels} == {
        2: "label 2",
        3: "label 1035",
        4: f"label {2**30}",
    }
    assert np.array_equal(found.voxels == 3, labels == 1035) and np.array_equal(
        found.voxels == 2, labels == 2
    )
    assert any("'label 1035' has the value 3 here, not 1035" in text for text in found.warnings)
    with open_volume(scan) as source:
        again = read_label_volume(tmp_path / "aparc.nii", source, [LIVER, *found.labels])
    assert not again.clashes and not again.labels and np.array_equal(again.voxels, found.voxels)


def caret(names: dict[int, str]) -> bytes:
    rows = "".join(
        f'<Label Key="{key}" Red="1" Green="0.5" Blue="0" Alpha="1"><![CDATA[{name}]]></Label>'
        for key, name in names.items()
    )
    return f"<CaretExtension><LabelTable>{rows}</LabelTable></CaretExtension>".encode()


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".img"])
def test_names_and_colours_of_a_nifti_extension_are_read_in_any_script(
    tmp_path: Path, scan: Path, suffix: str
) -> None:
    names = {7: "肝臓", 9: "Läsion <&> ]"}
    labels = np.zeros((6, 20, 24), np.uint8)
    labels[1:3, 4:12, 6:18], labels[4, 2:5, 3:9] = 7, 9
    kind = nibabel.Nifti1Pair if suffix == ".img" else nibabel.Nifti1Image
    image = kind(labels.T, PLACE)
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension(0, b"other"))
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension(30, caret(names)))
    image.to_filename(tmp_path / f"labels{suffix}")
    with open_volume(scan) as source:
        found = read_label_volume(tmp_path / f"labels{suffix}", source)
    assert {label.value: label.name for label in found.labels} == names
    assert found.labels[0].color == (255, 128, 0)


def test_a_value_that_is_another_label_here_moves_and_is_asked_about(tmp_path: Path, scan: Path) -> None:
    image = nibabel.Nifti1Image((labelled() > 0).astype(np.uint8).T, PLACE)
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension(30, caret({1: "spleen"})))
    path = tmp_path / "labels.nii"
    image.to_filename(path)
    with open_volume(scan) as source:
        asked = read_label_volume(path, source, [LIVER])
        ours = read_label_volume(path, source, [LIVER], answer=LabelAnswer(takes_ours=True))
        chosen = read_label_volume(path, source, [LIVER], answer=LabelAnswer(pairs=((1, 1),)))
    assert [str(clash) for clash in asked.clashes] == [
        "'spleen' has the value 1, which is 'liver' here: it becomes 2"
    ]
    assert set(np.unique(asked.voxels)) == {0, 2} and [one.name for one in asked.labels] == ["spleen"]
    for found in (ours, chosen):
        assert set(np.unique(found.voxels)) == {0, 1} and not found.labels and not found.clashes


@pytest.mark.parametrize("content", [b"", b"<Label", b'<Label Key="x">a</Label>', b"\xff" * 9000])
def test_damaged_tables_of_names_name_nothing(tmp_path: Path, scan: Path, content: bytes) -> None:
    image = nibabel.Nifti1Image(labelled().T, PLACE)
    image.header.extensions.append(nibabel.nifti1.Nifti1Extension(30, content))
    image.to_filename(tmp_path / "labels.nii")
    raw = bytearray((tmp_path / "labels.nii").read_bytes())
    for size in (0, 7, 2**31 - 1):
        raw[352:356] = size.to_bytes(4, "little")
        (tmp_path / "labels.nii").write_bytes(raw)
        with open_volume(scan) as source:
            found = read_label_volume(tmp_path / "labels.nii", source)
        assert np.array_equal(found.voxels, labelled())


def test_segments_of_3d_slicer_bring_names_and_colours(tmp_path: Path, scan: Path) -> None:
    with open_volume(scan) as source:
        lines = [
            "NRRD0005", "type: uint8", "dimension: 3", "sizes: 24 20 6", "encoding: raw", "endian: little",
            "Segment0_ID:=S1", "Segment0_LabelValue:=12", "Segment0_Name:=肝臓", "Segment0_Color:=0.2 0.4 1",
            "Segment1_LabelValue:=x", "Segment1_Name:=odd", "Segment2_Name:=no value", "", "",
        ]  # fmt: skip
        labels = np.where(labelled() > 0, 12, 0).astype(np.uint8)
        path = tmp_path / "a.seg.nrrd"
        path.write_bytes("\n".join(lines).encode() + labels.tobytes())
        found = read_label_volume(path, source)
    assert found.labels == (Label(12, "肝臓", (51, 102, 255)),)


def test_a_value_without_a_name_is_taken_for_ours_and_that_is_said(tmp_path: Path, scan: Path) -> None:
    path = write_nifti(tmp_path / "plain.nii", (labelled() > 0).astype(np.uint8), PLACE)
    with open_volume(scan) as source:
        found = read_label_volume(path, source, [LIVER])
    assert set(np.unique(found.voxels)) == {0, 1} and not found.labels
    assert any("no name in the file: it is taken for 'liver'" in text for text in found.warnings)


@pytest.mark.parametrize("name", ["seg.label", "seg.txt", "labels.txt", "study.label"])
def test_a_label_description_of_itk_snap_beside_a_volume_names_its_labels(
    tmp_path: Path, scan: Path, name: str
) -> None:
    labels = np.where(labelled() > 0, 7, 0).astype(np.uint8)
    path = write_nifti(tmp_path / "seg.nii.gz", labels, np.diag([0.5, 0.75, 2.5, 1.0]))
    rows = '    0    0    0    0        0  0  0    "Clear Label"\n    7    1  255   10        1  1  1    "Left lobe"\n'
    (tmp_path / name).write_text("# ITK-SnAP Label Description File\n" + rows)
    with open_volume(scan) as source:
        found = read_label_volume(path, source)
    assert found.labels == (Label(7, "Left lobe", (1, 255, 10)),)


def test_a_text_beside_a_volume_that_lists_no_labels_changes_nothing(tmp_path: Path, scan: Path) -> None:
    path = write_nifti(tmp_path / "seg.nii.gz", labelled(), np.diag([0.5, 0.75, 2.5, 1.0]))
    (tmp_path / "seg.txt").write_text("Read by two people.\n")
    with open_volume(scan) as source:
        found = read_label_volume(path, source)
    assert {label.name for label in found.labels} == {"label 3", "label 7", "label 12"}
