"""What a pipeline needs to know before it starts."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from app.domain.annotation import Orientation
from app.domain.engine_choice import EngineChoice, ModelKind

MEGABYTE = 2**20


def _ignore(_paths: Iterable[str], _below: str) -> None:
    """For those who write no log."""


def default_models_folder() -> Path:
    """Where the models of this user lie unless another folder is chosen."""
    return Path(platformdirs.user_data_dir("framewise")) / "models"


@dataclass(frozen=True, slots=True)
class Options:
    """How to run a pipeline.

    workspace: folder that holds one workspace folder a sequence. cache_bytes: decoded frames kept in memory.
    engine, propagation: what answers clicks and carries masks, see EngineChosen. choices: of earlier starts, for
    kinds of sequences; recent_models: paths of models used last. models_folder: the library of
    models; models_source: a web server in place of those of the catalogue. device: "auto", "cpu" or "gpu".
    threads: of each worker, 0 for all cores. prefetch: propagate after each commit by itself.
    orientation: in which scans open the first time, None for the way they were recorded.
    identify: exports may name the patient and say when they were made.
    labels_file: label list to begin with, None for that of the last start.
    autosave: kinds of files exported when a sequence is left, into autosave_folder.
    drop_folder: watched for new sequences; None keeps no worklist. learn: told of every path that is shown, and of
    the folder that it was found in.
    """

    workspace: Path
    cache_bytes: int = 512 * MEGABYTE
    engine: str = "best"
    propagation: str = ""
    choices: tuple[tuple[ModelKind, EngineChoice], ...] = ()
    recent_models: tuple[str, ...] = ()
    models_folder: Path = field(default_factory=default_models_folder)
    models_source: str = ""
    device: str = "auto"
    threads: int = 0
    prefetch: bool = True
    labels_file: Path | None = None
    autosave: tuple[str, ...] = ()
    autosave_folder: Path | None = None
    operator: str = ""
    drop_folder: Path | None = None
    learn: Callable[[Iterable[str], str], None] = _ignore
    identify: bool = False
    orientation: Orientation | None = None
    worker_env: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Variables for the workers: as many threads as asked for, in every library."""
        count = str(self.threads or os.cpu_count() or 1)
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        return {**dict.fromkeys(names, count), **self.worker_env}
