"""Good files of every kind, from which mutated ones are made."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from app.config.settings import Settings
from app.config.settings_file import settings_text
from app.domain.batch_jobs import BatchJob
from app.domain.tier import Term, Tier
from app.domain.worklist.entry import EntryState, FileSignature, WorklistEntry
from app.headless import Annotator
from app.imaging.volume_geometry import VolumeGeometry
from app.imaging.voxel_sample import sample_voxels
from app.storage.exporters.export_registry import export_formats
from app.storage.exporters.tier_list import write_kept_tiers
from app.storage.workspace.batch_list import BatchList
from app.storage.workspace.voxel_sample_file import write_sample
from app.storage.workspace.worklist_store import NAME as WORKLIST
from app.storage.workspace.worklist_store import Worklist
from tests.helpers import cine, scans
from tests.models import made_programs
from tests.tool.conversion import torch_files
from tool.dev.fuzz.dicom_samples import write_dicom_samples
from tool.dev.fuzz.foreign_samples import write_foreign_samples

FRAMES, WIDTH, HEIGHT = 12, 112, 80
CLIPS = (("a.mp4", "libx264"), ("b.mkv", "libx264"), ("c.avi", "mpeg4"), ("d.ts", "mpeg2video"))
PICTURES = ("jpg", "png", "tif", "webp", "bmp")
SHAPE = (6, 20, 24)


def write_samples(folder: Path) -> None:
    """Write all samples, one folder a kind; what is written for others is written by the program itself."""
    for name, codec in CLIPS:
        write_clip(folder / "video" / name, codec)
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    for suffix in PICTURES:
        _write_picture(folder / "image" / f"a.{suffix}", noise)
    _write_picture(folder / "image" / "deep.png", noise[..., 0].astype(np.uint16) * 256)
    voxels = np.random.default_rng(1).integers(-1000, 1000, SHAPE).astype(np.int16)
    _write_series(folder / "dicom", voxels)
    write_dicom_samples(folder / "dicom", folder)
    for kind in ("nii", "nii.gz", "nrrd", "mha"):
        _write_volume(folder / kind, f"a.{kind}", voxels)
    (folder / "dicom_clip").mkdir()
    scans.save(cine.clip(cine.colors()), folder / "dicom_clip" / "a.dcm")
    _annotate(folder)
    write_foreign_samples(folder / "foreign", WIDTH, HEIGHT, FRAMES)
    made_programs.write_model(folder / "model", "click")
    _write_checkpoints(folder / "checkpoint")
    _write_program_files(folder / "programs")


def write_clip(path: Path, codec: str) -> None:
    """Write a short clip of a disc that moves over noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(2)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(25))
        if not isinstance(stream, av.VideoStream):
            raise TypeError(f"{codec} writes no video")
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(FRAMES):
            image = chance.integers(0, 60, (HEIGHT, WIDTH, 3), np.uint8)
            cv2.circle(image, (20 + 4 * index, 40), 12, (200, 180, 160), -1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "rgb24")))
        container.mux(stream.encode())


def _write_picture(path: Path, pixels: NDArray[np.unsignedinteger]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), pixels):
        raise OSError(f"{path.name} cannot be written")


