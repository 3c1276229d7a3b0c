"""Workspaces that tests make without a pipeline: a source, and a journal with masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from app.domain.annotation import Annotation, Label, Object, Status
from app.domain.history import CellChange, Edit
from app.imaging import masks
from app.storage.opening import open_source
from app.storage.workspace.identity import sequence_identity
from app.storage.workspace.journal import JournalEntry
from app.storage.workspace.workspace import Workspace, folder_for
from tests.helpers.clips import write_images

SIZE = (48, 36)
LABELS = (Label(3, "tool", (200, 30, 30)), Label(4, "polyp", (30, 200, 30)))
OBJECTS = (Object(1, 3), Object(2, 4))


def square(frame: int, object_id: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """The mask of an object on a frame, bool (h, w)."""
    mask = np.zeros(size[::-1], bool)
    mask[4 * object_id : 4 * object_id + 6, 2 + frame : 10 + frame] = True
    return mask


def make_workspace(
    root: Path,
    source: Path,
    cells: Mapping[tuple[int, int], tuple[Status, float]],
    labels: Sequence[Label] = LABELS,
    operator: str = "ada",
    shift: int = 0,
) -> Path:
    """Annotate a source: status and score of squares by (frame, object id); return its workspace folder.

    shift: pixels by which the squares lie farther right.
    """
    with open_source(source) as opened:
        info = opened.info
    identity = sequence_identity(source)
    folder = folder_for(root, info.name, identity)
    changes = tuple(
        CellChange(
            frame,
            key,
            None,
            Annotation(
                masks.encode(square(frame + shift, key, (info.width, info.height))),
                status,
                score,
                status is Status.EDITED,
                1,
            ),
        )
        for (frame, key), (status, score) in cells.items()
    )
    edit = Edit(1, "Draw", changes, ((), tuple(labels)), ((), OBJECTS))
    with Workspace(folder) as workspace:
        workspace.describe(info, identity)
        workspace.journal.write([JournalEntry(edit, "done", 1_700_000_000.0, operator, "classic")])
    return folder


def write_edit(
    folder: Path,
    cells: Mapping[tuple[int, int], tuple[Status, int] | None],
    at: float,
    operator: str = "ada",
) -> None:
    """Change masks of a workspace: status and shift of squares by (frame, object id), None to delete one."""
    with Workspace(folder) as workspace:
        known = workspace.journal.read(limit=0)
        before = {(frame, key): cell for frame, key, cell in known.cells}
        changes = tuple(
            CellChange(frame, key, before.get((frame, key)), wanted and _annotation(frame, key, *wanted))
            for (frame, key), wanted in cells.items()
        )
        workspace.journal.write(
            [JournalEntry(Edit(known.next_edit, "Change", changes), "done", at, operator)]
        )


def _annotation(frame: int, key: int, status: Status, shift: int) -> Annotation:
    return Annotation(masks.encode(square(frame + shift, key)), status, 0.5)


def make_folders(root: Path, count: int, frames: int = 6) -> list[Path]:
    """Write image folders of different content, with their workspaces under root/work."""
    folders = []
    for number in range(count):
        source = root / "sources" / f"clip{number}"
        write_images(source, [f"{number}_{frame:03d}.png" for frame in range(frames)], SIZE)
        (source / f"{number}_{frames:03d}.png").write_bytes(_picture(number))
        cells = {(frame, key): (Status.EDITED, 1.0) for frame in range(frames - 1) for key in (1, 2)}
        make_workspace(root / "work", source, cells)
        folders.append(source)
    return folders


def _picture(number: int) -> bytes:
    import cv2

    image = np.full((SIZE[1], SIZE[0], 3), 10 + number, np.uint8)
    return bytes(cv2.imencode(".png", image)[1].tobytes())
