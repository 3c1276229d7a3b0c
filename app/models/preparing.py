"""Makes a model ready to be loaded: checked, and tried in a process of its own, whose findings are kept."""

from __future__ import annotations

import hashlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from app.errors import ModelError, from_wire
from app.models.device import Device, has_fast_bf16, paddle_version
from app.models.findings import CHECKED, REPORT, optimised_name
from app.models.network import Network
from app.models.openvino.parts import load_part
from app.models.openvino.runtime import openvino
from app.models.static_model import ModelFiles, check
from app.models.whole_file import write_whole

Progress = Callable[[str, float], None]
"""Called with what is being done and the share of it that is done, in [0, 1]."""
CHECK_SECONDS, OPTIMISE_SECONDS = 60.0, 600.0
Runtime = Literal["openvino", "paddle"]
"""What may run a model on the processor, the better one first."""
_FORM = 8
_ALIVE_SECONDS = 1.0
_APPROACH = 0.08
"""Nobody says how far a step is: the share creeps towards that of its end."""
_ROOT = Path(__file__).parents[2]
_REMEDY = "Choose another model; the one in use stays in use."


@dataclass(frozen=True, slots=True)
class Prepared:
    """A model that can be loaded at once. bf16: whether it runs in bfloat16; runtime: what runs it."""

    parts: Mapping[str, ModelFiles]
    device: Device
    bf16: bool
    runtime: Runtime

    def load(self) -> dict[str, Network]:
        """Load every part."""
        return {part: self._load(part, files) for part, files in self.parts.items()}

    def _load(self, part: str, files: ModelFiles) -> Network:
        if self.runtime == "openvino":
            return load_part(part, files, self.device, self.bf16)
        from app.models.paddle_network import load_network

        return load_network(files.program, files.parameters, self.device, self.bf16)


def prepare(
    parts: Mapping[str, ModelFiles], device: Device, cache: Path, progress: Progress | None = None
) -> Prepared:
    """Return the model ready to be loaded; quick when it was prepared before.

    parts: {"click": ...}, or the four parts of a propagation folder. cache: a folder of the program's own.
    Raises ModelError when the model cannot be used; whatever is loaded already is not touched.
    """
    tell = progress or (lambda words, share: None)
    for part, files in parts.items():
        _check_age(check(files, part).version, files.program)
    folder = cache / _key(parts, device)
    report = _read(folder / REPORT)
    if report is None:
        report = _report(parts, device, folder, tell)
    tell("ready", 1.0)
    if report.get("plain") or device.kind == "gpu":
        return Prepared(dict(parts), device, bf16=False, runtime="paddle")
    bf16 = bool(report["bf16"])
    if report["runtime"] == "openvino":
        return Prepared(dict(parts), device, bf16, "openvino")
    return Prepared({part: _kept(folder, part, bf16) for part in parts}, device, bf16, "paddle")


def _kept(folder: Path, part: str, bf16: bool) -> ModelFiles:
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
    digest.update(f"{_FORM} {paddle_version()} {openvino.__version__} {place}".encode())
    for part in sorted(parts):
        for path in (parts[part].program, parts[part].parameters):
            if path is not None:
                with open(path, "rb") as file:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:24]


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _report(parts: Mapping[str, ModelFiles], device: Device, folder: Path, tell: Progress) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    for runtime in get_args(Runtime):
        request = {
            "parts": {part: _paths(files) for part, files in parts.items()},
            "device": asdict(device),
            "folder": str(folder),
            "runtime": runtime,
        }
        report = _probe(request, tell)
        if report is not None:
            return report
    # It runs as it is but nothing can make it faster, as with the .json programs of Paddle 3.3.
    write_whole(folder / REPORT, json.dumps({"plain": True}).encode())
    return {"plain": True}


def _probe(request: dict[str, Any], tell: Progress) -> dict[str, Any] | None:
    """Return what a probe finds, None when the model runs but the runtime ends on it."""
    checked, names = False, ", ".join(Path(program).name for program, _ in request["parts"].values())
    words, share, goal = "starting", 0.0, CHECKED
    for event in _events(request):
        kind = event["event"]
        if kind == "alive":
            share += (goal - share) * _APPROACH
            tell(words, share)
        elif kind == "progress":
            words, share, goal = event["words"], event["share"], event["goal"]
            tell(words, share)
        elif kind == "error":
            raise from_wire(event["error"])
        elif kind == "checked":
            checked = True
        elif kind == "done":
            return dict(event["report"])
        elif not checked:
            raise ModelError(event["reason"], subject=names, remedy=_REMEDY)
    return None


def _paths(files: ModelFiles) -> list[str | None]:
    return [str(files.program.resolve()), str(files.parameters.resolve()) if files.parameters else None]


def _events(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what a probe says, and {"event": "alive"} once a second while it is silent.

    Last of all comes {"event": "died", "reason": ...} if it ends before it is done.
    """
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "app.models.probe"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
        env=environment,
        text=True,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(request))
        process.stdin.close()
        try:
            yield from _lines(process)
        finally:
            process.kill()


def _lines(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    lines: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_pump, args=(process, lines), daemon=True)
    reader.start()
    limit = CHECK_SECONDS
    until = time.monotonic() + limit
    while True:
        try:
            line = lines.get(timeout=min(_ALIVE_SECONDS, limit))
        except queue.Empty:
            if time.monotonic() < until:
                yield {"event": "alive"}
                continue
            yield {"event": "died", "reason": "The model takes too long."}
            return
        if line is None:
            yield {
                "event": "died",
                "reason": f"Paddle cannot load the model (it ended with {process.wait()}).",
            }
            return
        event = json.loads(line)
        yield event
        if event["event"] == "checked":
            limit = OPTIMISE_SECONDS
        until = time.monotonic() + limit


def _pump(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put(None)
