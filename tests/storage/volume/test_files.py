"""Files of volumes: what is read of them, and damaged and hostile ones."""

from __future__ import annotations

import contextlib
import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import FramewiseError, SequenceError, StorageFull
from app.storage.volume.volume_opening import open_volume
from tests.helpers.scans import dataset, save, voxels
from tests.storage.volume.itk_files import TURN, read_all, write_itk


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.nhdr", "a.mha", "a.mhd", "a.hdr"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_every_format_gives_the_voxels_and_geometry_of_simpleitk(
    tmp_path: Path, name: str, dtype: type, compressed: bool
) -> None:
    stack = voxels(dtype=dtype)
    image = write_itk(tmp_path / name, stack, compressed and not name.endswith((".nii", ".hdr")))
    with open_volume(tmp_path / name) as volume:
        assert np.array_equal([volume.read_stored(k) for k in (5, 0, 3)], stack[[5, 0, 3]])
        assert volume.read_stored(0).dtype == dtype
        assert volume.info.name == "a"
        assert volume.info.spacing == pytest.approx((2.5, 0.75, 0.5), abs=1e-5)
        assert volume.info.origin == pytest.approx(image.GetOrigin(), abs=1e-4)
        assert volume.info.direction == pytest.approx(image.GetDirection(), abs=1e-5)


def test_a_file_of_the_other_byte_order_opens(tmp_path: Path) -> None:
    stack = voxels()
    header = nibabel.Nifti1Header(endianness=">")
    header.set_data_dtype(np.int16)
    nibabel.Nifti1Image(stack.T, np.eye(4), header).to_filename(tmp_path / "big.nii")
    assert np.array_equal(read_all(tmp_path / "big.nii"), stack)


def test_nifti_2_and_its_scaling_open(tmp_path: Path) -> None:
    stack = voxels()
    image = nibabel.Nifti2Image(stack.T, np.diag([2.0, 2.0, 3.0, 1.0]))
    image.header.set_slope_inter(0.5, -10.0)
    image.to_filename(tmp_path / "two.nii.gz")
    expected = np.asanyarray(nibabel.load(tmp_path / "two.nii.gz").dataobj).T
    with open_volume(tmp_path / "two.nii.gz") as volume:
        assert np.allclose([volume.read_stored(k) for k in range(6)], expected, atol=0.01)
        assert volume.info.spacing == (3.0, 2.0, 2.0)


