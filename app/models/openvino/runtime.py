"""The only module that imports OpenVINO, with its telemetry blocked: it reports every import to its makers."""

import ctypes
import sys
from typing import Final

_M_MMAP_THRESHOLD: Final = -3  # parameter of mallopt, from malloc.h
# Bytes; well below those results, well above small arrays, which mmap would slow down.
_LARGE: Final = 8 * 2**20

# This program handles patients' data: it must not call out, not even to count its users.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]

# Results for a frame have several sizes near 25 MB. On the heap they leave holes that cost a propagation pass 200 MB
# in the end; with mmap each block returns to the system whole: mallopt(3), of glibc alone.
_library = ctypes.CDLL(None)
if hasattr(_library, "mallopt"):
    _library.mallopt(_M_MMAP_THRESHOLD, _LARGE)

import openvino  # noqa: E402

__all__ = ["openvino"]
