"""A static Paddle model that OpenVINO runs on the processor.

Its convolutions are oneDNN's like Paddle's; it fuses more operations between them, and needs no optimised copy.
"""

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
        """Load a .pdmodel. parameters: None for a model that has none. bf16: compute in bfloat16.

        Raises ModelError when OpenVINO lacks one of its operations.
        """
        with translate_errors(program.name, "loaded"):
            model, names = read_model(program, parameters)
            self._indices = [input_index(model, name) for name in names]
            self._run = CompiledModel(model, program.name, device, bf16)

    @property
    def outputs(self) -> int:
        """Number of arrays that a run returns."""
        return self._run.outputs

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        given = dict(zip(self._indices, arrays, strict=True))
        return to_float32(self._run(given))


class CompiledModel:
    """A compiled OpenVINO model; calls from several threads take turns."""

    def __init__(self, model: Any, name: str, device: Device, bf16: bool) -> None:
        self._name = name
        self._lock = threading.Lock()
        compiled = openvino.Core().compile_model(model, "CPU", _compile_settings(device, bf16))
        self._request = compiled.create_infer_request()
        self._kinds = [port.get_element_type().to_dtype() for port in compiled.inputs]
        self._ports = list(compiled.outputs)
        self.outputs = len(self._ports)

    def __call__(self, given: Mapping[int, NDArray[Any]]) -> list[NDArray[Any]]:
        """Run on arrays by index of the input; the results belong to the caller."""
        fit = {place: np.ascontiguousarray(array, self._kinds[place]) for place, array in given.items()}
        with self._lock, translate_errors(self._name, "run"):
            answers = [self._output_buffer(place) for place in range(self.outputs)]
            copies = self._request.infer(fit, share_inputs=True, share_outputs=True).values()
            return [
                np.array(copy) if answer is None else answer
                for copy, answer in zip(copies, answers, strict=True)
            ]

    def _output_buffer(self, place: int) -> NDArray[Any] | None:
        """Return an array that the next run writes an output to, to save a copy; None for a dynamic size."""
        port = self._ports[place]
        if port.get_partial_shape().is_dynamic:
            return None
        answer = np.empty(port.get_shape(), port.get_element_type().to_dtype())
        self._request.set_output_tensor(place, openvino.Tensor(answer, shared_memory=True))
        return answer


def read_model(program: Path, parameters: Path | None) -> tuple[Any, tuple[str, ...]]:
    """Read a .pdmodel as an OpenVINO model; also return the names of its inputs in the program's order."""
    core = extended_core()
    model = core.read_model(program, parameters) if parameters else core.read_model(program)
    return model, read_program(program).feeds


def input_index(model: Any, name: str) -> int:
    """Return the index of the input with a name."""
    return next(index for index, port in enumerate(model.inputs) if name in port.get_names())


def to_float32(arrays: Iterable[NDArray[Any]]) -> list[Array]:
    """Return results as float32 arrays."""
    return [np.asarray(array, np.float32) for array in arrays]


@contextmanager
def translate_errors(name: str, verb: str) -> Iterator[None]:
    """Translate OpenVINO's errors into ModelError. verb: "loaded" or "run"."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise _model_error(name, verb, error) from error


def _compile_settings(device: Device, bf16: bool) -> dict[str, Any]:
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": device.threads,
        "INFERENCE_PRECISION_HINT": "bf16" if bf16 else "f32",
        # Several processes compute on the same cores; pinned, all would use the first ones.
        "ENABLE_CPU_PINNING": False,
        # Views and memories come in hundreds of sizes; unbounded, the cache took 470 MiB after 400.
        "CPU_RUNTIME_CACHE_CAPACITY": 100,
    }


def _model_error(name: str, verb: str, error: Exception) -> ModelError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[-1] if lines else "OpenVINO gave no reason."
    return ModelError(
        f"The model cannot be {verb}: {reason[:300]}",
        subject=name,
        remedy="Choose another model, or copy this one again.",
    )
