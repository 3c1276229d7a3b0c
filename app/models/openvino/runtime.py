"""The one place that imports OpenVINO, which reports every import to its makers unless it cannot."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

_M_MMAP_THRESHOLD: Final = -3
_LARGE: Final = 8 * 2**20

# Patients' data is worked on here: a program that calls out, and be it to count its users, is not admissible.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

# What a network gives for a frame is one of several sizes near 25 MB. From the heap, blocks of these leave holes that
# cost a walk 200 MB in the end; apart from it, each goes back as a whole: mallopt(3), of glibc alone.
_library = ctypes.CDLL(None)
if hasattr(_library, "mallopt"):
    _library.mallopt(_M_MMAP_THRESHOLD, _LARGE)

import openvino  # noqa: E402

__all__ = ["openvino"]
