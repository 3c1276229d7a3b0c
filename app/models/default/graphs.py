"""The static graphs that ship, each behind a plain call."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import ModelError
from app.models.paddle_runtime import paddle

FOLDER = Path(__file__).parent
Array = NDArray[np.float32]
MANIFEST = "manifest.json"
REMEDY = "Install Framewise anew."


class Graph:
    """One static graph; calls from several threads take turns."""

    def __init__(self, name: str, device: str, threads: int, folder: Path = FOLDER) -> None:
        """Load <name>.pdmodel and its weights; raises ModelError when they are missing or damaged."""
        program, weights = folder / f"{name}.pdmodel", folder / f"{name}.pdiparams"
        has_weights = weights.name in manifest(folder)
        for file in (program, weights) if has_weights else (program,):
            check(file)
        config = paddle.inference.Config(str(program), str(weights) if has_weights else "")
        _configure(config, device, threads)
        self._predictor = paddle.inference.create_predictor(config)
        self._inputs = [self._predictor.get_input_handle(n) for n in self._predictor.get_input_names()]
        self._lock = threading.Lock()

    def __call__(self, *arrays: Array) -> list[Array]:
        """Run on float32 arrays in the order of the graph's inputs; the answers are copies."""
        with self._lock:
            for handle, array in zip(self._inputs, arrays, strict=True):
                handle.reshape(array.shape)
                handle.copy_from_cpu(np.ascontiguousarray(array, np.float32))
            self._predictor.run()
            names = self._predictor.get_output_names()
            return [self._predictor.get_output_handle(name).copy_to_cpu() for name in names]


def manifest(folder: Path) -> dict[str, str]:
    """The files of the model and their SHA-256; raises ModelError when the list cannot be read."""
    try:
        sums = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise ModelError(
            "The list of the model's files cannot be read.", subject=folder, remedy=REMEDY
        ) from error
    return {str(name): str(value) for name, value in dict(sums).items()}


def check(file: Path) -> None:
    """Compare a file with the manifest beside it; raises ModelError when it is missing or differs.

    Paddle may abort the process on a damaged file, so damage must be found before.
    """
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError("This file of the model is missing.", subject=file, remedy=REMEDY) from error
    if found != manifest(file.parent).get(file.name):
        raise ModelError("This file of the model is damaged.", subject=file, remedy=REMEDY)


def uses_gpu(device: str) -> bool:
    """Whether "auto", "gpu" or "cpu" means the GPU here."""
    present = paddle.is_compiled_with_cuda() and paddle.device.cuda.device_count() > 0
    return not device.startswith("cpu") and present


def _configure(config: Any, device: str, threads: int) -> None:
    if uses_gpu(device):
        config.enable_use_gpu(256, 0)
    else:
        config.disable_gpu()
        config.enable_mkldnn()
        config.set_mkldnn_cache_capacity(10)
        config.set_cpu_math_library_num_threads(threads or os.cpu_count() or 1)
    config.switch_ir_optim(True)
    config.enable_memory_optim()
    config.disable_glog_info()
