"""Folders of images and single images as sequences."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from app.domain.errors import SequenceError
from app.storage.images import image_folder
from app.storage.images.image_folder import natural_key, open_folder, open_image
from app.storage.images.image_header import read_header
from app.storage.images.image_pixels import read_image
from tests.helpers.clips import HEIGHT, WIDTH, number_on, stamped, write_images


def test_images_are_frames_in_natural_order_under_their_own_names(tmp_path: Path) -> None:
    names = ["img1.png", "img2.png", "img10.png", "IMG11.png", "img100.png"]
    write_images(tmp_path / "case 7", names)
    with open_folder(tmp_path / "case 7") as folder:
        assert folder.info.kind == "folder"
        assert folder.info.name == "case 7"
        assert folder.info.frame_names == tuple(names)
        assert (folder.info.width, folder.info.height) == (WIDTH, HEIGHT)
        assert folder.info.fps is None and folder.info.times == () and folder.info.warnings == ()
        assert [number_on(folder.read(n)) for n in (4, 0, 3, 1, 2)] == [4, 0, 3, 1, 2]
        for n in (-1, 5):
            with pytest.raises(IndexError):
                folder.read(n)


def test_every_format_and_any_letters_in_names(tmp_path: Path) -> None:
    names = [
        f"{n} – Größe 视频 ({n}){suffix}"
        for n, suffix in enumerate([".jpg", ".JPEG", ".png", ".bmp", ".tif", ".TIFF", ".webp"])
    ]
    write_images(tmp_path, names)
    for other in ("notes.txt", ".hidden.png", "Thumbs.db", "._0.jpg"):
        (tmp_path / other).write_text("not an image")
    (tmp_path / "folder.png").mkdir()
    with open_folder(tmp_path) as folder:
        assert folder.info.frame_names == tuple(names)
        assert [number_on(folder.read(n)) for n in range(len(names))] == list(range(len(names)))


@given(
    st.lists(
        st.text(alphabet="ab0129_.", min_size=1, max_size=8).filter(lambda name: name.strip(".")), unique=True
    )
)
@example(["a2", "a10", "a02", "a"])
def test_natural_order_is_an_order_in_which_numbers_count(names: list[str]) -> None:
    ordered = sorted((Path(name) for name in names), key=natural_key)
    assert ordered == sorted(reversed(ordered), key=natural_key)
    numbers = [Path(f"frame{n}.png") for n in range(0, 2000, 7)]
    assert sorted(reversed(numbers), key=natural_key) == numbers


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["jpg", "png", "tif", "webp"])
def test_the_exif_orientation_is_applied(tmp_path: Path, kind: str, orientation: int) -> None:
    path = tmp_path / f"a.{kind}"
    picture = Image.fromarray(stamped(1234))
    exif = Image.Exif()
    exif[274] = orientation
    if kind == "tif":
        picture.save(path, tiffinfo={274: orientation})
    else:
        picture.save(path, exif=exif, quality=95)
    with Image.open(path) as stored:
        expected = np.asarray(ImageOps.exif_transpose(stored).convert("RGB")).astype(int)
    with open_image(path) as image:
        assert (image.info.height, image.info.width) == expected.shape[:2]
        assert np.abs(image.read(0) - expected).mean() < 3


@pytest.mark.parametrize("mode", ["L", "P", "LA", "RGBA", "1"])
def test_grey_palettes_and_alpha_become_rgb(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(stamped(77)).convert(mode).save(path)
    with open_image(path) as image:
        pixels = image.read(0)
        assert number_on(pixels) == 77
        assert pixels.shape == (HEIGHT, WIDTH, 3) and pixels.flags.writeable
        with Image.open(path) as stored:
            expected = np.asarray(stored.convert("RGBA").convert("RGB"))
        assert np.array_equal(pixels, expected)


def write_deep(path: Path, top: int) -> None:
    done, data = cv2.imencode(
        path.suffix, np.linspace(0, top, WIDTH * HEIGHT).reshape(HEIGHT, WIDTH).astype(np.uint16)
    )
    assert done
    path.write_bytes(data.tobytes())


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_are_shown_by_the_depth_that_the_whole_sequence_uses(
    tmp_path: Path, suffix: str
) -> None:
    for n, top in enumerate([1500, 4000, 900]):
        write_deep(tmp_path / f"{n}{suffix}", top)
    with open_folder(tmp_path) as folder:
        assert any("12 bits" in warning for warning in folder.info.warnings)
        tops = [int(folder.read(n).max()) for n in range(3)]
        assert tops == [round(top * 255 / 4095) for top in (1500, 4000, 900)]


def test_an_image_brighter_than_those_that_were_sampled_is_not_clipped_to_white(tmp_path: Path) -> None:
    for n in range(40):
        write_deep(tmp_path / f"{n:02d}.png", 60000 if n == 13 else 1000)
    with open_folder(tmp_path) as folder:
        shown = [folder.read(n) for n in (12, 13)]
    assert [int(image.max()) for image in shown] == [round(1000 * 255 / 1023), round(60000 * 255 / 65535)]
    assert len(np.unique(shown[1])) > 200


def test_a_full_sixteen_bits_use_the_whole_range(tmp_path: Path) -> None:
    write_deep(tmp_path / "a.png", 65535)
    with open_image(tmp_path / "a.png") as image:
        pixels = image.read(0)
        assert (pixels.min(), pixels.max()) == (0, 255)
        assert image.info.warnings == ()


def test_one_image_is_one_frame(tmp_path: Path) -> None:
    write_images(tmp_path, ["polyp 3.jpg"])
    with open_image(tmp_path / "polyp 3.jpg") as image:
        assert (image.info.kind, image.info.frames, image.info.name) == ("image", 1, "polyp 3")
        assert image.info.frame_names == ()


def test_images_of_other_sizes_are_named(tmp_path: Path) -> None:
    write_images(tmp_path, [f"{n}.png" for n in range(9)])
    write_images(tmp_path, [f"odd{n}.png" for n in range(7)], size=(160, 96))
    with pytest.raises(SequenceError) as caught:
        open_folder(tmp_path)
    error = caught.value
    assert f"{WIDTH}x{HEIGHT}" in error.what
    assert all(f"odd{n}.png (160x96)" in error.what for n in range(5))
    assert "odd5.png" not in error.what and "and 2 more" in error.what
    assert error.remedy and error.subject == str(tmp_path)


def test_a_turned_photograph_counts_by_the_size_it_is_shown_in(tmp_path: Path) -> None:
    write_images(tmp_path, ["a.jpg", "b.jpg"])
    exif = Image.Exif()
    exif[274] = 6
    lying = Image.fromarray(np.rot90(stamped(2)).copy())
    lying.save(tmp_path / "c.jpg", exif=exif, quality=95)
    with open_folder(tmp_path) as folder:
        assert number_on(folder.read(2)) == 2


@pytest.mark.parametrize("harm", ["noise", "empty", "cut"])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp"])
def test_one_damaged_image_does_not_keep_the_folder_from_opening(
    tmp_path: Path, harm: str, suffix: str
) -> None:
    names = [f"{n}{suffix}" for n in range(4)]
    write_images(tmp_path, names)
    victim = tmp_path / names[2]
    data = victim.read_bytes()
    victim.write_bytes({"noise": os.urandom(400), "empty": b"", "cut": data[: len(data) * 2 // 3]}[harm])
    with open_folder(tmp_path) as folder:
        assert folder.info.frames == 4
        (warning,) = folder.info.warnings
        assert names[2] in warning and names[1] not in warning
        assert [number_on(folder.read(n)) for n in (3, 1, 0)] == [3, 1, 0]
        with pytest.raises(SequenceError) as caught:
            folder.read(2)
        assert caught.value.subject == str(victim) and caught.value.remedy


def test_an_image_that_is_gone_or_was_changed_is_named(tmp_path: Path) -> None:
    write_images(tmp_path, ["0.png", "1.png", "2.png"])
    with open_folder(tmp_path) as folder:
        (tmp_path / "1.png").unlink()
        with pytest.raises(SequenceError, match="not there") as gone:
            folder.read(1)
        assert gone.value.subject == str(tmp_path / "1.png")
        write_images(tmp_path, ["2.png"], size=(160, 96))
        with pytest.raises(SequenceError, match="160x96"):
            folder.read(2)
        assert number_on(folder.read(0)) == 0


def test_folders_without_images_say_what_would_be_one(tmp_path: Path) -> None:
    with pytest.raises(SequenceError, match=r"no images.*\.png"):
        open_folder(tmp_path)
    (tmp_path / "notes.txt").write_text("no image")
    with pytest.raises(SequenceError, match="no images"):
        open_folder(tmp_path)


def test_a_folder_of_nothing_but_damaged_images_is_refused(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"{n}.png").write_bytes(os.urandom(50))
    with pytest.raises(SequenceError, match="No image can be read"):
        open_folder(tmp_path)


def test_numbers_that_are_no_picture_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.linspace(0, 1, WIDTH * HEIGHT, dtype=np.float32).reshape(HEIGHT, WIDTH)).save(
        tmp_path / "a.tif"
    )
    with pytest.raises(SequenceError, match="32 bits a sample"):
        open_image(tmp_path / "a.tif")
    with pytest.raises(SequenceError, match="32 bits a sample"):
        read_image(tmp_path / "a.tif")


def test_a_picture_too_large_for_memory_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    done, data = cv2.imencode(".png", stamped(0))
    assert done
    bomb = bytearray(data.tobytes())
    bomb[16:24] = (100_000).to_bytes(4, "big") * 2
    (tmp_path / "bomb.png").write_bytes(bomb)
    with pytest.raises(SequenceError, match="100000x100000"):
        open_image(tmp_path / "bomb.png")
    with pytest.raises(SequenceError, match="100000x100000"):
        read_image(tmp_path / "bomb.png")


def test_opening_reads_headers_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_images(tmp_path, [f"{n}.jpg" for n in range(30)])
    monkeypatch.setattr(image_folder, "read_image", None)
    monkeypatch.setattr(image_folder, "used_bits", None)
    with open_folder(tmp_path) as folder:
        assert folder.info.frames == 30


def test_of_several_pages_the_first_is_shown_and_a_warning_given(tmp_path: Path) -> None:
    pages = [Image.fromarray(stamped(n)) for n in (5, 6, 7)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with open_image(tmp_path / "a.tif") as image:
        assert any("first page" in warning for warning in image.info.warnings)
        assert number_on(image.read(0)) == 5


def test_a_tiff_that_names_an_offset_beyond_every_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "far.tif"
    path.write_bytes(b"MM\x00+\x00\x08\x00\x00" + (2**62 + 1).to_bytes(8, "big") + bytes(64))
    assert read_header(path) is None


@given(st.data())
def test_a_hostile_header_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "TIFF", "WEBP", "BMP", "noise"]))
    content = bytearray(data.draw(st.binary(max_size=200)))
    if kind != "noise":
        stream = io.BytesIO()
        exif = Image.Exif()
        exif[274] = 6
        Image.fromarray(stamped(3)).save(stream, kind, **({} if kind == "BMP" else {"exif": exif}))
        noise, content = bytes(content), bytearray(stream.getvalue())
        place = data.draw(st.integers(0, min(len(content), 400)))
        content[place : place + len(noise)] = noise
    path = tmp_path_factory.mktemp("header") / "x"
    path.write_bytes(content)
    header = read_header(path)
    assert header is None or (header.width > 0 and header.height > 0)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_colour_tiff_of_any_depth_has_its_colours(tmp_path: Path, depth: type) -> None:
    most = int(np.iinfo(depth).max)
    ramp: np.ndarray = np.tile(np.linspace(0, most, 64).astype(depth), (48, 1))
    pixels = np.stack([ramp, ramp // 2, most - ramp], -1)
    cv2.imwrite(str(tmp_path / "a.tif"), pixels[..., ::-1])
    shown = read_image(tmp_path / "a.tif").astype(int)
    assert np.abs(shown - pixels.astype(int) * 255 / most).max() <= 1


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_content_behind_the_end_of_an_image_is_no_damage(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    Image.fromarray(stamped(5)).save(path)
    whole = path.read_bytes()
    for tail in (b"\0" * 9000, b"film" * 600_000):
        path.write_bytes(whole + tail)
        with open_image(path) as image:
            assert image.info.warnings == () and number_on(image.read(0)) == 5
    path.write_bytes(whole[: len(whole) * 2 // 3])
    with open_image(path) as image:
        assert any("cut off" in warning for warning in image.info.warnings)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_an_orientation_behind_the_pixels_of_a_png_is_applied(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "late.png"
    Image.fromarray(stamped(5)).save(path)
    content = path.read_bytes()
    block = b"II" + struct.pack("<HIHHHIHHI", 42, 8, 1, 274, 3, 1, orientation, 0, 0)
    chunk = struct.pack(">I", len(block)) + b"eXIf" + block
    chunk += struct.pack(">I", zlib.crc32(b"eXIf" + block))
    path.write_bytes(content[:-12] + chunk + content[-12:])
    with open_image(path) as image:
        shown = image.read(0)
        assert shown.shape[:2] == (image.info.height, image.info.width)
        assert np.array_equal(shown, np.rot90(stamped(5), {1: 0, 3: 2, 6: 3, 8: 1}[orientation]))


@pytest.mark.parametrize("name", ["a.png", "a.webp"])
def test_an_animation_is_warned_of(tmp_path: Path, name: str) -> None:
    first, *others = (Image.fromarray(stamped(n)) for n in range(4))
    first.save(tmp_path / name, save_all=True, append_images=others, duration=40, lossless=True)
    with open_image(tmp_path / name) as image:
        assert any("animations" in warning for warning in image.info.warnings)


def test_signed_samples_are_refused_by_name_and_not_called_damaged(tmp_path: Path) -> None:
    pixels = np.arange(-100, 92, dtype="<i2").reshape(12, 16)
    tags = [(256, 16), (257, 12), (258, 16), (259, 1), (262, 1), (273, 8), (277, 1), (278, 12)]
    tags += [(279, pixels.nbytes), (339, 2)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    head = b"II" + struct.pack("<HI", 42, 8 + pixels.nbytes)
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0)
    (tmp_path / "a.tif").write_bytes(head + pixels.tobytes() + directory)
    with pytest.raises(SequenceError, match="signed samples") as caught:
        open_image(tmp_path / "a.tif")
    assert "damaged" not in str(caught.value)


def test_a_folder_with_a_picture_that_can_never_be_shown_is_refused_by_its_name(tmp_path: Path) -> None:
    for name, kind in (("a.tif", np.uint8), ("b.tif", np.float32)):
        Image.fromarray(np.zeros((HEIGHT, WIDTH), kind)).save(tmp_path / name)
    with pytest.raises(SequenceError, match=r"\(1 of 2\): b\.tif\. The image has 32 bits a sample"):
        open_folder(tmp_path)


def test_every_name_of_a_jpeg_is_one_and_other_kinds_are_named(tmp_path: Path) -> None:
    for name in ("a.jfif", "b.JPE", "c.jpg"):
        Image.fromarray(np.zeros((HEIGHT, WIDTH, 3), np.uint8)).save(tmp_path / name, "JPEG")
    (tmp_path / "d.heic").write_bytes(b"x")
    info = open_folder(tmp_path).info
    assert info.frame_names == ("a.jfif", "b.JPE", "c.jpg")
    assert any("d.heic" in text for text in info.warnings)
