"""Frames that nobody annotated never leave as background."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from app.domain.annotation import Annotation, Label, Object, SequenceInfo, Status, empty_mask
from app.domain.export_selection import ANNOTATED, DEFAULT_SELECTION, ExportSelection, format_ranges
from app.imaging import masks
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.export_registry import write_export
from app.storage.importers.import_registry import read_masks

HEIGHT, WIDTH, FRAMES = 12, 16, 6
INFO = SequenceInfo("clip.mp4", "/clip.mp4", "video", FRAMES, WIDTH, HEIGHT, 25.0)
SQUARE = np.zeros((HEIGHT, WIDTH), bool)
SQUARE[3:8, 4:9] = True
LOOKED_AT = empty_mask(HEIGHT, WIDTH)
# Frame 0 verified, 1 propagated, 2 mixed, 3 verified as empty; 4 and 5 are nobody's.
CELLS = {
    0: {1: Annotation(masks.encode(SQUARE), Status.VERIFIED)},
    1: {1: Annotation(masks.encode(SQUARE), Status.PROPAGATED, 0.5)},
    2: {1: Annotation(LOOKED_AT, Status.VERIFIED), 2: Annotation(masks.encode(SQUARE), Status.PROPAGATED)},
    3: {1: Annotation(LOOKED_AT, Status.VERIFIED)},
}


def job(selection: ExportSelection = DEFAULT_SELECTION, label: int = 3) -> ExportJob:
    return ExportJob(
        INFO,
        (Label(label, "tool", (0, 200, 0)),),
        (Object(1, label), Object(2, label)),
        lambda frame: CELLS.get(frame, {}),
        lambda frame: np.zeros((HEIGHT, WIDTH, 3), np.uint8),
        0.5,
        lambda done, total: None,
        lambda: None,
        selection=selection,
    )


def pictures(folder: Path, selection: ExportSelection = DEFAULT_SELECTION) -> dict[int, set[int]]:
    """Export label maps; return the values of each frame's."""
    write_export("png", job(selection), folder)
    return {
        int(path.stem): set(np.unique(np.asarray(Image.open(path))).tolist())
        for path in (folder / "clip" / "mask").iterdir()
    }


def test_label_maps_of_unannotated_frames_are_void_and_import_as_nothing(tmp_path: Path) -> None:
    assert pictures(tmp_path) == {0: {0, 3}, 1: {0, 3}, 2: {0, 3}, 3: {0}, 4: {255}, 5: {255}}
    found = read_masks(tmp_path, INFO, job().labels)
    drawn = {frame for frame, layers in found.frames() for _, mask in layers.values() if mask.any()}
    assert drawn == {0, 1, 2}
    assert [label.value for label in found.labels] in ([], [3])


def test_void_keeps_clear_of_a_label_with_the_value_255(tmp_path: Path) -> None:
    write_export("png", job(label=255), tmp_path)
    assert np.unique(np.asarray(Image.open(tmp_path / "clip" / "mask" / "00005.png"))).tolist() == [254]
    found = read_masks(tmp_path, INFO, job(label=255).labels)
    assert {value for _, layers in found.frames() for value, _ in layers.values()} == {255}


@pytest.mark.parametrize(
    ("statuses", "frames"),
    [
        ((Status.VERIFIED,), {0, 3}),  # a frame with a mask that nobody verified is not whole
        ((Status.PROPAGATED,), {1}),
        ((Status.PROPAGATED, Status.VERIFIED), {0, 1, 2, 3}),
        (ANNOTATED, {0, 1, 2, 3}),
        ((*ANNOTATED, Status.EMPTY), set(range(FRAMES))),
    ],
)
def test_a_frame_leaves_when_all_its_masks_have_a_chosen_status(
    tmp_path: Path, statuses: tuple[Status, ...], frames: set[int]
) -> None:
    selection = ExportSelection(None, statuses)
    assert set(pictures(tmp_path, selection)) == frames
    [path] = write_export("coco", job(selection), tmp_path)
    document = json.loads(path.read_text())
    assert {image["frame_id"] for image in document["images"]} == frames
    assert set(document["info"]["void_frames"]) == set(range(FRAMES)) - frames


def test_chosen_frames_alone_leave_in_every_format(tmp_path: Path) -> None:
    selection = ExportSelection((0, 2, 5))
    assert set(pictures(tmp_path, selection)) == {0, 2, 5}
    [overlays] = write_export("overlay", job(selection), tmp_path)
    assert sorted(path.stem for path in overlays.iterdir()) == ["00000", "00002", "00005"]
    [film] = write_export("mp4", job(selection), tmp_path)
    with av.open(str(film)) as container:
        assert [round(25 * frame.time) for frame in container.decode(video=0)] == [0, 1, 2]


def test_the_note_names_what_is_void() -> None:
    assert "2 of 6 frames were not annotated and are void: 4-5." in job().selected().note()
    assert replace(job(), selection=ExportSelection((0, 3))).selected().note() == ""
    assert format_ranges([0, 1, 2, 7, 9, 10]) == "0-2, 7, 9-10"
    assert format_ranges(range(0, 40, 2)).endswith(", …")
