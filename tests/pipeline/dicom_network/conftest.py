"""A network process, and studies to send to it."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pydicom
import pytest
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, generate_uid

WAIT_SECONDS = 60.0  # generous: the machine may be busy
#: The receiver on a disk on which any room is too little.
FULL_DISK = """
import sys
from app.headless import receive_command
from app.pipeline.dicom_network import study_store
study_store.FREE_BYTES = 1 << 60
sys.exit(receive_command.main(sys.argv[2:]))
"""


@dataclass
class NetworkProcess:
    """A running `framewise receive`, and the lines that it has printed."""

    process: subprocess.Popen[str]
    folder: Path
    drop_folder: Path
    lines: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    reader: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Return the first match of a pattern among the lines, once there is one."""

        def find() -> re.Match[str] | None:
            return next(filter(None, (re.search(pattern, line) for line in self.lines)), None)

        with self.changed:
            assert self.changed.wait_for(find, WAIT_SECONDS), (pattern, self.lines)
            found = find()
        assert found is not None
        return found

    @property
    def port(self) -> int:
        return int(self.wait_for(r"port (\d+)")[1])

    def _read(self) -> None:
        """Take lines until the process ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()


@pytest.fixture
def network(tmp_path) -> Iterator[Callable[..., NetworkProcess]]:
    """Start network processes; they end with the test."""
    started: list[NetworkProcess] = []

    def start(
        *options: str,
        callers: Sequence[str] = ("SCANNER",),
        listen: str = "FRAMEWISE@127.0.0.1:0",
        is_full: bool = False,
    ) -> NetworkProcess:
        folder, drop_folder = tmp_path / "network", tmp_path / "drop"
        program = ["-c", FULL_DISK] if is_full else ["-m", "framewise"]
        command = [sys.executable, *program, "receive", "--folder", str(folder), "--end-with-stdin"]
        receive = ["--listen", listen, "--callers", *callers, "--drop-folder", str(drop_folder)]
        process = subprocess.Popen(
            [*command, *receive, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(NetworkProcess(process, folder, drop_folder))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.reader.join(WAIT_SECONDS)
        with one.process:
            pass


def write_instance(folder: Path, study: str, number: int, side: int = 16) -> Path:
    """Write one CT image of a study."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = UID(f"{study}.1.{number}")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = generate_uid()
    path = folder / f"{number:05}.dcm"
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID, data.SeriesInstanceUID = study, f"{study}.1"
    data.StudyDate, data.PatientName, data.Modality = "20261129", "Planted^Name", "CT"
    data.InstanceNumber, data.Rows, data.Columns = number, side, side
    data.ImagePositionPatient, data.ImageOrientationPatient = [0, 0, number], [1, 0, 0, 0, 1, 0]
    data.PixelSpacing, data.SliceThickness = [1, 1], 1
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 0
    data.PixelData = bytes([number % 256, 0]) * side * side
    data.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture
def study(tmp_path) -> tuple[str, list[Path]]:
    """The UID of a study and its 12 images."""
    uid, folder = generate_uid(entropy_srcs=[str(tmp_path)])[:48].rstrip("."), tmp_path / "scanner"
    folder.mkdir()
    return uid, [write_instance(folder, uid, number) for number in range(12)]


def instances(folder: Path) -> set[str]:
    """Return the UIDs of the instances in a folder, each read whole."""
    return {str(pydicom.dcmread(file).SOPInstanceUID) for file in folder.rglob("*.dcm")}


def dcmtk(command: str, port: int, *files: object, caller: str = "SCANNER", called: str = "FRAMEWISE") -> int:
    words = [command, "-aet", caller, "-aec", called, "127.0.0.1", str(port), *map(str, files)]
    return subprocess.run(words, check=False, capture_output=True, timeout=WAIT_SECONDS).returncode


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def archive(port: int, folder: Path, *options: str):
    """Run dcmtk's storescp, which writes what it takes into a folder."""
    folder.mkdir(exist_ok=True)
    command = ["storescp", "--output-directory", str(folder), "-fe", ".dcm", *options, str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        ends = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < ends and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                continue
        yield
        process.kill()
