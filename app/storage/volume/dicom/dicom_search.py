"""Search of a folder for DICOM files, by names and first bytes."""

import itertools
import os
from pathlib import Path
from typing import Final

from app.files.access import access_error, list_folder
from app.files.suffixes import SLICES, is_image, is_video
from app.storage.volume.dicom.dicom_signature import is_dicom_file, is_index

# Files of a folder that are read; chosen by hand, on a disc all without a suffix are DICOM
_LOOKED_AT: Final = 16
_FOLDERS: Final = 500  # that are searched; chosen by hand, a disc with a viewer has about 100
# Images beside folders of DICOM up to which they are taken for the logo and the pages of a disc, not for a sequence.
# Chosen by hand.
_DISC_IMAGES: Final = 3


def holds_dicom(folder: Path) -> bool:
    """Whether a folder holds DICOM files, or below it when it holds no images but a few of a disc.

    Raises SequenceError when a folder cannot be read.
    """
    here = list_folder(folder)
    if any(_is_slice(path) or is_index(path) for path in here):
        return True
    if sum(is_image(path) for path in here) > _DISC_IMAGES:
        return False
    for place, folders, names in itertools.islice(os.walk(folder, onerror=_complain), _FOLDERS):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files = [Path(place, name) for name in sorted(names) if not name.startswith(".")]
        unknown = [path for path in files if not is_video(path) and not is_image(path)]
        # Programs and pages come with every disc and have suffixes; files without one come first.
        unknown.sort(key=lambda path: bool(path.suffix))
        if any(_is_dicom(path) for path in unknown[:_LOOKED_AT]):
            return True
    return False


def _complain(error: OSError) -> None:
    raise access_error(Path(error.filename), error) from error


def _is_slice(path: Path) -> bool:
    return path.suffix.lower() in SLICES


def _is_dicom(path: Path) -> bool:
    try:
        return _is_slice(path) or (path.is_file() and is_dicom_file(path))
    except OSError:
        return False
