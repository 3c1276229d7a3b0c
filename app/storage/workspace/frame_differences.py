"""How much the frames of a film differ, kept beside a workspace so that a film is read once to find its cuts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from app.files.atomic_file import atomic_file
from app.files.private import make_private_folder
from app.imaging.shot_cuts import find_cuts

Array = NDArray[np.float32]
VERSION = 3  # Of what is compared and how it is laid out; a file of another one is made anew.
# Without a header: NumPy's own format is parsed as Python, and a damaged one raises anything.
_TYPE: Final = np.dtype("<f4")


@dataclass(slots=True)
class FrameDifferences:
    """Differences of all frames, see find_cuts; NaN where they are not known yet."""

    steps: Array  #: float32 (frames,)
    dissolves: Array  #: float32 (frames,)

    @classmethod
    def unknown(cls, frames: int) -> Self:
        """Return those of a film that nobody has read."""
        return cls(np.full(frames, np.nan, np.float32), np.full(frames, np.nan, np.float32))

    @classmethod
    def load(cls, path: Path, frames: int) -> Self:
        """Return what is kept; nothing is known where there is no file, a damaged one or that of another film."""
        try:
            if path.stat().st_size != 2 * frames * _TYPE.itemsize:
                return cls.unknown(frames)
            kept = np.fromfile(path, _TYPE).reshape(2, frames)
        except (OSError, ValueError):
            return cls.unknown(frames)
        return cls(kept[0], kept[1])

    def save(self, path: Path) -> None:
        """Keep them. Raises OSError; there is no harm in going on without."""
        make_private_folder(path.parent)
        with atomic_file(path) as draft:
            draft.write_bytes(np.stack((self.steps, self.dissolves)).astype(_TYPE).tobytes())

    def next_unknown(self) -> int | None:
        """Return the first frame whose difference is not known, None where all are."""
        missing = np.flatnonzero(np.isnan(self.steps))
        return int(missing[0]) if len(missing) else None

    def cuts(self) -> tuple[int, ...]:
        """Return the first frames of the shots that are known so far."""
        return find_cuts(self.steps, self.dissolves)


def differences_path(folder: Path, fingerprint: str) -> Path:
    """Return where the differences of a film are kept. folder: of what readers learnt of it."""
    return folder / f"{fingerprint}.differences{VERSION}"