def _write_volume(folder: Path, name: str, voxels: NDArray[np.int16]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing((0.5, 0.75, 2.5))
    sitk.WriteImage(image, str(folder / name))


def _write_series(folder: Path, voxels: NDArray[np.int16]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for index, plane in enumerate(voxels):
        image = sitk.GetImageFromArray(plane[None])
        image.SetSpacing((0.5, 0.75, 2.5))
        tags = {
            "0008|0060": "CT", "0020|000d": "1.2.3", "0020|000e": "1.2.3.4", "0020|0013": str(index + 1),
            "0020|0052": "1.2.3.5", "0020|0032": f"0\\0\\{2.5 * index}", "0020|0037": "1\\0\\0\\0\\1\\0",
        }  # fmt: skip
        for tag, value in tags.items():
            image.SetMetaData(tag, value)
        writer = sitk.ImageFileWriter()
        writer.KeepOriginalImageUIDOn()
        writer.SetFileName(str(folder / f"{index}.dcm"))
        writer.Execute(image)


def _write_checkpoints(folder: Path) -> None:
    folder.mkdir()
    chance = np.random.default_rng(3)
    state = {f"layer{index}.weight": chance.random((3, 4), np.float32) for index in range(5)}
    torch_files.write_zip(folder / "zip.pth", torch_files.document_of(state))
    torch_files.write_legacy(folder / "legacy.pth", torch_files.document_of(state))


def _write_segment_layers(folder: Path) -> None:
    """Write overlapping segments as 3D Slicer does."""
    layers = np.zeros((*SHAPE, 2), np.uint8)
    layers[1:4, 4:12, 5:15, 0] = layers[2:5, 6:14, 8:18, 1] = 1
    lines = [
        "NRRD0005", "type: unsigned char", "dimension: 4", "space: left-posterior-superior",
        f"sizes: 2 {SHAPE[2]} {SHAPE[1]} {SHAPE[0]}", "kinds: list domain domain domain", "encoding: raw",
        "space directions: none (0.5,0,0) (0,0.75,0) (0,0,2.5)", "space origin: (0,0,0)", "endian: little",
        "Segment0_Layer:=0", "Segment0_Name:=liver", "Segment1_Layer:=1", "Segment1_Name:=tumour", "", "",
    ]  # fmt: skip
    (folder / "a.seg.nrrd").write_bytes("\n".join(lines).encode() + layers.tobytes())


def _say_what_happens(a: Annotator) -> None:
    """Add comments and tiers, one of each taken back."""
    a.comment("A bubble. #artifact", 3, 5)
    a.add_tier("phase", ("approach", "resection"), "phases")
    a.add_interval("phase", "approach", 0, 4)
    a.add_interval("phase", "resection", 5, 9)
    a.comment("Once more.")
    a.add_tier("bleeding", ("mild", "severe"))
    a.add_interval("bleeding", "mild", 2, 7)
    a.add_interval("bleeding", "severe", 1)
    a.undo()


def _write_program_files(folder: Path) -> None:
    """Write a worklist, a night queue and a sample of voxels."""
    affine = ((0.5, 0.0, 0.0, -20.0), (0.0, 0.5, 0.0, -30.0), (0.0, 0.0, 2.0, 5.0))
    voxels = np.random.default_rng(4).integers(0, 999, (20, 60, 60))
    geometry = VolumeGeometry((20, 60, 60), (2.0, 0.5, 0.5), affine)
    if (sample := sample_voxels(geometry, lambda k: voxels[k])) is not None:
        folder.mkdir()
        write_sample(folder, sample)
    with Worklist(folder / WORKLIST) as worklist:
        signature = FileSignature(1, 2, 3)
        for name in ("a", "b"):
            worklist.put(
                WorklistEntry(name, f"/x/{name}.mp4", name, 1.0, EntryState.READY, signature=signature)
            )
    tiers = (Tier("phase", "phases", (Term("approach", "1"), Term("resection", "2"))),)
    write_kept_tiers(folder.with_name("kept_tiers") / "tiers.json", {"video": tiers})
    BatchList(folder / "night.json").add(
        [BatchJob("/x/a.mp4", objects=(1, 2), stop=9, exports=("coco",)), BatchJob("/x/b.mp4", any_hour=True)]
    )


def _annotate(folder: Path) -> None:
    """Annotate a clip and a scan: workspaces, masks, label lists and label volumes."""
    disc = np.zeros((HEIGHT, WIDTH), bool)
    disc[20:40, 20:44] = True
    with Annotator(folder / "work", device="cpu", engine="classic", threads=1, check_pictures=False) as a:
        a.open(folder / "video" / "a.mp4")
        tool = a.add_object(a.add_label("tool", (255, 0, 0)))
        vessel = a.add_object(a.add_label("vessel", (0, 255, 0)))
        for frame in range(0, FRAMES, 4):
            a.set_mask(frame, tool, disc)
            a.set_mask(frame, vessel, np.roll(disc, 30, 1))
        a.verify(0, tool)
        a.undo()
        _say_what_happens(a)
        a.export("coco", folder / "coco")
        a.export("intervals", folder / "intervals")
        a.export("elan", folder / "elan")
        a.export("png", folder / "png_mask")
        for row in export_formats().values():
            if row.is_set:
                a.export(row.kind, folder / "training_set")
        (folder / "label_list").mkdir()
        a.save_labels(folder / "label_list" / "labels.txt")
        a.sign_off("Ada")
        a.open(folder / "dicom_clip" / "a.dcm")
        ventricle = a.add_object(a.add_label("ventricle"))
        a.set_mask(1, ventricle, np.ones((a.sequence.height, a.sequence.width), bool))
        a.export("dicom-seg", folder / "clip_segmentation")
        a.open(folder / "dicom")
        organ = a.add_object(a.add_label("organ"))
        for frame in range(SHAPE[0]):
            mask = np.zeros(SHAPE[1:], bool)
            mask[4:12, 5:15] = True
            a.set_mask(frame, organ, mask)
        for kind in ("nifti", "nrrd", "dicom-seg"):
            a.export(kind, folder / "label_volume")
        a.export("rtstruct", folder / "scan_masks")
    _write_segment_layers(folder / "scan_masks")
    (folder / "settings").mkdir()
    (folder / "settings" / "settings.toml").write_text(settings_text(Settings()), encoding="utf-8")
