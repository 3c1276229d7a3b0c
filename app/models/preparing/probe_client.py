"""Runs a probe process for a model, and survives what the model does to that process."""

import json
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from app.domain.errors import ModelError, from_wire
from app.files.process_activity import ProcessActivity
from app.models.formats.static_model import ModelFiles
from app.models.preparing.model_probe_result import CHECKED
from app.models.runtime.device import Device

Progress = Callable[[str, float], None]  # Called with the step and the share that is done, in [0, 1].
Runtime = Literal["openvino", "paddle"]  # What may run a model on the processor, the better one first.
# Of silence that a probe had for itself, so that a busy machine breaks no limit; optimising takes half a minute.
CHECK_SECONDS, OPTIMISE_SECONDS = 60.0, 600.0
_HEARTBEAT_SECONDS = 1.0  # Between calls of progress while the probe is silent.
_PROGRESS_STEP = 0.08  # Of the rest of a step, per heartbeat, since a step does not report its own progress.
_ROOT = Path(__file__).parents[3]
_REMEDY = "Choose another model; the one in use stays in use."
_log = logging.getLogger(__name__)


def probe_model(
    parts: Mapping[str, ModelFiles], device: Device, folder: Path, runtime: Runtime, tell: Progress
) -> dict[str, Any] | None:
    """Return the report of a probe; None if the model runs, but not on this runtime or GPU.

    folder: for its results. Raises ModelError when the model cannot be used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    request = {
        "parts": {part: _paths(files) for part, files in parts.items()},
        "device": asdict(device),
        "folder": str(folder),
        "runtime": runtime,
    }
    checked, names = False, ", ".join(files.program.name for files in parts.values())
    words, share, goal = "starting", 0.0, CHECKED
    for event in _events(request):
        kind = event["event"]
        if kind == "alive":
            share += (goal - share) * _PROGRESS_STEP
            tell(words, share)
        elif kind == "progress":
            words, share, goal = event["words"], event["share"], event["goal"]
            tell(words, share)
        elif kind == "checked":
            checked = True
        elif kind == "done":
            return dict(event["report"])
        elif kind == "error":
            error = from_wire(event["error"])
            if not checked or device.kind == "cpu":
                raise error
            _log.warning("%s", error)
        elif not checked:
            raise ModelError(event["reason"], subject=names, remedy=_REMEDY)
    return None


def _paths(files: ModelFiles) -> list[str | None]:
    return [str(files.program.resolve()), str(files.parameters.resolve()) if files.parameters else None]


def _events(request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the events of a probe, and {"event": "alive"} once a second while it is silent.

    The last is {"event": "died", "reason": ...} if it ends before it is done.
    """
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "app.models.preparing.probe_process", str(os.getpid())],
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
    reader = threading.Thread(target=_forward_lines, args=(process, lines), daemon=True)
    reader.start()
    limit, silence, activity = CHECK_SECONDS, 0.0, ProcessActivity(process.pid)
    while True:
        pause = min(_HEARTBEAT_SECONDS, limit)
        try:
            line = lines.get(timeout=pause)
        except queue.Empty:
            silence += activity.sample(pause).working_time(pause)
            if silence < limit:
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
        silence = 0.0


def _forward_lines(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put(None)
