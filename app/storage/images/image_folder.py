"""Image files as a sequence of frames: a folder of them in natural order, or just one."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.annotation import SequenceInfo, SequenceKind, Window
from app.domain.closeable import Closeable
from app.domain.errors import SequenceError
from app.files.access import list_folder, require_file
from app.files.suffixes import IMAGES, is_image
from app.storage.images.image_header import ImageHeader, read_header
from app.storage.images.image_pixels import read_image, require_picture, used_bits

NAMED = 5  # file names in a message; more are counted
SAMPLED = 5  # deep images read to find the depth in use: opening stays quick, see ImageSource
# Suffixes of pictures that are not read, so that they are not missing without a word.
OTHER_IMAGES = frozenset(
    {
        ".avif",
        ".exr",
        ".gif",
        ".heic",
        ".heif",
        ".j2k",
        ".jp2",
        ".jxl",
        ".pbm",
        ".pgm",
        ".pnm",
        ".ppm",
        ".tga",
    }
)
NUMBER = re.compile(r"(\d+)")


class ImageSource(Closeable):
    """Image files as frames; nothing stays open between reads.

    Frames are 8-bit RGB, see read_image. 16-bit files are brought to 8 bits by the depth that the first,
    the last and some between them use, the same for all frames, so that 12-bit cameras are not shown
    almost black.
    """

    def __init__(
        self, path: Path, kind: SequenceKind, files: Sequence[Path], left_aside: Sequence[str] = ()
    ) -> None:
        """Read the header of every file. left_aside: names of images of other kinds in the folder.

        Raises SequenceError when none can be read, when they differ in size or when one can never be shown.
        """
        headers = {file: _header(file) for file in files}
        sound = {file: header for file, header in headers.items() if header is not None}
        width, height = _common_size(path, sound)
        _require_pictures(path, sound)
        self._files = tuple(files)
        self._bits = _common_bits(sound)
        self.info = SequenceInfo(
            name=path.name if kind == "folder" else path.stem,
            path=str(path),
            kind=kind,
            frames=len(files),
            width=width,
            height=height,
            frame_names=tuple(file.name for file in files) if kind == "folder" else (),
            warnings=(*_warnings(headers, self._bits), *_left_aside(left_aside)),
        )

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def read(self, index: int, window: Window | None = None) -> NDArray[np.uint8]:
        """Return frame index, uint8 (h, w, 3) RGB, to keep; window has no meaning for images.

        Raises SequenceError when the file is damaged or gone, IndexError when there is no such frame.
        """
        if not 0 <= index < self.info.frames:
            raise IndexError(f"frame {index} of {self.info.frames}")
        image = read_image(self._files[index], self._bits)
        height, width = image.shape[:2]
        if (width, height) != (self.info.width, self.info.height):
            raise SequenceError(
                f"The image is {width}x{height}, the others are {self.info.width}x{self.info.height}.",
                subject=self._files[index],
                remedy="It has changed since the folder was opened; put back the image that was there.",
            )
        return image


def open_folder(folder: Path) -> ImageSource:
    """Open the images of a folder, other files and subfolders left aside.

    Raises SequenceError when it holds none, cannot be read, or its images differ in size.
    """
    listed = list_folder(folder)
    files = sorted((file for file in listed if is_image(file)), key=natural_key)
    if not files:
        raise SequenceError(
            "The folder holds no images.",
            subject=folder,
            remedy=f"Choose a folder with files ending in {', '.join(sorted(IMAGES))}.",
        )
    others = sorted(file.name for file in listed if file.suffix.lower() in OTHER_IMAGES)
    return ImageSource(folder, "folder", files, others)


def open_image(path: Path) -> ImageSource:
    """Open one image. Raises SequenceError when it is none."""
    require_file(path)
    return ImageSource(path, "image", [path])


def natural_key(path: Path) -> tuple[list[str | int], str]:
    """Return a key that sorts img2 before img10, letters regardless of case."""
    parts = NUMBER.split(path.name)
    return [int(part) if i % 2 else part.casefold() for i, part in enumerate(parts)], path.name


def _header(file: Path) -> ImageHeader | None:
    try:
        return read_header(file)
    except OSError:
        return None


def _common_size(path: Path, sound: dict[Path, ImageHeader]) -> tuple[int, int]:
    sizes = Counter((header.width, header.height) for header in sound.values())
    if not sizes:
        raise SequenceError(
            "No image can be read.", subject=path, remedy="Copy the images again from where they were made."
        )
    common = sizes.most_common(1)[0][0]
    odd = [file for file, header in sound.items() if (header.width, header.height) != common]
    if not odd:
        return common
    listed = ", ".join(f"{file.name} ({sound[file].width}x{sound[file].height})" for file in odd[:NAMED])
    raise SequenceError(
        f"The images differ in size. Most are {common[0]}x{common[1]}, not {_and_more(listed, len(odd))}.",
        subject=path,
        remedy="Move the odd ones into a folder of their own.",
    )


def _require_pictures(path: Path, sound: dict[Path, ImageHeader]) -> None:
    unfit: dict[str, SequenceError] = {}
    for file, header in sound.items():
        try:
            require_picture(file, header)
        except SequenceError as error:
            unfit[file.name] = error
    if not unfit:
        return
    first = next(iter(unfit.values()))
    if len(sound) == 1:
        raise first
    raise SequenceError(
        f"Images cannot be shown ({len(unfit)} of {len(sound)}): {_listed(list(unfit))}. {first.what}",
        subject=path,
        remedy=f"Move them into a folder of their own. {first.remedy}",
    )


def _left_aside(names: Sequence[str]) -> Iterable[str]:
    if names:
        yield f"Images of kinds that are not read were left aside: {_listed(list(names))}."


def _common_bits(sound: dict[Path, ImageHeader]) -> int:
    deep = [file for file, header in sound.items() if header.bits > 8]
    picks = {deep[round(place)] for place in np.linspace(0, len(deep) - 1, SAMPLED)} if deep else set()
    return max((bits for file in picks if (bits := _bits(file))), default=16)


def _bits(file: Path) -> int:
    try:
        return used_bits(file)
    except SequenceError:
        return 0


def _warnings(headers: dict[Path, ImageHeader | None], bits: int) -> Iterable[str]:
    unread = [file.name for file, header in headers.items() if header is None]
    short = [file.name for file, header in headers.items() if header is not None and not header.whole]
    if unread:
        yield f"Some images are damaged and cannot be read: {_listed(unread)}."
    if short:
        yield f"Some images seem to be cut off: {_listed(short)}."
    known = [header for header in headers.values() if header is not None]
    if any(header.bits > 8 for header in known) and bits < 16:
        yield f"Images with 16 bits a sample are shown by the {bits} bits they use."
    if any(header.pages > 1 for header in known):
        yield "Of images with several pages, also of animations, only the first page is shown."


def _listed(names: list[str]) -> str:
    return _and_more(", ".join(names[:NAMED]), len(names))


def _and_more(listed: str, count: int) -> str:
    return listed if count <= NAMED else f"{listed} and {count - NAMED} more"
