"""Data sets are read by the loaders that their users use: same pixels, ids, names."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import cv2
import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image
from pycocotools import mask as coco
from pycocotools.coco import COCO

from app.domain.annotation import Annotation, Label, Object, SequenceInfo, Status
from app.imaging import masks
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.export_registry import write_export
from app.storage.importers.import_registry import read_masks
from app.storage.volume.volume_opening import open_volume
from tests.helpers.labelled import LABELS as SCAN_LABELS
from tests.helpers.labelled import export_volume, job_of, labelled
from tests.helpers.scans import voxels

HEIGHT, WIDTH, FRAMES = 24, 40, 4
LABELS = (Label(7, "left ventricle", (200, 10, 10)), Label(2, "tool", (10, 200, 10)))
OBJECTS = (Object(1, 2), Object(2, 7), Object(5, 2))


def shapes() -> dict[tuple[int, int], np.ndarray]:
    """Masks by frame and object: two tools, one of two pieces, a ventricle with a hole; frame 3 is empty."""
    tool, other, ring = (np.zeros((HEIGHT, WIDTH), bool) for _ in range(3))
    tool[2:8, 2:12], tool[10:12, 2:5] = True, True
    other[2:8, 12:20] = True
    ring[12:22, 20:36], ring[15:18, 24:30] = True, False
    none = np.zeros((HEIGHT, WIDTH), bool)
    return {(0, 1): tool, (0, 5): other, (1, 2): ring, (2, 1): other, (2, 2): ring, (3, 1): none}


def job() -> ExportJob:
    """The export of a clip."""
    cells = shapes()

    def annotations(frame: int) -> dict[int, Annotation]:
        found = {key: mask for (index, key), mask in cells.items() if index == frame}
        return {key: Annotation(masks.encode(mask), Status.EDITED, 0.5) for key, mask in found.items()}

    def image(frame: int) -> np.ndarray:
        return np.dstack([np.full((HEIGHT, WIDTH), value, np.uint8) for value in (60 * frame, 30, 200)])

    info = SequenceInfo("clip.mp4", "/clip.mp4", "video", FRAMES, WIDTH, HEIGHT, 25.0)
    return ExportJob(info, LABELS, OBJECTS, annotations, image, 0.5, lambda *_: None, lambda: None)


def written(kind: str, folder: Path) -> Path:
    [path] = write_export(kind, job(), folder)
    return path


def by_frame() -> list[dict[int, np.ndarray]]:
    """The masks with a pixel, by object, frame by frame."""
    return [{key: m for (index, key), m in shapes().items() if index == f and m.any()} for f in range(FRAMES)]


def quietly(folder: Path, **config: object) -> dict[str, object]:
    return {
        "GT_FOLDER": str(folder),
        "TRACKERS_TO_EVAL": [],
        "TRACKERS_FOLDER": "",
        "PRINT_CONFIG": False,
        **config,
    }


def truth_of(reader: Any) -> Any:
    """What a reader of trackeval finds in the sequence; its public call wants a tracker's results besides."""
    return reader._load_raw_file("", "clip", True)  # noqa: SLF001


def same(dets: list[dict[str, object]], truth: list[np.ndarray]) -> bool:
    """Whether two sets of masks are the same."""
    found = [np.ascontiguousarray(coco.decode(one) > 0) for one in dets]
    return sorted(m.tobytes() for m in truth) == sorted(m.tobytes() for m in found)


@pytest.mark.parametrize("kind", ["davis", "youtube-vos"])
def test_davis_and_youtube_vos_are_read_by_trackeval(tmp_path: Path, kind: str) -> None:
    from trackeval.datasets import DAVIS

    root = written(kind, tmp_path)
    maps = root / ("Annotations/Full-Resolution" if kind == "davis" else "train/Annotations")
    raw = truth_of(DAVIS(quietly(maps)))
    assert [ids.tolist() for ids in raw["gt_ids"]] == [[1, 3], [2], [1, 2], []]
    assert all(same(dets, [*truth.values()]) for dets, truth in zip(raw["gt_dets"], by_frame(), strict=True))
    pictures = Path(str(maps).replace("Annotations", "JPEGImages"))
    assert sorted(os.listdir(pictures / "clip")) == [f"{n:05d}.jpg" for n in range(FRAMES)]
    if kind == "davis":
        assert (root / "ImageSets/2017/train.txt").read_text() == "clip\n"
    else:
        meta = json.loads((root / "train/meta.json").read_text())["videos"]["clip"]["objects"]
        assert meta["1"] == {"category": "tool", "frames": ["00000", "00002"]}
        assert meta["2"]["category"] == "left ventricle"


