"""Gather what training reads into one file: python -m tool.dev.train.prepare.

The file is a zip archive, <form>/<source>/<name>/…, with pictures as JPEG or WebP, masks as PNG and volumes as
arrays. Held-out parts are not in it. With --pack it is small enough to carry to another machine.
"""

from __future__ import annotations

import argparse
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from tool.dev.train.sources import FILM_SOURCE, FILMS, SOURCES, Source, is_free, part_of

FILE = "data.zip"
PACK = "pack.zip"
PACK_LIMIT = 40_000_000
"""Bytes of a pack at most, so that it can be sent with a working tree to a borrowed machine."""
FILM_STEP = 3  # of so many frames of a film without labels one is kept
Item = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Fineness:
    """How finely pictures are stored."""

    side: int  #: longest side in pixels
    suffix: Literal[".jpg", ".webp"]
    quality: int  #: of the pictures, 1 to 100
    every: int  #: of every so many frames of a DAVIS clip, one is kept
    regions: bool  #: whether BSDS500 is in it


FULL = Fineness(640, ".jpg", 92, 1, True)
SMALL = Fineness(384, ".webp", 60, 2, False)
"""Makes a pack of 38 MB: JPEG of the same look took twice the bytes, and regions are what can be missed first."""


def main() -> None:
    """Write the archive that training reads, or the pack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path.home() / ".cache/framewise-train")
    parser.add_argument("--pack", action="store_true", help=f"write {PACK}, at most {PACK_LIMIT} bytes")
    parser.add_argument("--free", action="store_true", help="only what permits commercial use")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    target = options.out / (PACK if options.pack else FILE)
    write_archive(target, options.data, SOURCES, SMALL if options.pack else FULL, options.free)
    size = target.stat().st_size
    print(f"{target}: {size / 1e6:.1f} MB")
    if options.pack and size > PACK_LIMIT:
        parser.error(f"{target} has {size} bytes, more than {PACK_LIMIT}")


def write_archive(
    target: Path, data: Path, sources: Iterable[Source], fineness: Fineness, free: bool = False
) -> None:
    """Write the training part of the sources, or what is free of it; the file appears whole or not at all."""
    temporary = target.with_suffix(".part")
    with zipfile.ZipFile(temporary, "w") as archive:
        for source in sources:
            for name, content in read_source(source, data, fineness, free):
                how = zipfile.ZIP_LZMA if name.endswith(".npz") else zipfile.ZIP_STORED
                archive.writestr(f"{source.form}/{source.name}/{name}", content, how)
            print(source.name, flush=True)
        for name, content in read_films(data / "video", fineness):
            archive.writestr(f"clips/{FILM_SOURCE}/{name}", content, zipfile.ZIP_STORED)
    temporary.replace(target)


def read_source(source: Source, data: Path, fineness: Fineness, free: bool = False) -> Iterator[Item]:
    """Yield name and content of every file of the training part of a source; free: only what permits commerce."""
    folder = source_folder(source, data)
    if free and source.terms != "free" and not source.free_names:
        return
    if source.form == "volumes":
        yield from _volumes(source, folder)
    elif source.form == "clips":
        yield from _clips(source, folder, fineness)
    elif source.name == "bsds500":
        yield from _regions(folder, fineness) if fineness.regions else ()
    else:
        for path in sorted((folder / "images").glob("*.jpg")):
            if part_of(source, path.stem) == "train" and (is_free(source, path.stem) or not free):
                mask = folder / "masks" / f"{path.stem}.png"
                yield from _pair(path.stem, _read(path), _read(mask), fineness)


def read_films(folder: Path, fineness: Fineness) -> Iterator[Item]:
    """Yield name and content of every third frame of the films without labels; fewer where there are fewer films."""
    import av

    for path in (path for name in FILMS if (path := folder / f"{name}.mp4").exists()):
        with av.open(str(path)) as film:
            for index, frame in enumerate(film.decode(video=0)):
                if index % FILM_STEP == 0:
                    image = _shrink(frame.to_ndarray(format="bgr24"), fineness)
                    yield f"{path.stem}/{index:05}{fineness.suffix}", _encode_picture(image, fineness)


def source_folder(source: Source, data: Path) -> Path:
    """Return the folder of a source within the shared data."""
    places = {"davis10": "davis10", "bsds500": "bsds500"}
    places |= {"ct_nifti": "medical/ct_nifti", "hippocampus": "medical/hippocampus"}
    return data / places.get(source.name, f"sets/{source.name}")


def volume_files(source: Source, folder: Path) -> Iterator[tuple[str, Path | None, Path]]:
    """Yield name, file of the intensities (None where there are only labels) and file of the labels."""
    if source.name == "ct_nifti":
        yield "ct", folder / "ct.nii.gz", folder / "labels.nii.gz"
        return
    images = folder / ("images" if source.name == "hippocampus" else "volumes")
    for path in sorted((folder / "labels").glob("*.nii.gz")):
        image = images / path.name
        yield path.name.removesuffix(".nii.gz"), image if image.exists() else None, path


def _volumes(source: Source, folder: Path) -> Iterator[Item]:
    for name, image, labels in volume_files(source, folder):
        if part_of(source, name) != "train":
            continue
        arrays: dict[str, NDArray[Any]] = {"labels": _nifti(labels).astype(np.int16)}
        if image is not None:
            voxels = _nifti(image)
            arrays["voxels"] = voxels.astype(np.int16) if source.name == "ct_nifti" else _bytes(voxels)
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        yield f"{name}.npz", buffer.getvalue()


def _clips(source: Source, folder: Path, fineness: Fineness) -> Iterator[Item]:
    every = fineness.every if source.name == "davis10" else 1
    for clip in sorted(path for path in folder.iterdir() if path.is_dir()):
        if part_of(source, clip.name) == "train":
            for path in sorted((clip / "frames").glob("*.jpg"))[::every]:
                mask = _read(clip / "masks" / f"{path.stem}.png")
                mask = (mask > 127).astype(np.uint8) if source.name == "davis10" else mask
                yield from _pair(f"{clip.name}/{path.stem}", _read(path), mask, fineness)


def _regions(folder: Path, fineness: Fineness) -> Iterator[Item]:
    """The coarsest of a picture's human segmentations: its regions are nearest to objects."""
    for path in sorted(p for split in ("train", "test") for p in (folder / split).glob("*.jpg")):
        maps = [_read(truth) for truth in sorted(path.parent.glob(f"{path.stem}_*.png"))]
        coarsest = min(maps, key=lambda regions: len(np.unique(regions)))
        yield from _pair(path.stem, _read(path), np.minimum(coarsest, 254) + 1, fineness)


