"""Pictures of which one shows a patient's name."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np


def write_named_pictures(folder: Path) -> None:
    """Write three grey pictures of 220x120 into a new folder, the second with a name in rows 30 to 50."""
    folder.mkdir()
    for number in range(3):
        picture = np.full((120, 220, 3), 40, np.uint8)
        if number == 1:
            cv2.putText(picture, "DOE JANE 1964", (20, 48), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (240, 240, 240), 1)
        cv2.imwrite(str(folder / f"{number}.png"), picture)
