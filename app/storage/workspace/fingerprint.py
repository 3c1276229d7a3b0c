"""The identity of a file or folder by content, quick for big ones."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from app.files.access import access_error, list_folder, walk_folder
from app.files.suffixes import is_image
from app.storage.volume.dicom.dicom_search import holds_dicom

BLOCK = 64 * 1024  # bytes read at each place
BLOCKS = 17  # places in a file, spread evenly: 1.1 MB are read of a file of any size
SMALL_BLOCK = 4 * 1024  # bytes, for the files of a folder
SMALL_BLOCKS = 3  # places in each of them: large folders stay quick
ITSELF = ""  # the name of a source that is one file

Samples = Mapping[str, bytes]


def sample_files(path: Path) -> Samples:
    """Return a digest of each file of a source, by its name below the folder; ITSELF names a source of one file.

    A file counts by its size and by blocks spread evenly from its head to its tail (all of it up to 1 MiB); the
    images of a folder, or all files below it when it holds no image or is a scan, by smaller such samples. Files that
    differ only between the sampled blocks look the same. Raises SequenceError when the source cannot be read.
    """
    if not path.is_dir():
        return {ITSELF: _sample(path, BLOCK, BLOCKS)}
    return {name: _sample(file, SMALL_BLOCK, SMALL_BLOCKS) for name, file in sorted(_files(path).items())}


def fingerprint_of(samples: Samples) -> str:
    """Return 40 hexadecimal digits that stay the same when a source is moved, copied or renamed.

    The files of a folder count by their names, too.
    """
    digest = hashlib.blake2b(digest_size=20)
    for name, sample in samples.items():
        if name != ITSELF:
            digest.update(name.encode("utf-8", "surrogateescape") + b"\0")
        digest.update(sample)
    return digest.hexdigest()


def fingerprint(path: Path) -> str:
    """Return fingerprint_of the files of a source. Raises SequenceError when it cannot be read."""
    return fingerprint_of(sample_files(path))


def _files(folder: Path) -> dict[str, Path]:
    images = [file for file in list_folder(folder) if is_image(file)]
    # A disc's logo is the same on every disc, and says nothing of the scans below it.
    files = walk_folder(folder) if not images or holds_dicom(folder) else images
    return {file.relative_to(folder).as_posix(): file for file in files}


def _sample(path: Path, block: int, blocks: int) -> bytes:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            digest = hashlib.blake2b(size.to_bytes(8, "little"))
            for start in _starts(size, block, blocks):
                file.seek(start)
                digest.update(file.read(block))
    except OSError as error:
        raise access_error(path, error) from error
    return digest.digest()


def _starts(size: int, block: int, blocks: int) -> list[int]:
    if size <= block * blocks:
        return list(range(0, size, block))
    return [(size - block) * i // (blocks - 1) for i in range(blocks)]
