"""A study on its way through the program: from the scanner to the worklist, and its masks to the archive."""

from __future__ import annotations

import re
from pathlib import Path

import pydicom

from app.domain.annotation import Label
from app.domain.dicom_node import DicomNode
from app.domain.mask_operations import Stroke
from app.messages import events as ev
from app.messages.snapshot import Snapshot
from app.pipeline.client import Client
from app.pipeline.dicom_network.network_options import NetworkOptions
from app.pipeline.options import Options
from tests.pipeline.dicom_network.conftest import archive, dcmtk, free_port, study

__all__ = ["study"]


def told(client: Client, pattern: str) -> re.Match[str]:
    """Return the match of a pattern in a message, once there is one."""

    def find(snapshot: Snapshot) -> list[re.Match[str]]:
        return [found for toast in snapshot.toasts if (found := re.search(pattern, toast.text))]

    return find(client.wait_for_state(lambda snapshot: bool(find(snapshot))))[0]


def test_a_study_arrives_in_the_worklist_and_its_masks_in_the_archive(tmp_path, study):
    drop_folder, received = tmp_path / "drop", tmp_path / "archive"
    drop_folder.mkdir()
    network = NetworkOptions(
        tmp_path / "work" / "dicom-network",
        DicomNode("FRAMEWISE", "127.0.0.1", 0),
        ("SCANNER",),
        drop_folder,
        archive=DicomNode("ARCHIVE", "127.0.0.1", free_port()),
        quiet_seconds=1,
    )
    options = Options(
        tmp_path / "work",
        engine="classic",
        device="cpu",
        prefetch=False,
        drop_folder=drop_folder,
        network=network,
    )
    with archive(network.archive.port, received), Client(options) as client:
        port = int(told(client, r"port (\d+)")[1])
        assert dcmtk("storescu", port, *study[1]) == 0
        entry = client.wait_for_state(
            lambda s: any(entry.can_open and entry.name.startswith("study_") for entry in s.worklist.entries)
        ).worklist.entries[0]
        client.open_sequence(Path(entry.path), None, None)
        client.post(ev.LabelsReplaced((Label(1, "liver", (255, 0, 0)),)))
        client.post(ev.MaskEditRequested(3, Stroke(((4.0, 4.0), (9.0, 9.0)), 3.0, erase=False)))
        client.post(ev.ArchiveRequested())
        told(client, "is in ARCHIVE")
    (file,) = received.iterdir()
    sent = pydicom.dcmread(file)
    assert sent.StudyInstanceUID == study[0]
    assert sent.PatientName == "Planted^Name"  # an archive files it by the patient
    assert sent.Modality == "SEG"
