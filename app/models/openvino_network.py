"""A static Paddle model that OpenVINO runs on the processor.

Its convolutions are oneDNN's as well, but for the wide ones (see wide_convolutions); it joins more of what lies between
them, and needs no optimised copy.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import ModelError
from app.models.device import Device
from app.models.openvino_operations import extended_core
from app.models.program_file import read_program
from app.models.wide_convolutions import quicken

Array = NDArray[np.float32]


class OpenvinoNetwork:
    """A loaded model; calls from several threads take turns."""

    def __init__(self, program: Path, parameters: Path | None, device: Device, bf16: bool = False) -> None:
        """Load a .pdmodel. parameters: None for a model that has none.

        Raises ModelError when OpenVINO lacks one of its operations.
        """
        self._name = program.name
        self._lock = threading.Lock()
        try:
            core = extended_core()
            model = core.read_model(program, parameters) if parameters else core.read_model(program)
            if not bf16:
                quicken(model)
            compiled = core.compile_model(model, "CPU", _settings(device, bf16))
        except RuntimeError as error:
            raise _failure(self._name, "loaded", error) from error
        self._request = compiled.create_infer_request()
        self._places = [_place(compiled, name) for name in read_program(program).feeds]
        self._outputs = len(compiled.outputs)

    @property
    def outputs(self) -> int:
        """How many arrays a run gives."""
        return self._outputs

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        given = [np.ascontiguousarray(array, np.float32) for array in arrays]
        with self._lock:
            try:
                found = self._request.infer(dict(zip(self._places, given, strict=True)), share_inputs=True)
            except (RuntimeError, ValueError) as error:
                raise _failure(self._name, "run", error) from error
            return [np.asarray(output, np.float32) for output in found.values()]


def _settings(device: Device, bf16: bool) -> dict[str, Any]:
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": device.threads,
        "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
        # Several processes compute on the same cores: each bound to the first ones would be in the other's way.
        "ENABLE_CPU_PINNING": False,
        # Looks and memories come in hundreds of sizes, and what is prepared for each would be kept (470 MiB after 400).
        "CPU_RUNTIME_CACHE_CAPACITY": 100,
    }


def _place(compiled: Any, name: str) -> int:
    return next(index for index, port in enumerate(compiled.inputs) if name in port.get_names())


def _failure(name: str, verb: str, error: Exception) -> ModelError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[-1] if lines else "OpenVINO gave no reason."
    return ModelError(
        f"The model cannot be {verb}: {reason[:300]}",
        subject=name,
        remedy="Choose another model, or copy this one again.",
    )
