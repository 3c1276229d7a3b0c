"""The data that training reads: what is held out, what the archive holds, what is drawn from it. No torch needed."""

from __future__ import annotations

import zipfile
from pathlib import Path

import cv2
import nibabel
import numpy as np
import pytest

from tool.dev.train import clips, prepare, pseudo, sources, synthetic, targets
from tool.dev.train.archive import Archive
from tool.dev.train.sources import SOURCES, Source, part_of

SOURCE = {source.name: source for source in SOURCES}


def write_pair(
    folder: Path, stem: str, mask: np.ndarray, images: str = "images", suffix: str = ".jpg"
) -> None:
    for name in (images, "masks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    image = np.repeat(mask[..., None] * 60 + 40, 3, 2).astype(np.uint8)
    cv2.imwrite(str(folder / images / f"{stem}{suffix}"), image)
    cv2.imwrite(str(folder / "masks" / f"{stem}.png"), mask)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two sources of pictures, one of them held out, a clip and a volume, in the form of the shared data."""
    data = tmp_path / "data"
    mask = np.zeros((90, 120), np.uint8)
    mask[20:50, 20:60] = 1
    mask[60:80, 70:110] = 2
    for index in range(12):
        write_pair(data / "sets/feral_cats", f"cat{index}", mask)
        write_pair(data / "sets/humans290", f"human{index}", mask)
    for index in range(8):
        write_pair(data / "davis10/camel", f"{index:05}", (mask > 0).astype(np.uint8) * 255, "frames")
        write_pair(data / "davis10/goat", f"{index:05}", (mask > 0).astype(np.uint8) * 255, "frames")
    labels = np.zeros((24, 20, 12), np.int16)
    labels[4:16, 4:14, 2:9] = 5
    for name, array in (("ct", labels * 40 - 100), ("labels", labels)):
        path = data / f"medical/ct_nifti/{name}.nii.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        nibabel.nifti1.Nifti1Image(array.astype(np.int16), np.eye(4)).to_filename(path)
    return data


@pytest.fixture
def archive(data: Path, tmp_path: Path) -> Archive:
    names = ("feral_cats", "humans290", "davis10", "ct_nifti")
    prepare.write_archive(tmp_path / "data.zip", data, [SOURCE[name] for name in names], prepare.FULL)
    return Archive(tmp_path / "data.zip")


def test_a_group_of_pictures_is_in_one_part_only() -> None:
    surgery = SOURCE["endoscapes_surgery"]
    for video in range(40):
        assert len({part_of(surgery, f"{video}_{frame}") for frame in (100, 325, 775)}) == 1


def test_about_a_tenth_each_validates_and_tests() -> None:
    parts = [part_of(SOURCE["coco128"], f"{i:012}") for i in range(1000)]
    assert 70 < parts.count("test") < 130
    assert 70 < parts.count("validate") < 130


def test_whole_sources_and_sequences_that_settings_were_chosen_on_are_never_trained_on() -> None:
    assert part_of(SOURCE["davis10"], "goat") == part_of(SOURCE["humans290"], "1") == "test"
    assert part_of(SOURCE["davis10"], "camel") == "train"


def test_the_archive_has_the_training_part_and_nothing_else(archive: Archive) -> None:
    assert {source.name for source in archive.sources} == {"feral_cats", "davis10", "ct_nifti"}
    rng = np.random.default_rng(0)
    assert all(len(archive.draw_clip("davis10", rng, 3)) == 3 for _ in range(5))
    assert not archive.has_source("humans290")


def test_a_free_archive_has_only_what_permits_commercial_use(data: Path, tmp_path: Path) -> None:
    for name in ("Aorta__1", "Aorta__2", "Aorta__3", "MVTec-WOOD__1", "MVTec-WOOD__2", "MVTec-WOOD__3"):
        write_pair(data / "sets/antillia_minis", name, np.eye(40, dtype=np.uint8))
    for name in [f"{camera}_{index}" for camera in ("chase", "drive") for index in range(6)]:
        write_pair(data / "sets/retina_vessels", name, np.eye(40, dtype=np.uint8))
    chosen = [SOURCE[name] for name in ("feral_cats", "davis10", "antillia_minis", "retina_vessels")]
    prepare.write_archive(tmp_path / "free.zip", data, chosen, prepare.FULL, free=True)
    free = Archive(tmp_path / "free.zip")
    assert {source.name for source in free.sources} == {"feral_cats", "antillia_minis", "retina_vessels"}
    with zipfile.ZipFile(tmp_path / "free.zip") as names:
        assert not [name for name in names.namelist() if "MVTec" in name or "drive" in name]


def test_a_film_without_labels_is_kept_and_drawn_frame_by_frame(data: Path, tmp_path: Path) -> None:
    (data / "video").mkdir()
    film = cv2.VideoWriter(str(data / "video/example.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 10, (96, 64))
    for index in range(18):
        film.write(np.full((64, 96, 3), 10 * index, np.uint8))
    film.release()
    prepare.write_archive(tmp_path / "data.zip", data, [SOURCE["feral_cats"]], prepare.FULL)
    archive = Archive(tmp_path / "data.zip")
    levels = [int(image.mean()) for image in archive.draw_frames(np.random.default_rng(1), 3)]
    assert levels in (sorted(levels), sorted(levels, reverse=True))
    assert len(set(levels)) == 3
    assert {source.name for source in archive.sources} == {"feral_cats"}


def test_kinds_that_no_source_has_are_drawn_without_one(data: Path, tmp_path: Path) -> None:
    batches = pytest.importorskip("tool.dev.train.batches", reason="needs torch")
    prepare.write_archive(tmp_path / "cats.zip", data, [SOURCE["feral_cats"]], prepare.FULL)
    cats, deck = Archive(tmp_path / "cats.zip"), batches.KIND_DECK
    drawn = batches.draw_pictures(cats, np.random.default_rng(1), count=len(deck), things=1, size=64)
    assert set(drawn.kinds) >= {"object", "pseudo", "tubular"}


def test_what_is_drawn_depends_on_the_generator_alone(archive: Archive) -> None:
    for draw in (lambda rng: archive.draw_picture("object", rng), archive.draw_scan):
        one, two = (draw(np.random.default_rng(3)) for _ in range(2))
        assert np.array_equal(one.image, two.image)
        assert all(np.array_equal(a, b) for a, b in zip(one.masks, two.masks, strict=True))


def test_a_pack_holds_smaller_pictures(data: Path, tmp_path: Path) -> None:
    mask = np.zeros((600, 800), np.uint8)
    mask[100:300, 200:500] = 1
    write_pair(data / "sets/feral_cats", "large", mask)
    for name, fineness in (("full", prepare.FULL), ("small", prepare.SMALL)):
        prepare.write_archive(tmp_path / f"{name}.zip", data, [SOURCE["feral_cats"]], fineness)
    assert (tmp_path / "small.zip").stat().st_size < (tmp_path / "full.zip").stat().st_size
    assert Archive(tmp_path / "small.zip").draw_picture("object", np.random.default_rng(1)).masks


def test_things_alike_come_together_and_are_told_apart_on_every_frame(archive: Archive) -> None:
    gaps = []
    for seed in range(6):
        frames = clips.draw_clip(archive, np.random.default_rng(seed), 128, 5, "pair")
        assert all(np.sum(frame.masks, 0).max() <= 1 for frame in frames)
        seen = [[np.argwhere(mask).mean(0) for mask in frame.masks if mask.any()] for frame in frames]
        if len(seen[0]) == len(seen[2]) == 2:
            gaps.append([np.linalg.norm(seen[i][0] - seen[i][1]) for i in (0, 2)])
    assert len(gaps) >= 3
    assert all(begin > middle for begin, middle in gaps)


def test_a_stack_of_slices_shows_the_same_organ(archive: Archive) -> None:
    slices = archive.draw_stack(np.random.default_rng(5), 3)
    assert len(slices) == 3 and len({len(scene.masks) for scene in slices}) == 1
    assert {scene.kind for scene in slices} == {"scan"}


def two_blobs() -> np.ndarray:
    mask = np.zeros((60, 80), np.uint8)
    mask[5:20, 5:20] = mask[30:50, 50:70] = 1
    mask[22:28, 30:40] = 2
    return mask


@pytest.mark.parametrize(
    ("ids", "kind", "areas"),
    [
        ("instances", "object", {60, 625}),
        ("classes", "object", {60, 225, 400}),
        ("nested", "object", {685}),
        ("nested", "part", {60, 225, 400}),
        ("instances", "many-part", {625}),
        ("pieces", "tubular", {685}),
    ],
)
def test_targets_follow_what_the_ids_mean(ids, kind, areas) -> None:
    source = Source("any", "pictures", ids, (kind,), "free")
    drawn = targets.draw_targets(two_blobs(), source, kind, np.random.default_rng(0))
    assert {int(mask.sum()) for mask in drawn} == areas


def test_pixels_to_ignore_are_no_target() -> None:
    mask = two_blobs()
    mask[mask == 2] = targets.IGNORED
    drawn = targets.draw_targets(
        mask, Source("any", "pictures", "nested", (), "free"), "object", np.random.default_rng(0)
    )
    assert [int(m.sum()) for m in drawn] == [625]


def test_every_source_can_be_drawn_of_every_kind_that_it_has() -> None:
    assert {kind for source in SOURCES for kind in source.kinds} >= set(sources.KINDS) - {
        "synthetic",
        "pseudo",
    }


def test_pseudo_targets_end_where_the_colour_changes() -> None:
    image = np.full((120, 160, 3), 40, np.uint8)
    image[30:90, 40:120] = (220, 60, 60)
    truth = (image[..., 0] == 220).astype(np.uint8)
    best = 0.0
    for seed in range(5):
        for mask in pseudo.draw_regions(image, np.random.default_rng(seed)).masks:
            best = max(best, float((mask & truth).sum() / (mask | truth).sum()))
    assert best > 0.9


def test_tubes_are_thin_and_long() -> None:
    mask = synthetic.draw_tubes(np.random.default_rng(1)).masks[0]
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    assert mask.sum() > 20 * depth.max() ** 2
