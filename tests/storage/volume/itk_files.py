"""Files of ITK with a geometry of their own, and all voxels of a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from app.storage.volume.volume_opening import open_volume

TURN = np.array([[0.0, -0.6, 0.8], [0.0, 0.8, 0.6], [-1.0, 0.0, 0.0]])


def write_itk(path: Path, stack: np.ndarray, compressed: bool = True) -> sitk.Image:
    image = sitk.GetImageFromArray(stack)
    image.SetSpacing((0.5, 0.75, 2.5))
    image.SetOrigin((-10.0, 20.0, 30.5))
    image.SetDirection(TURN.reshape(-1).tolist())
    sitk.WriteImage(image, str(path), useCompression=compressed)
    return image


def read_all(path: Path) -> np.ndarray:
    with open_volume(path) as volume:
        return np.array([volume.read_stored(k) for k in range(volume.geometry.shape[0])])
