"""Objects of the outbox, sent to a real dcmtk archive and to one that refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.dicom_node import DicomNode, parse_node
from app.domain.errors import UsageError
from app.files.atomic_file import atomic_file
from app.pipeline.dicom_network.network_options import outbox_of
from app.pipeline.dicom_network.sender import ArchiveUnreachable, send_file
from tests.pipeline.dicom_network.conftest import archive, free_port, instances


def put(files: list[Path], folder: Path) -> None:
    outbox = outbox_of(folder)
    outbox.mkdir(parents=True, exist_ok=True)
    for file in files:
        with atomic_file(outbox / file.name) as draft:
            draft.write_bytes(file.read_bytes())


def test_what_waits_is_sent_when_the_archive_comes_back(network, study, tmp_path):
    port, received = free_port(), tmp_path / "archive"
    put(study[1][:3], tmp_path / "network")
    process = network("--archive", f"ARCHIVE@127.0.0.1:{port}")
    process.wait_for("The archive does not answer. .*3 files wait")
    with archive(port, received):
        for file in study[1][:3]:
            process.wait_for(f"{file.name} is in ARCHIVE")
    assert len(instances(received)) == 3
    assert not list(outbox_of(process.folder).glob("*.dcm"))


def test_what_the_archive_never_takes_is_put_aside_with_the_reason(network, study, tmp_path):
    put([study[1][0]], tmp_path / "network")
    (outbox_of(tmp_path / "network") / "text.dcm").write_text("this is no DICOM file")
    with archive(port := free_port(), tmp_path / "archive"):
        process = network("--archive", f"ARCHIVE@127.0.0.1:{port}")
        process.wait_for("text.dcm: This cannot be sent")
        process.wait_for(f"{study[1][0].name} is in ARCHIVE")
    assert [file.name for file in (outbox_of(process.folder) / "refused").iterdir()] == ["text.dcm"]


def test_a_refused_association_is_no_lost_object(study, tmp_path):
    with archive(port := free_port(), tmp_path / "archive", "--refuse"), pytest.raises(ArchiveUnreachable):
        send_file(study[1][0], DicomNode("ARCHIVE", "127.0.0.1", port))


def test_a_node_is_read_as_it_is_written():
    for text in ("PACS@10.0.0.9:104", "A B@host.example:11112", "PACS@[::1]:104"):
        assert str(parse_node(text)) == text
    for text in (
        "",
        "PACS",
        "PACS@host",
        "@host:104",
        "PACS@host:99999",
        "SEVENTEEN_LETTERS@h:1",
        "A\\B@h:1",
    ):
        with pytest.raises(UsageError):
            parse_node(text)
