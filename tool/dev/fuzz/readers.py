"""What reads a mutated file of each kind, as the program does."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgpack

from app.config.settings import UNKNOWN_PIN
from app.config.settings_file import load_settings, save_settings
from app.domain.annotation import Label, SequenceInfo
from app.domain.errors import FramewiseError
from app.imaging import masks
from app.models.formats.static_model import check_files, click_files
from app.storage.exporters.label_list import read_labels
from app.storage.importers.import_registry import read_masks
from app.storage.importers.label_volume_import import read_label_volume
from app.storage.opening import open_source, probe_kind
from app.storage.volume.volume_opening import open_volume
from app.storage.workspace.journal import Journal
from tool.conversion.checkpoint import read_checkpoint
from tool.dev.fuzz.mutations import mutate, mutate_document
from tool.dev.fuzz.samples import FRAMES, HEIGHT, WIDTH

# More frames than any file of a few kilobytes can hold: such a count was believed without a check.
ABSURD_FRAMES: Final = 10**7
LABELS: Final = (Label(1, "tool", (255, 0, 0)),)


@dataclass(frozen=True, slots=True)
class Case:
    """One mutated input."""

    samples: Path  #: the folder of good files
    folder: Path  #: an empty folder to work in
    chance: random.Random

    def sample(self, kind: str, *suffixes: str) -> Path:
        """Choose a good file of a kind."""
        found = sorted(path for path in (self.samples / kind).rglob("*") if path.is_file())
        return self.chance.choice([path for path in found if not suffixes or path.name.endswith(suffixes)])

    def mutated(self, source: Path, name: str = "") -> Path:
        """Write a mutated copy of a file."""
        path = self.folder / (name or source.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(mutate(source.read_bytes(), self.chance))
        return path


def read_sequence(path: Path, case: Case) -> None:
    """Probe, open and read some frames, then open again through what was kept."""
    probe_kind(path)
    refused: FramewiseError | None = None
    for _ in range(2):
        with open_source(path, index_folder=case.folder / "index") as source:
            info = source.info
            if info.frames > ABSURD_FRAMES:
                raise AssertionError(f"{info.frames} frames believed")
            for index in {0, info.frames // 2, info.frames - 1}:
                try:
                    frame = source.read(index)
                except FramewiseError as error:
                    refused = error
                    continue
                if frame.shape != (info.height, info.width, 3):
                    raise AssertionError(
                        f"a frame of {frame.shape} in a sequence of {info.height}x{info.width}"
                    )
    if refused is not None:
        raise refused


def _sequence_of(kind: str) -> Callable[[Case], None]:
    return lambda case: read_sequence(case.mutated(case.sample(kind)), case)


def _series(case: Case) -> None:
    study = case.folder / "study"
    shutil.copytree(case.samples / "dicom", study)
    victim = case.chance.choice(sorted(study.iterdir()))
    victim.write_bytes(mutate(victim.read_bytes(), case.chance))
    read_sequence(study, case)


def _disc(case: Case) -> None:
    disc = case.folder / "disc"
    shutil.copytree(case.samples / "disc", disc)
    index = disc / "DICOMDIR"
    index.write_bytes(mutate(index.read_bytes(), case.chance))
    read_sequence(index, case)


def _video_info(case: Case) -> SequenceInfo:
    return SequenceInfo("a", str(case.samples / "video/a.mp4"), "video", FRAMES, WIDTH, HEIGHT, 25.0)


def _read_masks(path: Path, case: Case) -> None:
    for _, layers in read_masks(path, _video_info(case), LABELS).frames():
        for _, mask in layers.values():
            if mask.shape != (HEIGHT, WIDTH):
                raise AssertionError(f"a mask of {mask.shape}")


def _coco(case: Case) -> None:
    source = case.sample("coco", ".json")
    if case.chance.random() < 0.7:
        path = case.folder / "masks.json"
        document = mutate_document(json.loads(source.read_text(encoding="utf-8")), case.chance)
        path.write_text(json.dumps(document, default=repr), encoding="utf-8")
    else:
        path = case.mutated(source)
    _read_masks(path, case)


def _png_mask(case: Case) -> None:
    source = case.sample("png_mask", ".png").parent
    target = case.folder / "mask"
    shutil.copytree(source, target)
    victim = case.chance.choice(sorted(target.glob("*.png")))
    victim.write_bytes(mutate(victim.read_bytes(), case.chance))
    _read_masks(target, case)


def _training_set(case: Case) -> None:
    source = case.chance.choice(sorted((case.samples / "training_set").glob("*_*")))
    target = case.folder / source.name
    shutil.copytree(source, target)
    victims = [
        path for path in sorted(target.rglob("*")) if path.is_file() and path.suffix not in (".jpg", ".md")
    ]
    victim = case.chance.choice(victims)
    if victim.suffix == ".json" and case.chance.random() < 0.7:
        document = mutate_document(json.loads(victim.read_text(encoding="utf-8")), case.chance)
        victim.write_text(json.dumps(document, default=repr), encoding="utf-8")
    else:
        victim.write_bytes(mutate(victim.read_bytes(), case.chance))
    _read_masks(case.chance.choice((target, target, victim)), case)


def _label_volume(case: Case) -> None:
    path = case.mutated(case.sample("label_volume", ".nii.gz", ".nrrd", ".dcm"))
    with open_volume(case.samples / "dicom") as scan:
        found = read_label_volume(path, scan, LABELS)
        if found.voxels.shape != scan.geometry.shape:
            raise AssertionError(f"labels of {found.voxels.shape} on a scan of {scan.geometry.shape}")


def _segment_layers(case: Case) -> None:
    path = case.mutated(case.sample("segment_layers", ".nrrd"))
    with open_volume(case.samples / "dicom") as scan:
        for _, objects in read_masks(path, scan.info, LABELS, scan=lambda: scan).frames():
            for _, mask in objects.values():
                if mask.shape != (scan.info.height, scan.info.width):
                    raise AssertionError(f"a mask of {mask.shape}")


def _journal(case: Case) -> None:
    source = case.sample("work", "journal.sqlite3")
    path = case.folder / "journal.sqlite3"
    path.write_bytes(source.read_bytes())
    if case.chance.random() < 0.5:
        path.write_bytes(mutate(source.read_bytes(), case.chance))
    else:
        _mutate_row(path, case.chance)
    with Journal(path) as journal:
        contents = journal.read()
    for _, _, annotation in contents.cells:
        masks.box(annotation.mask)
        masks.decode(annotation.mask)


def _mutate_row(path: Path, chance: random.Random) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        rows = db.execute("SELECT frame, object_id, annotation FROM cells").fetchall()
        frame, object_id, payload = chance.choice(rows)
        document = mutate_document(msgpack.unpackb(payload, strict_map_key=False), chance)
        changed = msgpack.packb(document, default=repr)
        where = "WHERE frame = ? AND object_id = ?"
        db.execute(f"UPDATE cells SET annotation = ? {where}", (changed, frame, object_id))


def _label_list(case: Case) -> None:
    read_labels(case.mutated(case.sample("label_list")))


def _settings(case: Case) -> None:
    path = case.mutated(case.sample("settings"))
    settings, _ = load_settings(path)
    save_settings(settings, path)
    again, problems = load_settings(path)
    # A PIN that could not be read keeps a kiosk locked, and that is said at each start.
    is_locked = settings.exit_pin == UNKNOWN_PIN
    if again != settings or len(problems) != is_locked:
        raise AssertionError(f"settings changed on the way through their file: {problems}")


def _checkpoint(case: Case) -> None:
    read_checkpoint(case.mutated(case.sample("checkpoint")))


def _model(case: Case) -> None:
    folder = case.folder / "model"
    shutil.copytree(case.samples / "model", folder)
    victim = case.chance.choice(sorted(folder.iterdir()))
    victim.write_bytes(mutate(victim.read_bytes(), case.chance))
    check_files(click_files(next(folder.glob("*.pdiparams"), folder)), "click")


READERS: Final[dict[str, Callable[[Case], None]]] = {
    "video": _sequence_of("video"),
    "image": _sequence_of("image"),
    "dicom": _series,
    "dicom_file": _sequence_of("dicom_file"),
    "disc": _disc,
    "archive": _sequence_of("archive"),
    "nifti": _sequence_of("nii"),
    "nifti_gz": _sequence_of("nii.gz"),
    "nrrd": _sequence_of("nrrd"),
    "metaimage": _sequence_of("mha"),
    "label_list": _label_list,
    "coco": _coco,
    "png_mask": _png_mask,
    "training_set": _training_set,
    "label_volume": _label_volume,
    "segment_layers": _segment_layers,
    "journal": _journal,
    "settings": _settings,
    "checkpoint": _checkpoint,
    "model": _model,
}
