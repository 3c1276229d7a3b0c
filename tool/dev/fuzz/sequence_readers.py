"""Readers of sequences: videos, pictures, scans, and what is kept of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from app.domain.errors import FramewiseError
from app.pipeline.dicom_network.study_store import StudyStore
from app.storage.opening import open_source, probe_kind
from app.storage.workspace.frame_differences import FrameDifferences
from tool.dev.fuzz.case import Case
from tool.dev.fuzz.mutations import mutate

# More frames than any file of a few kilobytes can hold: such a count was believed without a check.
ABSURD_FRAMES: Final = 10**7


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
    read_sequence(case.mutated_folder(case.samples / "dicom")[0], case)


def _disc(case: Case) -> None:
    disc = case.folder / "disc"
    shutil.copytree(case.samples / "disc", disc)
    index = disc / "DICOMDIR"
    index.write_bytes(mutate(index.read_bytes(), case.chance))
    read_sequence(index, case)


def _received(case: Case) -> None:
    """A series that a scanner sent: staged, delivered and opened."""
    store = StudyStore(case.folder / "staging", case.folder / "drop", lambda: 0.0, 1 << 30, 0.0, 0.0)
    sent = case.mutated_folder(case.samples / "dicom")[0]
    refused: FramewiseError | None = None
    for number, file in enumerate(sorted(sent.iterdir())):
        try:
            store.add(file, number)
        except FramewiseError as error:
            refused = error
        store.end_association(number, is_cut=False)
    for study in store.deliver_complete():
        read_sequence(study.folder, case)
    if refused is not None:
        raise refused


def _kept(case: Case) -> None:
    """What was kept of a source is made anew where it is damaged."""
    source = case.sample(case.chance.choice(("video", "nii.gz")))
    with open_source(source, index_folder=case.folder / "index") as opened:
        frames = opened.info.frames
        expected = opened.read(frames - 1)
    differences = FrameDifferences.unknown(frames)
    differences.save(case.folder / "index" / "differences")
    for victim in (path for path in (case.folder / "index").rglob("*") if path.is_file()):
        victim.write_bytes(mutate(victim.read_bytes(), case.chance))
    FrameDifferences.load(case.folder / "index" / "differences", frames)
    with open_source(source, index_folder=case.folder / "index") as opened:
        if opened.info.frames != frames or (opened.read(frames - 1) != expected).any():
            raise AssertionError("another sequence than before")


SEQUENCES: Final[dict[str, Callable[[Case], None]]] = {
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
    "received": _received,
    "kept": _kept,
}
