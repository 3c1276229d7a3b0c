"""DICOM pictures over time or in colour as a FrameSource: each frame decoded from the file when it is read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import UID

from app.domain.annotation import SequenceInfo, SequenceKind, Window
from app.domain.closeable import Closeable
from app.domain.errors import SequenceError, UsageError
from app.imaging.windowing import auto_window
from app.storage.cine.cine_file import DECODED_SYNTAXES, CineFile
from app.storage.cine.cine_pixels import native_pixels, show_pixels
from app.storage.cine.cine_spacing import with_scales
from app.storage.cine.cine_times import frame_times, rate_and_times
from app.storage.volume.dicom.dicom_headers import DAMAGE
from app.storage.volume.dicom.slice_header import SliceHeader

_MAX_PIXELS: Final = 1 << 27  # of a frame, as for images
_SAMPLES: Final = 3  # frames looked at for the window of deep grey pixels


@dataclass(frozen=True, slots=True)
class OpenedCine:
    """Findings before any pixel was read."""

    name: str
    path: Path  #: file or folder that was opened
    headers: tuple[SliceHeader, ...]  #: of the frames, in order
    warnings: tuple[str, ...] = ()


class CineSource(Closeable):
    """The frames of a DICOM clip, of a still, or of several stills. Not for use by several threads at once.

    Colours become RGB; grey pixels are shown through the window in the file, deeper ones without one through
    the range that they use.
    """

    def __init__(self, found: OpenedCine) -> None:
        """Open the first file. Raises SequenceError when its pictures cannot be decoded or differ in size."""
        _require_uniform(found)
        self.origin = found
        self._headers = found.headers
        self._file: CineFile | None = None
        self._is_closed = False
        first = self._open(found.headers[0].path)
        try:
            self._headers = tuple(
                header for header in found.headers if header.path != first.path or header.frame < first.frames
            )
            self._window = self._common_window()
            self.info = self._describe(first)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Release files."""
        self._is_closed = True
        if self._file is not None:
            self._file.close()
            self._file = None

    def read(self, index: int, window: Window | None = None) -> NDArray[np.uint8]:
        """Return frame index, uint8 (h, w, 3) RGB, to keep; window is for grey pixels only.

        Raises SequenceError when the frame is damaged or its file is gone, IndexError when there is no such frame.
        """
        if not 0 <= index < len(self._headers):
            raise IndexError(f"frame {index} of {len(self._headers)}")
        header = self._headers[index]
        file = self._open(header.path)
        try:
            stored = file.read_stored(header.frame)
            # Windows that differ from file to file would flicker; those of an enhanced file are meant frame by frame.
            own = header.window if header.frames > 1 else None
            return show_pixels(stored, header, file.dataset, window or own or self._window)
        except DAMAGE as error:
            raise _damaged(header, index) from error

    def _open(self, path: Path) -> CineFile:
        if self._is_closed:
            raise UsageError("The sequence was closed.", subject=path)
        if self._file is None or self._file.path != path:
            header = next(header for header in self._headers if header.path == path)
            try:
                file = CineFile(header)
                if not file.frames:
                    file.close()
                    raise EOFError("no frame is whole")
            except DAMAGE as error:
                raise _damaged(header, None) from error
            if self._file is not None:
                self._file.close()
            self._file = file
        return self._file

    def _common_window(self) -> Window | None:
        """One window for deep grey pixels of which the file gives none, so that frames do not flicker."""
        first = self._headers[0]
        if (stated := self._headers[len(self._headers) // 2].window) is not None:
            return stated
        is_deep = first.bits_stored > 8 or first.slope != 1.0 or first.is_signed
        if first.samples > 1 or not first.photometric.startswith("MONOCHROME") or not is_deep:
            return None
        if self._open(first.path).dataset.get("VOILUTSequence"):
            return None
        picks = sorted({round(n) for n in np.linspace(0, len(self._headers) - 1, _SAMPLES)})
        found = []
        for header in (self._headers[n] for n in picks):
            try:
                found.append(native_pixels(self._open(header.path).read_stored(header.frame), header))
            except (*DAMAGE, SequenceError):
                continue
        return auto_window(np.stack(found)) if found else None

    def _describe(self, first: CineFile) -> SequenceInfo:
        found, header = self.origin, self._headers[0]
        fps, times = self._times(first)
        notes = list(found.warnings)
        if fps is None and self._kind() == "video" and first.dataset.get("FrameTimeVector"):
            notes.append("The times in the file do not fit its frames, so their times are not known.")
        if (missing := len(found.headers) - len(self._headers)) > 0:
            notes.append(
                f"Damaged, the file ends too early: {missing} of {len(found.headers)} frames are missing."
            )
        info = SequenceInfo(
            name=found.name,
            path=str(found.path),
            kind=self._kind(),
            frames=len(self._headers),
            width=header.columns,
            height=header.rows,
            fps=fps,
            times=times,
            frame_names=tuple(header.path.name for header in self._headers)
            if self._kind() == "folder"
            else (),
            modality=header.modality,
            warnings=tuple(notes),
        )
        return with_scales(info, self._headers)

    def _times(self, first: CineFile) -> tuple[float | None, tuple[float, ...]]:
        """Return frames a second and times: of a file by its header, of several by when each was taken."""
        if self._headers[0].is_clip:
            return frame_times(first.dataset, len(self._headers))
        moments = [header.moment for header in self._headers]
        known = [moment for moment in moments if moment is not None]
        return rate_and_times(known) if self._kind() == "video" and len(known) == len(moments) else (None, ())

    def _kind(self) -> SequenceKind:
        if len(self.origin.headers) == 1:
            return "image"
        first = self._headers[0]
        return "video" if first.is_clip or first.is_over_time else "folder"


def _require_uniform(found: OpenedCine) -> None:
    first = found.headers[0]
    if not 0 < first.rows * first.columns <= _MAX_PIXELS:
        what = f"The header gives an impossible picture size, {first.columns}x{first.rows}."
        raise SequenceError(what, subject=first.path)
    for header in found.headers:
        if header.transfer_syntax not in DECODED_SYNTAXES:
            raise SequenceError(
                f"The pictures are coded as {UID(header.transfer_syntax).name}, which cannot be decoded.",
                subject=header.path,
                remedy="Export them again uncompressed, or as JPEG, JPEG 2000 or MPEG-4.",
            )
        if (header.rows, header.columns) != (first.rows, first.columns):
            raise SequenceError(
                f"The pictures differ in size: {header.columns}x{header.rows} here, "
                f"{first.columns}x{first.rows} in {first.path.name}.",
                subject=header.path,
                remedy="Open each picture by itself.",
            )


def _damaged(header: SliceHeader, index: int | None) -> SequenceError:
    what = "The pictures are damaged" if index is None else f"Frame {index} is damaged"
    return SequenceError(
        f"{what} and cannot be decoded.",
        subject=header.path,
        remedy="Copy the file again from where it came.",
    )
