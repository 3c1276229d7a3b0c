"""A static Paddle model that OpenVINO runs on the processor.

Its convolutions are oneDNN's as well, but for the wide ones (see wide_convolutions); it joins more of what lies between
them, and needs no optimised copy.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.errors import ModelError
from app.models.device import Device
from app.models.frame_split import split
from app.models.network import Network
from app.models.openvino_operations import extended_core
from app.models.openvino_runtime import openvino
from app.models.program_file import read_program
from app.models.static_model import ModelFiles
from app.models.wide_convolutions import quicken

Array = NDArray[np.float32]
SPLIT = ("click", "segment")
"""Parts that are told of a picture before they are told of clicks or memories."""


class OpenvinoNetwork:
    """A loaded model; calls from several threads take turns."""

    def __init__(self, program: Path, parameters: Path | None, device: Device, bf16: bool = False) -> None:
        """Load a .pdmodel. parameters: None for a model that has none.

        Raises ModelError when OpenVINO lacks one of its operations.
        """
        with _told(program.name, "loaded"):
            model = _read(program, parameters, bf16)
            self._run = _Compiled(model, program.name, device, bf16)
        self._places = [_place(model, name) for name in read_program(program).feeds]

    @property
    def outputs(self) -> int:
        """How many arrays a run gives."""
        return self._run.outputs

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        return _floats(self._run(dict(zip(self._places, arrays, strict=True))))


class OpenvinoSplit:
    """A loaded model that works on its first input, a picture, before it knows the others; see SplitNetwork."""

    def __init__(self, program: Path, parameters: Path | None, device: Device, bf16: bool = False) -> None:
        """Load a .pdmodel. Raises ModelError when OpenVINO lacks one of its operations."""
        picture, *others = read_program(program).feeds
        with _told(program.name, "loaded"):
            model = _read(program, parameters, bf16)
            parts = split(model, model.inputs[_place(model, picture)])
            self._front = _Compiled(parts.front, program.name, device, bf16)
            self._rest = _Compiled(parts.rest, program.name, device, bf16)
        self._early = parts.early
        self._places = [_place(parts.rest, name) for name in others]

    @property
    def outputs(self) -> int:
        """How many arrays a run gives."""
        return len(self._early)

    def prepare(self, picture: NDArray[Any]) -> list[NDArray[Any]]:
        """See SplitNetwork."""
        return self._front({0: picture})

    def complete(self, prepared: Sequence[NDArray[Any]], *others: NDArray[Any]) -> list[Array]:
        """See SplitNetwork."""
        known, crossing = prepared[: sum(self._early)], prepared[sum(self._early) :]
        given = dict(enumerate(crossing)) | dict(zip(self._places, others, strict=True))
        ahead, found = iter(known), iter(self._rest(given))
        return _floats(next(ahead if is_early else found) for is_early in self._early)

    def __call__(self, *arrays: NDArray[Any]) -> list[Array]:
        """See Network."""
        return self.complete(self.prepare(arrays[0]), *arrays[1:])


def load_part(part: str, files: ModelFiles, device: Device, bf16: bool = False) -> Network:
    """Load a part of a model, split where its first input is known long before the others. Raises ModelError."""
    kind = OpenvinoSplit if part in SPLIT else OpenvinoNetwork
    return kind(files.program, files.parameters, device, bf16)


class _Compiled:
    """An OpenVINO model made ready to run; calls from several threads take turns."""

    def __init__(self, model: Any, name: str, device: Device, bf16: bool) -> None:
        self._name = name
        self._lock = threading.Lock()
        compiled = openvino.Core().compile_model(model, "CPU", _settings(device, bf16))
        self._request = compiled.create_infer_request()
        self._kinds = [port.get_element_type().to_dtype() for port in compiled.inputs]
        self.outputs = len(compiled.outputs)

    def __call__(self, given: Mapping[int, NDArray[Any]]) -> list[NDArray[Any]]:
        """Run on arrays by the place of the input; the answers are copies."""
        fit = {place: np.ascontiguousarray(array, self._kinds[place]) for place, array in given.items()}
        with self._lock, _told(self._name, "run"):
            return list(self._request.infer(fit, share_inputs=True).values())


def _read(program: Path, parameters: Path | None, bf16: bool) -> Any:
    core = extended_core()
    model = core.read_model(program, parameters) if parameters else core.read_model(program)
    if not bf16:
        quicken(model)
    return model


def _floats(arrays: Iterable[NDArray[Any]]) -> list[Array]:
    return [np.asarray(array, np.float32) for array in arrays]


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


def _place(model: Any, name: str) -> int:
    return next(index for index, port in enumerate(model.inputs) if name in port.get_names())


@contextmanager
def _told(name: str, verb: str) -> Iterator[None]:
    try:
        yield
    except (RuntimeError, ValueError) as error:
        raise _failure(name, verb, error) from error


def _failure(name: str, verb: str, error: Exception) -> ModelError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[-1] if lines else "OpenVINO gave no reason."
    return ModelError(
        f"The model cannot be {verb}: {reason[:300]}",
        subject=name,
        remedy="Choose another model, or copy this one again.",
    )
