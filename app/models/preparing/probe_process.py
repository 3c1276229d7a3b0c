"""Process that probes a model before the program relies on it.

A damaged model can end the process that loads it, and optimising one takes long, so both happen here. OpenVINO's result
for a small scene is compared with Paddle's; a model for which they differ is left to Paddle. Reads one request from the
standard input and writes events to the standard output, each a JSON object on a line.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.domain.errors import FramewiseError
from app.files.atomic_file import move_files, write_file
from app.files.atomic_folder import temporary_folder
from app.files.parent_process import end_with_parent
from app.models.formats.static_model import ModelFiles
from app.models.openvino.part_loading import load_part
from app.models.preparing.model_probe_result import CHECKED, REPORT, optimised_name
from app.models.preparing.smoke_test import run_click_model, run_propagation_model
from app.models.runtime.device import Device
from app.models.runtime.device_selection import wants_bf16
from app.models.runtime.network import Array, Network
from app.models.runtime.paddle_network import load_network, optimise_network

# Share of mask pixels that bfloat16 must not change, the tolerance of the parity tests.
LEAST_AGREEMENT = 0.9995
LEAST_SHARE = 0.01  # Of the pixels in mask and background each: without an outline nothing could disagree.
_SIDE = 400  # Pixels of the scene for that comparison, the size that click networks see.
_TOLERANCE = 0.01  # Between two runtimes, relative to the largest output; another order of sums makes 1e-5.


class Probe:
    """Probes and optimises the parts of one model."""

    def __init__(self, request: dict[str, Any], output: Any) -> None:
        self._output = output
        self._device = Device(**request["device"])
        self._folder = Path(request["folder"])
        self._with_openvino = request["runtime"] == "openvino"
        self._files = {part: _files(paths) for part, paths in request["parts"].items()}

    def run(self) -> None:
        """Run the parts, then optimise them, with events for the progress."""
        self._step("checking", 0.0, CHECKED)
        plain = Device("cpu", threads=self._device.threads)
        expected = self._run({part: self._load(part, plain) for part in self._files})
        self.send_event(event="checked")
        if self._device.kind == "gpu":
            report: dict[str, Any] | None = self._try_gpu()
        else:
            report = self._try_openvino(expected) if self._with_openvino else None
            report = report or self._optimise()
        self.send_event(event="done", report=report)

    def send_event(self, **event: Any) -> None:
        """Write an event."""
        self._output.write(json.dumps(event) + "\n")
        self._output.flush()

    def _load(self, part: str, device: Device) -> Network:
        files = self._files[part]
        return load_network(files.program, files.parameters, device)

    def _run(self, parts: Mapping[str, Network], side: int | None = None) -> list[Array]:
        if "click" in parts:
            return run_click_model(parts["click"], *((side, side) if side else ()))
        return [run_propagation_model(parts) - np.float32(0.5)]

    def _try_openvino(self, expected: list[Array]) -> dict[str, Any] | None:
        self._step("trying it out", CHECKED, self._half)
        try:
            exact = self._compiled(bf16=False)
            found = self._run(exact)
        except FramewiseError:
            return None
        if len(found) != len(expected) or not all(map(_is_close, found, expected)):
            return None
        report = {"runtime": "openvino", **self._bf16(exact, self._rough)}
        self._keep(report)
        return report

    def _rough(self) -> dict[str, Network]:
        self._step("trying it out in bfloat16", self._half, 1.0)
        return self._compiled(bf16=True)

    def _compiled(self, bf16: bool) -> dict[str, Network]:
        return {part: load_part(part, files, self._device, bf16) for part, files in self._files.items()}

    def _bf16(
        self, exact: Mapping[str, Network], rough: Callable[[], Mapping[str, Network]]
    ) -> dict[str, Any]:
        """Decide whether to compute in bfloat16; in doubt not. rough: makes the networks in bfloat16."""
        if not wants_bf16(self._device):
            return {"bf16": False}
        one, other = (self._run(parts, _SIDE)[0] > 0 for parts in (exact, rough()))
        agreement = mask_agreement(one, other)
        return {
            "bf16": self._device.precision == "bf16" or agreement >= LEAST_AGREEMENT,
            "agreement": agreement,
        }

    @property
    def _half(self) -> float:
        """Share of the progress at which float32 is done."""
        return (1 + CHECKED) / 2 if wants_bf16(self._device) else 1.0

    def _try_gpu(self) -> dict[str, Any]:
        self._step("trying it out on the GPU", CHECKED, 1.0)
        self._run({part: self._load(part, self._device) for part in self._files})
        report = {"bf16": False}
        self._keep(report)
        return report

    def _optimise(self) -> dict[str, Any]:
        exact = self._optimised(False, CHECKED, self._half)
        report = {"runtime": "paddle", **self._bf16(exact, lambda: self._optimised(True, self._half, 1.0))}
        self._keep(report)
        return report

    def _step(self, words: str, share: float, goal: float) -> None:
        """Report the next step. share, goal: of the progress before and after it."""
        self.send_event(event="progress", words=words, share=share, goal=goal)

    def _optimised(self, bf16: bool, first: float, last: float) -> dict[str, Network]:
        """Optimise every part. first, last: shares of the progress before and after it."""
        networks: dict[str, Network] = {}
        step = (last - first) / len(self._files)
        for index, (part, files) in enumerate(self._files.items()):
            self._step("optimising, this once", first + index * step, first + (index + 1) * step)
            with temporary_folder(self._folder) as draft:
                networks[part] = optimise_network(files.program, files.parameters, self._device, bf16, draft)
                move_files(_rename_outputs(draft, part, bf16), self._folder)
        return networks

    def _keep(self, report: dict[str, Any]) -> None:
        write_file(self._folder / REPORT, json.dumps(report).encode())


def mask_agreement(mask: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Return the share of pixels in which two masks agree; 0 if the first has too few on one side."""
    share = float(mask.mean())
    return float((mask == other).mean()) if LEAST_SHARE <= share <= 1 - LEAST_SHARE else 0.0


def _is_close(found: Array, expected: Array) -> bool:
    scale = max(1.0, float(np.abs(expected).max()))
    return found.shape == expected.shape and float(np.abs(found - expected).max()) <= _TOLERANCE * scale


def _rename_outputs(draft: Path, part: str, bf16: bool) -> list[Path]:
    stem = optimised_name(part, bf16)
    return [path.rename(path.with_name(stem + path.suffix)) for path in sorted(draft.iterdir())]


def _files(paths: list[str | None]) -> ModelFiles:
    program, parameters = paths
    return ModelFiles(Path(str(program)), Path(parameters) if parameters else None)


def main() -> None:
    """Serve one request of the process whose id is the argument."""
    end_with_parent(int(sys.argv[1]))
    # Paddle prints to the standard output, which must hold events alone.
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    probe = Probe(json.load(sys.stdin), output)
    try:
        probe.run()
    except FramewiseError as error:
        probe.send_event(event="error", error=error.to_wire())


if __name__ == "__main__":
    main()
