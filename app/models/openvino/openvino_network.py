"""A static Paddle model that OpenVINO runs on the processor.

Its convolutions are oneDNN's as well; it joins more of what lies between them, and needs no optimised copy.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import ModelError
from app.models.formats.program_file import read_program
from app.models.openvino.operations import extended_core
from app.models.openvino.runtime import openvino
from app.models.runtime.device import Device

Array = NDArray[np.float32]


class OpenvinoNetwork:
    """A loaded model; calls from several threads take turns."""

    def __init__(self, program: Path, parameters: Path | None, device: Device, bf16: bool = False) -> None:
        """Load a .pdmodel. parameters: None for a model that has none.

        Raises ModelError when OpenVINO lacks one of its operations.
        """
        with told(program.name, "loaded"):
            model, names = read(program, parameters)
            self._places = [place_of(model, name) for name in names]
            self._run = CompiledModel(model, program.name, device, bf16)

    @property
    def outputs(self) -> int:
        """How many arrays a run gives."""
        return self._run.outputs

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        given = dict(zip(self._places, arrays, strict=True))
        return floats(self._run(given))


class CompiledModel:
    """An OpenVINO model made ready to run; calls from several threads take turns."""

    def __init__(self, model: Any, name: str, device: Device, bf16: bool) -> None:
        self._name = name
        self._lock = threading.Lock()
        compiled = openvino.Core().compile_model(model, "CPU", _settings(device, bf16))
        self._request = compiled.create_infer_request()
        self._kinds = [port.get_element_type().to_dtype() for port in compiled.inputs]
        self._ports = list(compiled.outputs)
        self.outputs = len(self._ports)

    def __call__(self, given: Mapping[int, NDArray[Any]]) -> list[NDArray[Any]]:
        """Run on arrays by the place of the input; the answers belong to the caller."""
        fit = {place: np.ascontiguousarray(array, self._kinds[place]) for place, array in given.items()}
        with self._lock, told(self._name, "run"):
            answers = [self._written_to(place) for place in range(self.outputs)]
            copies = self._request.infer(fit, share_inputs=True, share_outputs=True).values()
            return [
                np.array(copy) if answer is None else answer
                for copy, answer in zip(copies, answers, strict=True)
            ]

    def _written_to(self, place: int) -> NDArray[Any] | None:
        """Return an array that the next run writes an output to, so that it need not be copied; none of open size."""
        port = self._ports[place]
        if port.get_partial_shape().is_dynamic:
            return None
        answer = np.empty(port.get_shape(), port.get_element_type().to_dtype())
        self._request.set_output_tensor(place, openvino.Tensor(answer, shared_memory=True))
        return answer


def read(program: Path, parameters: Path | None) -> tuple[Any, tuple[str, ...]]:
    """Return a .pdmodel as OpenVINO's, and the names of its inputs in the order of the program's."""
    core = extended_core()
    model = core.read_model(program, parameters) if parameters else core.read_model(program)
    return model, read_program(program).feeds


def place_of(model: Any, name: str) -> int:
    """Return which of a model's inputs has a name."""
    return next(index for index, port in enumerate(model.inputs) if name in port.get_names())


def floats(arrays: Iterable[NDArray[Any]]) -> list[Array]:
    """Return what a network answers."""
    return [np.asarray(array, np.float32) for array in arrays]


@contextmanager
def told(name: str, verb: str) -> Iterator[None]:
    """Turn OpenVINO's errors into ModelError."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise _failure(name, verb, error) from error


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


def _failure(name: str, verb: str, error: Exception) -> ModelError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[-1] if lines else "OpenVINO gave no reason."
    return ModelError(
        f"The model cannot be {verb}: {reason[:300]}",
        subject=name,
        remedy="Choose another model, or copy this one again.",
    )
