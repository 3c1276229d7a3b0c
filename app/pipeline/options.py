"""Options of a pipeline."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from app.domain.annotation import Orientation
from app.domain.batch_jobs import TimeWindow
from app.domain.engine_choice import EngineChoice, ModelKind
from app.domain.worklist.repeat_readings import RepeatRule
from app.pipeline.dicom_network.network_options import NetworkOptions

MEGABYTE = 2**20  # bytes


def _ignore(_paths: Iterable[str], _below: str) -> None:
    """Do nothing; the default where no log is written."""


def default_models_folder() -> Path:
    """Return the folder of this user's models unless another one is chosen."""
    return Path(platformdirs.user_data_dir("framewise")) / "models"


@dataclass(frozen=True, slots=True)
class NightOptions:
    """Time and place of the propagation of queued sequences."""

    hours: TimeWindow | None = None  #: None for any
    idle_minutes: float = 10.0  #: without a key or the mouse
    scheduler: str = ""  #: address of a scheduler of Dask whose workers do the jobs, "" for this machine
    insecure: bool = False  #: without TLS beyond this machine
    share: bool = False  #: the workers see the sources under the paths that they have here
    learns: bool = False  #: tune the model that ships on verified masks once the jobs are done


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a pipeline."""

    workspace: Path  #: folder of the workspace folders, one a sequence
    cache_bytes: int = 512 * MEGABYTE  #: of decoded frames
    engine: str = "best"  #: for clicks, see EngineChosen
    propagation: str = ""  #: engine of propagations, "" for the same
    choices: tuple[tuple[ModelKind, EngineChoice], ...] = ()  #: of earlier starts, by kind of sequence
    recent_models: tuple[str, ...] = ()  #: paths of models used last
    models_folder: Path = field(default_factory=default_models_folder)  #: the model library
    models_source: str = ""  #: a web server in place of those of the catalogue
    device: str = "auto"  #: "auto", "cpu" or "gpu"
    threads: int = 0  #: of each worker, 0 for all cores
    prefetch: bool = True  #: propagate by itself after each commit
    labels_file: Path | None = None  #: label list to begin with, None for that of the last start
    autosave: tuple[str, ...] = ()  #: kinds of files exported when a sequence is left
    autosave_folder: Path | None = None
    operator: str = ""
    drop_folder: Path | None = None  #: watched for new sequences; None keeps no worklist
    network: NetworkOptions | None = None  #: of the DICOM network; None for none
    night: NightOptions | None = None  #: None keeps no queue
    repeats: RepeatRule = RepeatRule()  #: which finished sequences are read again
    #: called with paths that are shown and their folder
    learn: Callable[[Iterable[str], str], None] = _ignore
    check_pictures: bool = True  #: exported pictures are looked over for text and faces
    inspect: bool = False  #: sequences are looked over for text and faces in the background
    identify: bool = False  #: exports may name the patient and the time
    orientation: Orientation | None = None  #: of scans opened the first time, None as they were recorded

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables of the workers, which set the threads of every library."""
        count = str(self.threads or os.cpu_count() or 1)
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        return dict.fromkeys(names, count)