def test_an_affine_from_the_quaternion_is_that_of_nibabel(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(voxels().T, None)
    affine = np.eye(4)
    affine[:3, :3] = TURN * (1.5, 2.0, -2.5)
    affine[:3, 3] = 5.0, -6.0, 7.0
    image.header.set_qform(affine, code="scanner")
    image.header.set_sform(None, code=0)
    image.to_filename(tmp_path / "q.nii")
    expected = np.diag([-1.0, -1.0, 1.0, 1.0]) @ nibabel.load(tmp_path / "q.nii").affine
    with open_volume(tmp_path / "q.nii") as volume:
        assert volume.geometry.matrix == pytest.approx(expected, abs=1e-5)


def test_lengths_in_metres_become_millimetres(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(voxels().T, np.diag([0.001, 0.002, 0.003, 1.0]))
    image.header.set_xyzt_units("meter")
    image.to_filename(tmp_path / "m.nii")
    with open_volume(tmp_path / "m.nii") as volume:
        assert volume.info.spacing == pytest.approx((3.0, 2.0, 1.0))


def test_a_header_without_a_place_gets_none(tmp_path: Path) -> None:
    nibabel.Nifti1Image(voxels().T, None).to_filename(tmp_path / "nowhere.nii")
    with open_volume(tmp_path / "nowhere.nii") as volume:
        assert volume.info.spacing == (1.0, 1.0, 1.0)
        assert volume.info.origin is volume.info.direction is None
        assert "does not say how the scan lies" in " ".join(volume.info.warnings)


def test_a_time_point_is_chosen(tmp_path: Path) -> None:
    stacks = np.stack([voxels(seed=n) for n in range(3)])
    for name in ("t.nii", "t.nii.gz"):
        nibabel.Nifti1Image(stacks.T, np.eye(4)).to_filename(tmp_path / name)
        with open_volume(tmp_path / name, time=2) as volume:
            assert np.array_equal([volume.read_stored(k) for k in range(6)], stacks[2])
            assert volume.origin.times == 3
        with pytest.raises(SequenceError, match="no time point 3"):
            open_volume(tmp_path / name, time=3)


def test_nan_voxels_are_told_by_file_and_shown_black(tmp_path: Path) -> None:
    stack = voxels(dtype=np.float32)
    stack[2, 3, 4] = np.nan
    write_itk(tmp_path / "holes.nii.gz", stack)
    with open_volume(tmp_path / "holes.nii.gz") as volume:
        assert "holes.nii.gz has voxels that are not numbers" in " ".join(volume.info.warnings)
        assert volume.read(2)[3, 4].max() == 0 if volume.orientation == "axial" else True
        assert np.isfinite([volume.window.width, volume.window.center]).all()


def bad_nifti(tmp_path: Path, shape: tuple[int, ...], **fields: object) -> Path:
    path = tmp_path / "bad.nii"
    nibabel.Nifti1Image(np.zeros(shape, np.int16), np.eye(4)).to_filename(path)
    header = np.frombuffer(path.read_bytes()[:348], nibabel.Nifti1Header.template_dtype).copy()
    for name, value in fields.items():
        header[name] = value
    path.write_bytes(header.tobytes() + path.read_bytes()[348:])
    return path


@pytest.mark.parametrize(
    ("shape", "fields", "message"),
    [
        ((4, 4, 4, 2, 3), {}, "more than four dimensions"),
        ((4, 4, 4), {"pixdim": [1, 0, 1, 1, 0, 0, 0, 0], "sform_code": 0, "qform_code": 1}, "size of zero"),
        ((4, 4, 4), {"srow_x": [0, 0, 0, 0], "srow_y": [0, 0, 0, 0]}, "size of zero"),
        ((4, 4, 4), {"srow_x": [np.nan, 0, 0, 0]}, "not finite"),
        ((4, 4, 4), {"datatype": 128}, "colour"),
        ((4, 4, 4), {"datatype": 32}, "type 32"),
        ((4, 4, 4), {"dim": [3, 4, -4, 4, 1, 1, 1, 1]}, "impossible size"),
        ((4, 4, 4), {"dim": [99, 4, 4, 4, 1, 1, 1, 1]}, "impossible size"),
        ((4, 4, 4), {"magic": b"no"}, "not a NIfTI"),
    ],
)
def test_what_is_no_volume_is_refused_by_name(
    tmp_path: Path, shape: tuple[int, ...], fields: dict, message: str
) -> None:
    path = bad_nifti(tmp_path, shape, **fields)
    with pytest.raises(SequenceError, match=message) as caught:
        open_volume(path)
    assert "bad.nii" in str(caught.value)


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz", "a.nrrd", "a.mha", "a.mhd"])
@pytest.mark.parametrize("content", [b"", b"\0" * 1000, b"\x1f\x8b\x08" + bytes(range(200)), b"NRRD0004\n\n"])
def test_rubbish_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SequenceError, match=name):
        open_volume(tmp_path / name)


@pytest.mark.parametrize("name", ["cut.nii.gz", "cut.nrrd", "cut.mha", "cut.nii"])
def test_a_truncated_file_shows_what_is_left(tmp_path: Path, name: str) -> None:
    stack = voxels((12, 40, 40))
    write_itk(tmp_path / name, stack, compressed=name != "cut.nii")
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) * 2 // 3])
    with open_volume(tmp_path / name) as volume:
        assert np.array_equal(volume.read_stored(1), stack[1])
        with pytest.raises(SequenceError, match=name):
            volume.read_stored(11)
        assert np.array_equal(volume.read_stored(2), stack[2])
        assert volume.damage