def test_youtube_vis_is_read_by_trackeval(tmp_path: Path) -> None:
    from trackeval.datasets import YouTubeVIS

    root = written("youtube-vis", tmp_path)
    (root / "train").rename(tmp_path / "youtube_vis_train")
    data = YouTubeVIS(quietly(tmp_path, GT_FOLDER=f"{tmp_path}/", SPLIT_TO_EVAL="train"))
    raw = truth_of(data)
    assert all(same(dets, [*truth.values()]) for dets, truth in zip(raw["gt_dets"], by_frame(), strict=True))
    assert data.class_list == ["left ventricle", "tool"]


def test_mots_text_is_read_by_trackeval_and_the_pictures_hold_the_same(tmp_path: Path) -> None:
    from trackeval.datasets import KittiMOTS

    root = written("mots-txt", tmp_path)
    (tmp_path / "label_02").mkdir()
    (root / "train/instances_txt/clip.txt").rename(tmp_path / "label_02/clip.txt")
    config = quietly(tmp_path, SEQ_INFO={"clip": FRAMES}, CLASSES_TO_EVAL=["car"])
    raw = truth_of(KittiMOTS(config))
    assert all(same(dets, [*truth.values()]) for dets, truth in zip(raw["gt_dets"], by_frame(), strict=True))
    assert [ids.tolist() for ids in raw["gt_ids"]] == [[2001, 2003], [1002], [1002, 2001], []]
    pixels = np.asarray(Image.open(written("mots-png", tmp_path) / "train/instances/clip/000002.png"))
    assert pixels.dtype == np.uint16 and set(np.unique(pixels)) == {0, 1002, 2001}
    assert np.array_equal(pixels == 1002, shapes()[2, 2])


@pytest.mark.parametrize("kind", ["coco-polygons", "coco-rle"])
def test_coco_is_read_by_pycocotools_and_supervision(tmp_path: Path, kind: str) -> None:
    import supervision as sv

    root = written(kind, tmp_path)
    path = root / "annotations/instances_train.json"
    with contextlib.redirect_stdout(io.StringIO()):
        data = COCO(str(path))
    for item in data.loadAnns(data.getAnnIds()):
        image = data.loadImgs(item["image_id"])[0]
        assert np.array_equal(data.annToMask(item) > 0, shapes()[image["frame_id"], item["track_id"]])
        assert data.loadCats(item["category_id"])[0]["name"] == (
            "left ventricle" if item["track_id"] == 2 else "tool"
        )
    assert len(data.getImgIds()) == FRAMES
    found = sv.DetectionDataset.from_coco(str(root / "images/train"), str(path))
    assert len(found) == FRAMES and found.classes == ["left ventricle", "tool"]
    assert all(image.shape == (HEIGHT, WIDTH, 3) for _, image, _ in found)


def test_yolo_is_read_by_supervision(tmp_path: Path) -> None:
    import supervision as sv

    root = written("yolo-seg", tmp_path)
    folders = (str(root / "images/train"), str(root / "labels/train"), str(root / "data.yaml"))
    found = sv.DetectionDataset.from_yolo(*folders, force_masks=True)
    assert found.classes == ["left ventricle", "tool"]
    counts = [len(found.annotations[path]) for path in sorted(found.image_paths)]
    assert counts == [2, 1, 2, 0], "instances stay apart"
    boxes = written("yolo-boxes", tmp_path)
    lines = (boxes / "labels/train/clip_00000.txt").read_text().splitlines()
    assert lines[1] == f"1 {16 / WIDTH:.9g} {5 / HEIGHT:.9g} {8 / WIDTH:.9g} {6 / HEIGHT:.9g}"


def test_a_yolo_line_filled_is_exactly_the_mask(tmp_path: Path) -> None:
    root = written("yolo-seg", tmp_path)
    for (frame, key), mask in shapes().items():
        lines = (root / f"labels/train/clip_{frame:05d}.txt").read_text().splitlines()
        rings = [np.array(line.split()[1:], float).reshape(-1, 2) * [WIDTH, HEIGHT] for line in lines]
        filled = [
            coco.decode(coco.frPyObjects([ring.ravel().tolist()], HEIGHT, WIDTH))[..., 0] > 0
            for ring in rings
        ]
        assert not mask.any() or any(np.array_equal(one, mask) for one in filled), (frame, key)


