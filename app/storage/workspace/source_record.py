"""Record of the source of a workspace: sequence.json, readable by people and other machines."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self, get_args

from app.domain.annotation import FrameAxis, Orientation, SequenceInfo, SequenceKind
from app.files.private import make_private_file

ABOUT = "sequence.json"
# A file name need not be UTF-8; Python then spells it with surrogates, which must come back.
_ODD_NAMES = "surrogatepass"


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source as it was when its workspace was used last; "" and 0 for what is not written there."""

    name: str
    path: str
    fingerprint: str
    kind: SequenceKind
    frames: int
    width: int
    height: int
    series: str | None
    orientation: Orientation | None
    time_points: int = 1
    along: FrameAxis = "space"

    @classmethod
    def of(cls, info: SequenceInfo, fingerprint: str, series: str | None) -> Self:
        """Describe a source."""
        size = info.frames, info.width, info.height
        view = info.orientation, info.time_points, info.along
        return cls(info.name, info.path, fingerprint, info.kind, *size, series, *view)

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Read the record of a workspace folder; None where there is none that names a path."""
        try:
            about = json.loads((folder / ABOUT).read_text(encoding="utf-8", errors=_ODD_NAMES))
            path = str(about["path"])
            width, height = about.get("size", (0, 0))
            frames, width, height = int(about.get("frames", 0)), int(width), int(height)
            time_points = max(int(about.get("time_points", 1)), 1)
        except (OSError, ValueError, OverflowError, KeyError, TypeError, AttributeError):
            return None
        kind, series, orientation = about.get("kind"), about.get("series"), about.get("orientation")
        return cls(
            str(about.get("name", "")),
            path,
            str(about.get("fingerprint", "")),
            kind if kind in get_args(SequenceKind) else "video",
            frames,
            width,
            height,
            series if isinstance(series, str) else None,
            orientation if orientation in get_args(Orientation) else None,
            time_points,
            "time" if about.get("along") == "time" else "space",
        )

    def write(self, folder: Path) -> None:
        """Write the record into a workspace folder. Raises OSError."""
        about = {
            "name": self.name,
            "path": self.path,
            "fingerprint": self.fingerprint,
            "kind": self.kind,
            "frames": self.frames,
            "size": [self.width, self.height],
            "series": self.series,
            "orientation": self.orientation,
            "time_points": self.time_points,
            "along": self.along,
        }
        target = folder / ABOUT
        draft = target.with_suffix(".tmp")
        make_private_file(draft)
        text = json.dumps(about, indent=1, ensure_ascii=False) + "\n"
        draft.write_text(text, encoding="utf-8", errors=_ODD_NAMES)
        os.replace(draft, target)
