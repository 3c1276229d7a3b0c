"""Prepares a model for loading: checks it and probes it in a separate process, whose report is cached."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from app.domain.errors import ModelError
from app.files.atomic_file import write_file
from app.models.formats.static_model import ModelFiles, check_files
from app.models.openvino.part_loading import load_part
from app.models.openvino.runtime import openvino
from app.models.preparing.model_probe_result import REPORT, optimised_name
from app.models.preparing.probe_client import Progress, Runtime, probe_model
from app.models.runtime.device import Device
from app.models.runtime.device_selection import has_fast_bf16
from app.models.runtime.network import Network
from app.models.runtime.paddle_version import paddle_version

_CACHE_VERSION = 8  # of what is kept of a model; counted up when its preparation changes


@dataclass(frozen=True, slots=True)
class PreparedModel:
    """A model that can be loaded at once."""

    parts: Mapping[str, ModelFiles]
    device: Device
    bf16: bool  #: whether it runs in bfloat16
    runtime: Runtime

    def load(self) -> dict[str, Network]:
        """Load every part."""
        return {part: self._load(part, files) for part, files in self.parts.items()}

    def _load(self, part: str, files: ModelFiles) -> Network:
        if self.runtime == "openvino":
            return load_part(part, files, self.device, self.bf16)
        from app.models.runtime.paddle_network import load_network

        return load_network(files.program, files.parameters, self.device, self.bf16)


def prepare_model(
    parts: Mapping[str, ModelFiles], device: Device, cache: Path, progress: Progress | None = None
) -> PreparedModel:
    """Return the prepared model; quick if it was prepared before.

    parts: {"click": ...}, or the four parts of a propagation folder. cache: a folder of the program's own.
    Raises ModelError when the model cannot be used; loaded models are not affected.
    """
    report_progress = progress or (lambda words, share: None)
    for part, files in parts.items():
        _check_age(check_files(files, part).version, files.program)
    if device.kind == "gpu":
        if _runs_on_gpu(parts, device, cache / _key(parts, device), report_progress):
            report_progress("ready", 1.0)
            return PreparedModel(dict(parts), device, bf16=False, runtime="paddle")
        device = device.as_cpu()
    folder = cache / _key(parts, device)
    report = _read_report(folder / REPORT) or _probe_model(parts, device, folder, report_progress)
    report_progress("ready", 1.0)
    if report.get("plain"):
        return PreparedModel(dict(parts), device, bf16=False, runtime="paddle")
    bf16 = bool(report["bf16"])
    if report["runtime"] == "openvino":
        return PreparedModel(dict(parts), device, bf16, "openvino")
    return PreparedModel(
        {part: _optimised_files(folder, part, bf16) for part in parts}, device, bf16, "paddle"
    )


def _optimised_files(folder: Path, part: str, bf16: bool) -> ModelFiles:
    base = folder / optimised_name(part, bf16)
    parameters = base.with_suffix(".pdiparams")
    return ModelFiles(base.with_suffix(".pdmodel"), parameters if parameters.stat().st_size else None)


def _check_age(version: tuple[int, int, int], path: Path) -> None:
    own = paddle_version()
    if version[0] > int(own.partition(".")[0]):
        raise ModelError(
            f"The model was written by Paddle {version[0]}; this is Paddle {own}.",
            subject=path,
            remedy="Export it again with an older Paddle, as .pdmodel, or install a newer Paddle.",
        )


def _key(parts: Mapping[str, ModelFiles], device: Device) -> str:
    digest = hashlib.sha256()
    place = f"{device.kind} {device.precision} {has_fast_bf16()}"
    digest.update(f"{_CACHE_VERSION} {paddle_version()} {openvino.__version__} {place}".encode())
    for part in sorted(parts):
        for path in (parts[part].program, parts[part].parameters):
            if path is not None:
                with open(path, "rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:24]


def _read_report(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _runs_on_gpu(
    parts: Mapping[str, ModelFiles], device: Device, folder: Path, report_progress: Progress
) -> bool:
    """Whether a model runs on a GPU; not if it is too large for its memory, for example."""
    return (
        _read_report(folder / REPORT) is not None
        or probe_model(parts, device, folder, "paddle", report_progress) is not None
    )


def _probe_model(
    parts: Mapping[str, ModelFiles], device: Device, folder: Path, report_progress: Progress
) -> dict[str, Any]:
    for runtime in get_args(Runtime):
        report = probe_model(parts, device, folder, runtime, report_progress)
        if report is not None:
            return report
    # It runs as it is but cannot be optimised, as with the .json programs of Paddle 3.3.
    write_file(folder / REPORT, json.dumps({"plain": True}).encode())
    return {"plain": True}