def test_pascal_voc_is_read_by_supervision_and_its_maps_are_right(tmp_path: Path) -> None:
    import supervision as sv

    root = written("pascal-voc", tmp_path)
    found = sv.DetectionDataset.from_pascal_voc(str(root / "JPEGImages"), str(root / "Annotations"))
    assert sorted(found.classes) == ["left ventricle", "tool"] and len(found) == FRAMES
    boxes = Xml.parse(root / "Annotations/clip_00001.xml").findall("object/bndbox")
    assert [[int(n.text or 0) for n in box] for box in boxes] == [[21, 13, 36, 22]]
    classes = np.asarray(Image.open(root / "SegmentationClass/clip_00000.png"))
    objects = np.asarray(Image.open(root / "SegmentationObject/clip_00000.png"))
    assert set(np.unique(classes)) == {0, 2} and set(np.unique(objects)) == {0, 1, 2}
    with Image.open(root / "SegmentationClass/clip_00001.png") as picture:
        assert picture.convert("RGB").getpixel((21, 13)) == (128, 0, 0), "VOC's colour of class 1"


def test_the_parquet_table_is_loaded_by_datasets_with_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    root = written("parquet", tmp_path)
    table = datasets.load_dataset(str(root), cache_dir=str(tmp_path / "cache"))["train"]
    assert table.num_rows == FRAMES and table[2]["sequence"] == "clip"
    assert np.array_equal(np.asarray(table[2]["image"]), job().image(2))
    assert np.array_equal(np.asarray(table[0]["mask"]), job().label_map(0))
    [item] = table[1]["objects"]
    size = {"size": [HEIGHT, WIDTH], "counts": item["rle"].encode()}
    assert item["object_id"] == 2 and np.array_equal(coco.decode(size) > 0, shapes()[1, 2])


def test_labelme_pieces_of_an_object_share_a_group(tmp_path: Path) -> None:
    document = json.loads((written("labelme", tmp_path) / "train/clip/00000.json").read_text())
    assert cv2.imread(str(tmp_path / "clip_labelme/train/clip" / document["imagePath"])).shape[:2] == (
        HEIGHT,
        WIDTH,
    )
    assert document.keys() >= {"version", "flags", "imageData", "imageHeight", "imageWidth"}
    groups = [shape["group_id"] for shape in document["shapes"]]
    assert groups == [1, 1, 5]
    assert {shape["label"] for shape in document["shapes"]} == {"tool"}


def test_labelme_is_read_by_supervision_with_pieces_as_one_object(tmp_path: Path) -> None:
    import supervision as sv

    folder = str(written("labelme", tmp_path) / "train/clip")
    found = sv.DetectionDataset.from_labelme(folder, folder)
    assert sorted(found.classes) == ["left ventricle", "tool"] and len(found) == FRAMES
    counts = [len(found.annotations[path]) for path in sorted(found.image_paths)]
    assert counts == [2, 1, 2, 0]


def test_cvat_tracks_end_where_masks_do(tmp_path: Path) -> None:
    top = Xml.parse(written("cvat-video", tmp_path) / "train/clip.xml").getroot()
    assert top.findtext("version") == "1.1" and top.findtext("meta/task/mode") == "interpolation"
    tracks = {track.get("group_id"): track for track in top.findall("track")}
    told = [(int(p.get("frame", "")), p.get("outside")) for p in tracks["1"].findall("polygon")]
    assert told == [(0, "0"), (1, "1"), (2, "0"), (3, "1")]
    assert tracks["2"].get("label") == "left ventricle"


def test_an_nnunet_set_of_a_scan_keeps_intensities_and_geometry(tmp_path: Path) -> None:
    path = tmp_path / "ct.nii.gz"
    made = sitk.GetImageFromArray(voxels())
    made.SetSpacing((0.7, 0.8, 2.5))
    made.SetOrigin((-10.5, 4.0, 7.0))
    sitk.WriteImage(made, path)
    with open_volume(path) as source:
        labels = labelled(source.geometry.shape)
        [root] = export_volume("nnunet", job_of(source, labels), tmp_path)
        native = np.stack([source.read_stored(k) for k in range(len(labels))])
        back = read_masks(root, source.info, SCAN_LABELS, scan=lambda: source)
        imported = {(frame, value): mask for frame, found in back.frames() for value, mask in found.values()}
    assert nnunet_errors(root) == []
    document = json.loads((root / "dataset.json").read_text())
    wanted = {"background": 0, "liver": 1, "kidney_left": 2, "my odd thing": 3, "ignore": 4}
    assert document["labels"] == wanted
    image = sitk.ReadImage(root / "imagesTr/ct_0000.nii.gz")
    truth = sitk.ReadImage(root / "labelsTr/ct.nii.gz")
    source_image = sitk.ReadImage(path)
    for one in (image, truth):
        assert np.allclose(one.GetSpacing(), source_image.GetSpacing())
        assert np.allclose(one.GetOrigin(), source_image.GetOrigin())
        assert np.allclose(one.GetDirection(), source_image.GetDirection())
    assert np.array_equal(sitk.GetArrayFromImage(image), native)
    numbers = np.zeros(256, np.uint8)
    numbers[[3, 7, 12]] = 1, 2, 3
    stored = numbers[labels]
    assert not stored[1].any()
    stored[1] = 4  # nobody annotated it, so it is no background
    assert np.array_equal(sitk.GetArrayFromImage(truth), stored)
    assert {value for _, value in imported} == {3, 7, 12}, "ours, and what is to be ignored is no label"
    assert all(np.array_equal(mask, labels[frame] == value) for (frame, value), mask in imported.items())


