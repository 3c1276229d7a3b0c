"""Studies sent to the receiver by dcmtk: with cut connections, duplicates and hostile peers between."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, generate_uid

SIDE = 64  # pixels of a slice
WAIT_SECONDS = 600.0
TITLE, CALLER = "FRAMEWISE", "SCANNER"


@dataclass
class ReceiverCounts:
    """What a campaign has shown."""

    studies: int
    slices: int
    cut: int = 0  #: connections ended in the middle
    killed: int = 0  #: ends of the receiver by SIGKILL
    refused: int = 0  #: hostile peers that were hung up on, of those that came
    hostile: int = 0
    seconds: float = 0.0
    delivered: dict[str, int] = field(default_factory=dict)  #: instances by folder in the drop folder
    peak: int = 0  #: bytes of the receiver's memory


class ReceiverCampaign:
    """A receiver, and scanners that send to it."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self._folder, self._chance = folder, chance
        self._process: subprocess.Popen[str] | None = None
        self._port = 0

    def run(self, studies: int, slices: int, cuts: int) -> ReceiverCounts:
        """Send studies of some slices each, cut connections, and kill the receiver once. Returns what arrived."""
        counts = ReceiverCounts(studies, studies * slices)
        sources = [self._write_study(number, slices) for number in range(studies)]
        self._start()
        began = time.monotonic()
        cut = set(self._chance.sample(range(studies), min(cuts, studies)))
        for number, source in enumerate(sources):
            if number in cut:
                counts.cut += self._send_cut(source)
            if number == studies // 2:
                self._kill_and_restart()
                counts.killed += 1
            self._attack(counts)
            self._send(source)
        self._wait(studies, slices, counts)
        counts.seconds = time.monotonic() - began
        counts.peak = self._peak()
        return counts

    def _write_study(self, number: int, slices: int) -> Path:
        folder = self._folder / f"scanner{number}"
        folder.mkdir()
        study = generate_uid()[:48].rstrip(".")
        for index in range(slices):
            _write_slice(folder / f"{index:05}.dcm", study, index)
        return folder

    def _start(self) -> None:
        words = ["--folder", str(self._folder / "network"), "--listen", f"{TITLE}@127.0.0.1:0"]
        words += [
            "--callers",
            CALLER,
            "--drop-folder",
            str(self._folder / "drop"),
            "--quiet",
            "5",
            "--cut",
            "20",
        ]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "framewise", "receive", *words], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            found = re.search(r"port (\d+)", line)
            if found is not None:
                self._port = int(found[1])
                return
        raise RuntimeError("The receiver did not start.")

    def _kill_and_restart(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        with self._process:
            pass
        self._start()

    def _command(self, source: Path) -> list[str]:
        where = ["127.0.0.1", str(self._port)]
        return ["storescu", "-aet", CALLER, "-aec", TITLE, *where, "--scan-directories", str(source)]

    def _send(self, source: Path) -> None:
        subprocess.run(self._command(source), check=True, timeout=WAIT_SECONDS)

    def _send_cut(self, source: Path) -> int:
        """Send until some files have arrived, and kill the sender."""
        staging = self._folder / "network" / "staging" / _study_of(source)
        with subprocess.Popen(self._command(source), stderr=subprocess.DEVNULL) as sender:
            wanted = self._chance.randrange(5, len(list(source.iterdir())) // 2)
            ends = time.monotonic() + WAIT_SECONDS
            while _count(staging) < wanted and sender.poll() is None and time.monotonic() < ends:
                time.sleep(0.01)
            was_sending = sender.poll() is None
            sender.kill()
        return int(was_sending)

    def _attack(self, counts: ReceiverCounts) -> None:
        """Connect as peers that no scanner is: a huge PDU, rubbish, endless data, wrong titles."""
        huge = struct.pack(">BBL", 1, 0, 0xFFFFFF00)
        for attack in (huge, self._chance.randbytes(4096), struct.pack(">BBL", 4, 0, 1 << 19)):
            counts.hostile += 1
            counts.refused += self._is_hung_up(attack)
        for words in (["-aec", "OTHER", "-aet", CALLER], ["-aec", TITLE, "-aet", "STRANGER"]):
            counts.hostile += 1
            done = subprocess.run(
                ["echoscu", *words, "127.0.0.1", str(self._port)], check=False, stderr=subprocess.DEVNULL
            )
            counts.refused += done.returncode != 0

    def _is_hung_up(self, attack: bytes) -> bool:
        with socket.create_connection(("127.0.0.1", self._port), WAIT_SECONDS) as peer, suppress(OSError):
            peer.sendall(attack)
            for _ in range(64):  # 64 MiB at most
                peer.sendall(bytes(1 << 20))
            peer.shutdown(socket.SHUT_WR)
            while peer.recv(4096):
                pass
        return True

    def _wait(self, studies: int, slices: int, counts: ReceiverCounts) -> None:
        ends = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < ends:
            drop = self._folder / "drop"
            counts.delivered = (
                {folder.name: _count(folder) for folder in drop.iterdir()} if drop.is_dir() else {}
            )
            if len(counts.delivered) >= studies and set(counts.delivered.values()) == {slices}:
                return
            time.sleep(1)

    def _peak(self) -> int:
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) * 1024 if found else 0

    def close(self) -> None:
        """End the receiver."""
        if self._process is not None:
            self._process.kill()
            with self._process:
                pass


def is_whole(folder: Path) -> bool:
    """Return whether every instance in a folder can be read with its pixels."""
    return all(
        len(pydicom.dcmread(os.fspath(file)).PixelData) == 2 * SIDE * SIDE for file in folder.rglob("*.dcm")
    )


def _study_of(source: Path) -> str:
    """Return the UID of the study in a scanner's folder."""
    return str(pydicom.dcmread(next(source.iterdir()), stop_before_pixels=True).StudyInstanceUID)


def _count(folder: Path) -> int:
    """Return the number of instances in a folder, which studies may just be leaving."""
    return sum(name.endswith(".dcm") for _, _, names in os.walk(folder) for name in names)


def _write_slice(path: Path, study: str, index: int) -> None:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = CTImageStorage
    meta.MediaStorageSOPInstanceUID = UID(f"{study}.1.{index}")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID, data.SeriesInstanceUID, data.StudyDate = study, f"{study}.1", "20261129"
    data.InstanceNumber, data.Modality, data.Rows, data.Columns = index, "CT", SIDE, SIDE
    data.ImagePositionPatient, data.ImageOrientationPatient = [0, 0, index], [1, 0, 0, 0, 1, 0]
    data.PixelSpacing, data.SamplesPerPixel, data.PhotometricInterpretation = [1, 1], 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 0
    data.PixelData = index.to_bytes(2, "little") * SIDE * SIDE
    data.save_as(path, enforce_file_format=True)
