"""Exported files after a kill: each is whole or not there."""

from __future__ import annotations

import json
from pathlib import Path

import av
import cv2


def check_exported_files(folder: Path) -> int:
    """Read every exported file and return how many there are. Raises AssertionError, OSError or ValueError.

    Drafts, whose names begin with a dot, are left aside.
    """
    parts = (path for path in folder.rglob("*") if path.is_file())
    files = [
        path for path in parts if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    for path in files:
        _check(path)
    return len(files)


def _check(path: Path) -> None:
    if path.suffix == ".png":
        assert cv2.imread(str(path), cv2.IMREAD_UNCHANGED) is not None, path
    elif path.suffix == ".json":
        json.loads(path.read_text(encoding="utf-8"))
    elif path.suffix == ".mp4":
        with av.open(str(path)) as film:
            assert sum(1 for _ in film.decode(video=0)), path