def test_no_header_may_point_outside_its_folder(tmp_path: Path) -> None:
    write_itk(tmp_path / "a.mhd", voxels(), compressed=False)
    (tmp_path / "deep").mkdir()
    text = (tmp_path / "a.mhd").read_text().replace("a.raw", "../a.raw")
    (tmp_path / "deep/a.mhd").write_text(text)
    with pytest.raises(SequenceError, match="only one file beside the header"):
        open_volume(tmp_path / "deep/a.mhd")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = bad_nifti(tmp_path, (4, 4, 4), dim=[3, 16000, 16000, 32000, 1, 1, 1, 1])
    packed = tmp_path / "bomb.nii.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(StorageFull, match="MiB"):
        open_volume(packed)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["a.nii", "a.nrrd", "a.mha", "a.dcm", "l.dcm"]),
    spots=st.lists(st.tuples(st.integers(0, 700), st.sampled_from([0, 1, 127, 255])), max_size=6),
    kept=st.integers(1, 100),
)
def test_damage_anywhere_in_a_header_ends_in_a_message(
    whole_files: dict[str, bytes], tmp_path: Path, name: str, spots: list[tuple[int, int]], kept: int
) -> None:
    data = bytearray(whole_files[name])
    for at, value in spots:
        data[at % len(data)] = value
    path = tmp_path / name
    path.write_bytes(data[: len(data) * kept // 100] if kept < 90 else data)
    with contextlib.suppress(FramewiseError), open_volume(path) as volume:
        for index in range(min(volume.info.frames, 3)):
            with contextlib.suppress(FramewiseError):
                volume.read(index)


@pytest.fixture(scope="module")
def whole_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole")
    for name in ("a.nii", "a.nrrd", "a.mha"):
        write_itk(folder / name, voxels((3, 6, 7)), compressed=name == "a.nrrd")
    save(dataset(voxels((1, 8, 8))[0]), folder / "a.dcm")
    save(dataset(voxels((1, 8, 8))[0]), folder / "l.dcm", "jpeg-ls")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("spacing", "message"),
    [("0 1 1", "size of zero"), ("nan 1 1", "size of zero|makes no sense")],
)
def test_a_metaimage_without_a_size_is_refused_by_name(tmp_path: Path, spacing: str, message: str) -> None:
    write_itk(tmp_path / "a.mha", voxels((3, 6, 7)), compressed=False)
    data = (
        (tmp_path / "a.mha")
        .read_bytes()
        .replace(b"ElementSpacing = 0.5 0.75 2.5", b"ElementSpacing = " + spacing.encode())
    )
    (tmp_path / "a.mha").write_bytes(data)
    with pytest.raises(SequenceError, match=message) as caught:
        open_volume(tmp_path / "a.mha")
    assert "a.mha" in str(caught.value)


def test_colour_and_five_dimensions_are_refused_in_every_format(tmp_path: Path) -> None:
    colour = sitk.GetImageFromArray(np.zeros((4, 5, 6, 3), np.uint8), isVector=True)
    for name in ("c.nrrd", "c.mha", "c.nii"):
        sitk.WriteImage(colour, str(tmp_path / name))
        with pytest.raises(SequenceError, match=r"colour|more than four"):
            open_volume(tmp_path / name)


SECRET = b"root:x:0:0:the secret of another file, long enough for all the voxels here"
SIZE = "ObjectType = Image\nNDims = 3\nDimSize = 4 4 4\nElementType = MET_UCHAR\nBinaryData = True\n"


@pytest.mark.parametrize(
    "lines",
    [
        "ElementDataFile = {secret}\n",
        "ElementDataFile: {secret}\nElementDataFile = LOCAL\n",
        "Comment = ElementDataFile = LOCAL\nElementDataFile = {secret}\n",
        "Comment =\nElementDataFile = LOCAL\nElementDataFile = {secret}\n",
        "Comment = x\rElementDataFile = {secret}\r\nElementDataFile = LOCAL\n",
        "BinaryData = False\nComment =\nElementDataFile = LOCAL\nElementDataFile = {secret}\n",
        "HeaderSize = -1\nName =\nElementDataFile = LOCAL\nElementDataFile = {secret}\n",
        "ElementDataFile = LIST 2\n{secret}\n",
        "ElementDataFile = %s 1 1 1\n{secret}\n",
    ],
)
def test_a_header_that_is_read_in_two_ways_never_shows_another_file(tmp_path: Path, lines: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    secret = tmp_path / "elsewhere" / "secret"
    secret.write_bytes(SECRET)
    path = tmp_path / "scan.mha"
    path.write_bytes((SIZE + lines.format(secret=secret)).encode() + bytes(range(64)))
    with contextlib.suppress(SequenceError):
        assert read_all(path).astype(np.uint8).tobytes() not in (SECRET[:64], SECRET[-64:])


@pytest.mark.parametrize("size", ["120", "-1"])
def test_a_metaimage_says_where_its_voxels_begin(tmp_path: Path, size: str) -> None:
    stack = voxels((4, 4, 4), np.uint8)
    (tmp_path / "a.raw").write_bytes(bytes(120) + stack.tobytes())
    (tmp_path / "a.mhd").write_text(f"{SIZE}HeaderSize = {size}\nElementDataFile = a.raw\n")
    assert np.array_equal(read_all(tmp_path / "a.mhd"), stack)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["raw", "gzip"])
def test_an_nrrd_header_may_be_long_and_of_windows(tmp_path: Path, newline: str, encoding: str) -> None:
    stack = voxels(dtype=np.int16)
    named = [f"Segment{n}_Name:={'name ' * 40}" for n in range(1000)]
    fields = ["NRRD0004", "type: short", "dimension: 3", "sizes: 24 20 6", "endian: little"]
    content = newline.join([*fields, f"encoding: {encoding}", *named, "", ""]).encode()
    data = stack.tobytes() if encoding == "raw" else gzip.compress(stack.tobytes())
    (tmp_path / "a.nrrd").write_bytes(content + data)
    assert np.array_equal(read_all(tmp_path / "a.nrrd"), stack)


@pytest.mark.parametrize("name", ["A.NRRD", "A.MHA"])
def test_suffixes_may_be_in_capitals(tmp_path: Path, name: str) -> None:
    stack = voxels()
    write_itk(tmp_path / name.lower(), stack)
    (tmp_path / name.lower()).rename(tmp_path / name)
    assert np.array_equal(read_all(tmp_path / name), stack)


def test_millilitres_of_sheared_slices_are_those_of_the_affine(tmp_path: Path) -> None:
    stack = voxels(dtype=np.int16)
    affine = np.array([[0.5, 0, 0, 1], [0, 0.5, 0.9, 2], [0, 0, 2, 3], [0, 0, 0, 1.0]])
    nibabel.save(nibabel.Nifti1Image(stack.T, affine), tmp_path / "a.nii")
    lines = ["NRRD0004", "type: short", "dimension: 3", "space: left-posterior-superior", "sizes: 24 20 6"]
    lines += ["space directions: (0.5,0,0) (0,0.5,0) (0,0.9,2)", "space origin: (1,2,3)", "endian: little"]
    header = "\n".join([*lines, "encoding: raw", "", ""]).encode()
    (tmp_path / "a.nrrd").write_bytes(header + stack.tobytes())
    for name in ("a.nii", "a.nrrd"):
        with open_volume(tmp_path / name) as volume:
            assert volume.geometry.voxel_volume == pytest.approx(0.5)
            assert any("sheared" in warning for warning in volume.info.warnings)


@pytest.mark.parametrize("name", ["a.nrrd", "a.mha"])
def test_bytes_that_are_no_text_in_a_header_are_refused_and_a_unit_in_other_letters_is_not(
    tmp_path: Path, name: str
) -> None:
    write_itk(tmp_path / name, voxels((3, 6, 7)))
    content = (tmp_path / name).read_bytes()
    place = (
        content.index(b"space directions: (") + 20 if name == "a.nrrd" else content.index(b"Spacing = ") + 10
    )
    (tmp_path / name).write_bytes(content[:place] + b"\xff" * 600 + content[place:])
    with pytest.raises(SequenceError, match=r"space directions|ElementSpacing"):
        read_all(tmp_path / name)
    if name == "a.nrrd":
        units = b'space units: "\xb5m" "\xb5m" "\xb5m"\nsizes:'
        (tmp_path / name).write_bytes(content.replace(b"sizes:", units, 1))
        assert read_all(tmp_path / name).shape == (3, 6, 7)
