"""Films for tests that share a program and yet begin without annotations."""

from __future__ import annotations

import struct
from pathlib import Path


def copy_as_another(video: Path, target: Path) -> Path:
    """Copy an MP4 file to target; a free box (ISO/IEC 14496-12) with target's path makes it another sequence."""
    mark = str(target).encode()
    target.write_bytes(video.read_bytes() + struct.pack(">I4s", 8 + len(mark), b"free") + mark)
    return target