def _pair(name: str, image: NDArray[Any], mask: NDArray[Any], fineness: Fineness) -> Iterator[Item]:
    if image.shape[:2] != mask.shape[:2]:
        raise ValueError(f"{name}: picture and mask differ in size")
    image = _shrink(image, fineness)
    mask = cv2.resize(mask, image.shape[1::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    yield f"{name}{fineness.suffix}", _encode_picture(image, fineness)
    yield f"{name}.png", cv2.imencode(".png", mask, (cv2.IMWRITE_PNG_COMPRESSION, 9))[1].tobytes()


def _shrink(image: NDArray[Any], fineness: Fineness) -> NDArray[Any]:
    scale = min(1.0, fineness.side / max(image.shape[:2]))
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def _encode_picture(image: NDArray[Any], fineness: Fineness) -> bytes:
    kind = cv2.IMWRITE_JPEG_QUALITY if fineness.suffix == ".jpg" else cv2.IMWRITE_WEBP_QUALITY
    return bytes(cv2.imencode(fineness.suffix, image, (kind, fineness.quality))[1].tobytes())


def _read(path: Path) -> NDArray[Any]:
    image = cv2.imread(str(path), cv2.IMREAD_COLOR if path.suffix == ".jpg" else cv2.IMREAD_UNCHANGED)
    if image is None:
        raise OSError(f"{path} is no picture.")
    return image


def _nifti(path: Path) -> NDArray[Any]:
    import nibabel

    return np.asarray(nibabel.nifti1.Nifti1Image.from_filename(path).dataobj, np.float32).transpose(2, 1, 0)


def _bytes(voxels: NDArray[Any]) -> NDArray[np.uint8]:
    """Scale to 0..255 between the 0.05th and the 99.95th percentile."""
    low, high = np.percentile(voxels, (0.05, 99.95))
    return np.asarray(((voxels - low) / max(high - low, 1e-3) * 255).clip(0, 255), np.uint8)


if __name__ == "__main__":
    main()
