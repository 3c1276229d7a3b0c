"""The prober: opens what was dropped, finds out what it is, and makes a thumbnail. Runs in the worker process."""

import contextlib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import SequenceInfo, SeriesInfo
from app.domain.errors import SequenceError, WorkspaceError
from app.files.atomic_file import atomic_file
from app.files.private import make_private_folder
from app.pipeline.requests.prober_requests import ProbeReply, ProbeRequest, ProbeResult
from app.pipeline.workers.job_context import JobContext
from app.pipeline.workers.role import Role, handles
from app.storage.opening import open_source
from app.storage.source import FrameSource
from app.storage.volume.archive.unpacked_study import study_folder
from app.storage.workspace.identity import sequence_identity
from app.storage.workspace.journal import Journal
from app.storage.workspace.thumbnail_files import thumbnail_path
from app.storage.workspace.workspace import JOURNALS, folder_for

WIDTH, HEIGHT = 256, 144  # pixels at most
QUALITY = 85  # of JPEG, in percent; chosen by hand
# Where in the sequence to look for a picture that shows something: the start of a recording is often black.
PLACES = (0.1, 0.5, 0.0)
# Standard deviation of the grey levels, of 255. Chosen by hand: higher passes over dim pictures, lower takes the
# noise of a black leader for one.
CONTRAST = 8.0
# When memory runs out the prober goes before all other workers, see worker_main.
OOM_SCORE = "700"


class ProberRole(Role):
    """Opens files that were never opened before, so that it dies of them instead of others."""

    def __init__(self) -> None:
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)

    @handles(ProbeRequest)
    def probe_source(self, request: ProbeRequest, context: JobContext[None]) -> ProbeReply:
        return ProbeReply(tuple(_probe_all(request.path, request.root, context)))


def _probe_all(path: Path, root: Path, context: JobContext[None]) -> list[ProbeResult]:
    """Probe every series of a DICOM folder that holds several, else the one sequence."""
    # An archive stays unpacked until all of its series are probed.
    with study_folder(path) as folder:
        several = _list_series(folder)
        if not several:
            return [_probe_one(path, None, root, context)]
        results = []
        for series in several:
            try:
                results.append(_probe_one(path, series.uid, root, context))
            except SequenceError as error:
                results.append(_failed_result(path, series, error))
        return results


def _list_series(path: Path) -> tuple[SeriesInfo, ...]:
    """Return the series of a folder of which one must be chosen."""
    if not path.is_dir():
        return ()
    # Half of the time that this process takes to start would go into pydicom.
    from app.storage.volume.dicom.dicom_folder import list_series_info, scan_folder

    try:
        found = scan_folder(path)
    except SequenceError:
        return ()
    return list_series_info(found) if len(found.series) > 1 else ()


def _failed_result(path: Path, series: SeriesInfo, error: SequenceError) -> ProbeResult:
    name = series.description or series.uid
    info = SequenceInfo(name, str(path), "volume", series.slices, series.width, series.height)
    problem = f"{error.what} {error.remedy}".strip()
    return ProbeResult(info, fingerprint="", series=series.uid, problem=problem)


def _probe_one(path: Path, series: str | None, root: Path, context: JobContext[None]) -> ProbeResult:
    context.check_cancelled()
    name = sequence_identity(path, series)
    folder = folder_for(root, path.name, name)
    context.check_cancelled()
    with open_source(path, series=series, index_folder=folder / "index") as source:
        context.check_cancelled()
        return ProbeResult(
            info=replace(source.info, times=(), frame_names=(), slice_ids=()),
            fingerprint=name,
            series=series,
            thumbnail=_write_thumbnail(source, thumbnail_path(root, name)),
            is_worked_on=any(_is_worked_on(journal) for journal in folder.glob(JOURNALS)),
        )


def _write_thumbnail(source: FrameSource, target: Path) -> str:
    """Write a picture of the sequence and return its path; "" when that fails, for the sequence is good."""
    frame = _frame_with_contrast(source)
    with contextlib.suppress(OSError):
        make_private_folder(target.parent)
        with atomic_file(target, private=True) as draft:
            draft.write_bytes(_encode_jpeg(frame))
        return str(target)
    return ""


def _frame_with_contrast(source: FrameSource) -> NDArray[np.uint8]:
    """Return the first frame with some contrast among a few. Raises SequenceError when none can be decoded."""
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


def _encode_jpeg(frame: NDArray[np.uint8]) -> bytes:
    height, width = frame.shape[:2]
    scale = min(WIDTH / width, HEIGHT / height, 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    coded = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return bytes(coded[1].tobytes())


def _is_worked_on(journal: Path) -> bool:
    """Whether this sequence was edited before."""
    with contextlib.suppress(WorkspaceError), Journal(journal) as found:
        return any(True for _ in found.authorship())
    return False
