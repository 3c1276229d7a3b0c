"""Turn the shared data into arrays that training maps into memory: python -m tool.dev.train.prepare."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

HELD_OUT = ("goat", "scooter-black")
"""DAVIS sequences that no stage trains on."""
FRAME = (640, 360)
ANNOTATORS = 5


def main() -> None:
    """Write every set that is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path.home() / ".cache/framewise-train")
    options = parser.parse_args()
    cache = options.out / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name, make in (("davis", davis), ("bsds", bsds), ("camvid", camvid), ("scans", scans)):
        if not (cache / f"{name}.done").exists():
            print(f"{name} …", flush=True)
            for key, array in make(options.data):
                np.save(cache / f"{name}_{key}.npy", array)
            (cache / f"{name}.done").touch()


def davis(data: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield <sequence>_frames (n, 360, 640, 3) RGB and <sequence>_masks (n, 360, 640), 0 or 1."""
    for sequence in sorted((data / "davis10").iterdir()):
        frames = sorted((sequence / "frames").iterdir())
        masks = sorted((sequence / "masks").iterdir())
        yield f"{sequence.name}_frames", np.stack([_shrink(_rgb(path)) for path in frames])
        yield (
            f"{sequence.name}_masks",
            np.stack([(_shrink(_gray(path)) > 127).astype(np.uint8) for path in masks]),
        )


def bsds(data: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield images (n, 321, 481, 3), regions (n, ANNOTATORS, 321, 481), 0 where an annotator is missing."""
    images, regions = [], []
    for path in sorted(p for split in ("train", "test") for p in (data / "bsds500" / split).glob("*.jpg")):
        images.append(_landscape(_rgb(path)))
        stack = np.zeros((ANNOTATORS, 321, 481), np.uint8)
        for index, truth in enumerate(sorted(path.parent.glob(f"{path.stem}_*.png"))[:ANNOTATORS]):
            stack[index] = np.minimum(_landscape(_gray(truth)).astype(int) + 1, 255)
        regions.append(stack)
    yield "images", np.stack(images)
    yield "regions", np.stack(regions)


def camvid(data: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield images (n, 360, 480, 3) and classes (n, 360, 480)."""
    paths = sorted(p for split in ("train", "val") for p in (data / "camvid" / split).glob("*.jpg"))
    yield "images", np.stack([_rgb(path) for path in paths])
    yield "classes", np.stack([_gray(path.with_suffix(".png")) for path in paths])


def scans(data: Path) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield ct, ct_labels, and hippocampus_<n> with its labels, axes (z, y, x)."""
    folder = data / "medical"
    for name in ("ct", "labels"):
        yield ("ct" if name == "ct" else "ct_labels"), _volume(folder / "ct_nifti" / f"{name}.nii.gz")
    for path in sorted((folder / "hippocampus/images").glob("*.nii.gz")):
        number = path.name.split("_")[1].split(".")[0]
        yield f"hippocampus_{number}", _volume(path)
        yield f"hippocampus_{number}_labels", _volume(folder / "hippocampus/labels" / path.name)


def _volume(path: Path) -> NDArray[Any]:
    import nibabel

    return np.asarray(nibabel.nifti1.Nifti1Image.from_filename(path).dataobj, np.float32).transpose(2, 1, 0)


def _rgb(path: Path) -> NDArray[Any]:
    return _read(path, cv2.IMREAD_COLOR)[..., ::-1]


def _gray(path: Path) -> NDArray[Any]:
    return _read(path, cv2.IMREAD_UNCHANGED)


def _read(path: Path, how: int) -> NDArray[Any]:
    image = cv2.imread(str(path), how)
    if image is None:
        raise OSError(f"{path} is no picture.")
    return image


def _shrink(image: NDArray[Any]) -> NDArray[Any]:
    return cv2.resize(image, FRAME, interpolation=cv2.INTER_AREA)


def _landscape(image: NDArray[Any]) -> NDArray[Any]:
    return np.rot90(image) if image.shape[0] > image.shape[1] else image


if __name__ == "__main__":
    main()
