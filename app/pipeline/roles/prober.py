"""The prober: opens what was dropped, finds out what it is, and makes a small picture of it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import SequenceInfo, SeriesInfo
from app.domain.errors import SequenceError, UsageError, WorkspaceError
from app.files.atomic_file import atomic_file
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.message_fields import info_to_wire
from app.pipeline.workers.role import Role
from app.storage.opening import open_source
from app.storage.source import FrameSource
from app.storage.workspace.identity import identity
from app.storage.workspace.journal import Journal
from app.storage.workspace.workspace import JOURNALS, folder_for

THUMBNAILS: Final = "thumbnails"
WIDTH, HEIGHT = 256, 144
QUALITY = 85
# Where in the sequence to look for a picture that shows something: the start of a recording is often black.
PLACES = (0.1, 0.5, 0.0)
CONTRAST = 8.0
# The kernel, when memory runs out, takes the process with the highest score first; 0 is usual, 1000 the most.
OOM_SCORE = "700"


class ProberRole(Role):
    """Handles files that nobody has looked at yet, so it may die of them instead of others. Verb: probe."""

    name = "prober"

    def __init__(self) -> None:
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)

    def handle(self, verb: str, body: dict[str, Any], context: JobContext) -> dict[str, Any] | None:
        if verb == "probe":
            path, root = Path(body["path"]), Path(body["root"])
            return {"findings": _findings(path, root, context)}
        raise UsageError("The prober does not know this verb.", subject=verb)


def _findings(path: Path, root: Path, context: JobContext) -> list[dict[str, Any]]:
    """What is in a source: every series of a DICOM folder that holds several, else the one sequence."""
    several = _series(path)
    if len(several) < 2:
        return [_finding(path, None, root, context)]
    findings = []
    for series in several:
        try:
            findings.append(_finding(path, series.uid, root, context))
        except SequenceError as error:
            findings.append(_problem(path, series, error))
    return findings


def _series(path: Path) -> tuple[SeriesInfo, ...]:
    if not path.is_dir():
        return ()
    # Half of the time that this process takes to start would go into pydicom.
    from app.storage.volume.dicom.dicom_folder import list_series_info, scan_folder

    try:
        return list_series_info(scan_folder(path))
    except SequenceError:
        return ()


def _problem(path: Path, series: SeriesInfo, error: SequenceError) -> dict[str, Any]:
    name = series.description or series.uid
    info = SequenceInfo(name, str(path), "volume", series.slices, series.width, series.height)
    problem = f"{error.what} {error.remedy}".strip()
    return {"info": info_to_wire(info), "fingerprint": "", "series": series.uid, "problem": problem}


def _finding(path: Path, series: str | None, root: Path, context: JobContext) -> dict[str, Any]:
    context.check_cancelled()
    name = identity(path, series)
    folder = folder_for(root, path.name, name)
    context.check_cancelled()
    with open_source(path, series=series, index_folder=folder / "index") as source:
        context.check_cancelled()
        return {
            "info": info_to_wire(replace(source.info, times=(), frame_names=())),
            "fingerprint": name,
            "series": series,
            "thumbnail": _thumbnail(source, root / THUMBNAILS / f"{name[:24]}.jpg"),
            "is_worked_on": any(_is_worked_on(journal) for journal in folder.glob(JOURNALS)),
        }


def _thumbnail(source: FrameSource, target: Path) -> str:
    """Write a picture of the sequence and return its path; "" when that fails, for the sequence is good."""
    frame = _showing(source)
    with contextlib.suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_file(target) as draft:
            draft.write_bytes(_jpeg(frame))
        return str(target)
    return ""


def _showing(source: FrameSource) -> NDArray[np.uint8]:
    """The first frame with some contrast among a few. Raises SequenceError when none can be decoded."""
    frames = source.info.frames
    places = dict.fromkeys(min(int(place * frames), frames - 1) for place in PLACES)
    best: NDArray[np.uint8] | None = None
    error: SequenceError | None = None
    for index in places:
        try:
            frame = source.read(index)
        except SequenceError as found:
            error = error or found
            continue
        best = frame if best is None else best
        if float(frame[::4, ::4].std()) >= CONTRAST:
            return frame
    if best is None:
        raise error or SequenceError("No frame can be decoded.", subject=source.info.path)
    return best


def _jpeg(frame: NDArray[np.uint8]) -> bytes:
    height, width = frame.shape[:2]
    scale = min(WIDTH / width, HEIGHT / height, 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    coded = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return bytes(coded[1].tobytes())


def _is_worked_on(journal: Path) -> bool:
    """Whether somebody has edited this sequence before."""
    with contextlib.suppress(WorkspaceError), Journal(journal) as found:
        return any(True for _ in found.authorship())
    return False