def nnunet_errors(root: Path) -> list[str]:
    """What nnU-Net v2 would refuse, by the rules of its verify_dataset_integrity.

    It needs torch, so its rules stand here: every case has its channels and labels, they share size, spacing, origin
    and direction, no voxel is NaN, no label is unknown, labels are consecutive and "ignore" is the highest.
    """
    about = json.loads((root / "dataset.json").read_text())
    values, ending = about["labels"], about["file_ending"]
    cases = sorted(path.name.removesuffix(ending) for path in (root / "labelsTr").iterdir())
    errors = [] if sorted(values.values()) == list(range(len(values))) else ["labels are not consecutive"]
    errors += (
        ["ignore is not the highest"] if values.get("ignore", len(values) - 1) != len(values) - 1 else []
    )
    errors += ["numTraining"] if about["numTraining"] != len(cases) else []
    for case in cases:
        pictures = [
            root / "imagesTr" / f"{case}_{int(channel):04d}{ending}" for channel in about["channel_names"]
        ][: 1 if ending == ".png" else None]
        read = [sitk.ReadImage(path) for path in (*pictures, root / "labelsTr" / f"{case}{ending}")]
        places = [
            (
                one.GetSize(),
                *(
                    np.round(part, 4).tolist()
                    for part in (one.GetSpacing(), one.GetOrigin(), one.GetDirection())
                ),
            )
            for one in read
        ]
        errors += [f"{case}: geometry"] if any(place != places[0] for place in places) else []
        arrays = [sitk.GetArrayFromImage(one) for one in read]
        errors += [f"{case}: NaN"] if any(np.isnan(array).any() for array in arrays) else []
        unknown = set(np.unique(arrays[-1]).tolist()) - set(values.values())
        errors += [f"{case}: {unknown}"] if unknown else []
    return errors


def test_an_nnunet_set_of_frames_passes_its_rules(tmp_path: Path) -> None:
    assert nnunet_errors(written("nnunet", tmp_path)) == []


def test_a_monai_list_names_files_that_are_there_and_says_what_is_void(tmp_path: Path) -> None:
    path = tmp_path / "ct.nii.gz"
    sitk.WriteImage(sitk.GetImageFromArray(voxels()), path)
    with open_volume(path) as source:
        [scan] = export_volume("monai", job_of(source, labelled(source.geometry.shape)), tmp_path)
    document = json.loads((scan / "datalist.json").read_text())
    assert document["labels"]["4"] == "ignore" and "labels are 4" in document["description"]
    root = written("monai", tmp_path)
    items = json.loads((root / "datalist.json").read_text())["training"]
    assert len(items) == FRAMES
    assert all((root / item["image"]).is_file() and (root / item["label"]).is_file() for item in items)
    assert np.asarray(Image.open(root / items[0]["label"])).max() == 2


def test_pictures_that_are_files_are_copied_as_they_are(tmp_path: Path) -> None:
    from dataclasses import replace

    folder = tmp_path / "study"
    folder.mkdir()
    names = (*(f"{n}.jpg" for n in range(FRAMES - 1)), f"{FRAMES - 1}.png")
    for name in names[:-1]:
        cv2.imwrite(str(folder / name), np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    cv2.imwrite(str(folder / names[-1]), np.full((HEIGHT, WIDTH), 900, np.uint16))
    info = replace(job().info, kind="folder", path=str(folder), frame_names=names, name="study")
    [root] = write_export("frames-original", replace(job(), info=info), tmp_path)
    for name in (names[2], names[-1]):
        assert (root / "train/images/study" / name).read_bytes() == (folder / name).read_bytes()
    objects = np.asarray(Image.open(root / "train/objects/study/0.png"))
    assert objects.dtype == np.uint16 and set(np.unique(objects)) == {0, 1, 5}
