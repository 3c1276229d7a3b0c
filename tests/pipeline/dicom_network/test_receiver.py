"""Studies sent by dcmtk and by hostile peers to a real network process."""

from __future__ import annotations

import os
import socket
import stat
import struct
from contextlib import suppress
from functools import partial

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE
from pynetdicom.dsutils import encode
from pynetdicom.sop_class import CTImageStorage, Verification  # type: ignore[attr-defined]

from app.pipeline.dicom_network.limited_server import CHECK_BYTES
from app.pipeline.dicom_network.receiver import IncomingSweep
from tests.pipeline.dicom_network.conftest import WAIT_SECONDS, dcmtk, instances

PDU_ASSOCIATE, PDU_DATA, PDU_ABORT = 1, 4, 7


def is_alive(port: int) -> bool:
    return dcmtk("echoscu", port) == 0


def test_a_study_moves_to_the_drop_folder_whole_and_says_nothing_of_the_patient(network, study):
    process = network("--quiet", "1")
    _, files = study
    assert dcmtk("storescu", process.port, *files) == 0
    name = process.wait_for(r"(study_2026-11-29_\w+) arrived: 12 images")[1]
    assert [folder.name for folder in process.drop_folder.iterdir()] == [name]
    assert len(instances(process.drop_folder / name)) == len(files)
    assert not [line for line in process.lines if "Planted" in line]
    assert stat.S_IMODE(process.folder.stat().st_mode) == 0o700


def test_nothing_is_delivered_while_its_association_is_open(network, study):
    process = network("--quiet", "0")
    _, files = study
    entity = AE(ae_title="SCANNER")
    entity.add_requested_context(CTImageStorage)
    association = entity.associate("127.0.0.1", process.port, ae_title="FRAMEWISE")
    for file in files[:6]:
        assert association.send_c_store(dcmread(file)).Status == 0
    assert is_alive(process.port)
    assert not any("arrived" in line for line in process.lines)
    for file in files[6:]:
        assert association.send_c_store(dcmread(file)).Status == 0
    association.release()
    process.wait_for("arrived: 12 images")


def test_a_cut_study_waits_for_the_rest_and_arrives_once(network, study):
    process = network("--quiet", "1", "--cut", "300")
    _, files = study
    entity = AE(ae_title="SCANNER")
    entity.add_requested_context(CTImageStorage)
    association = entity.associate("127.0.0.1", process.port, ae_title="FRAMEWISE")
    for file in files[:5]:
        assert association.send_c_store(dcmread(file)).Status == 0
    association.dul.socket.close()  # the cable is pulled
    assert dcmtk("storescu", process.port, *files) == 0  # from the start again, with duplicates
    process.wait_for("arrived: 12 images")
    assert len(list(process.drop_folder.iterdir())) == 1
    assert len(instances(process.drop_folder)) == len(files)


def test_what_comes_later_joins_its_study(network, study):
    process = network("--quiet", "0.5")
    _, files = study
    dcmtk("storescu", process.port, *files[:7])
    process.wait_for("arrived: 7 images")
    dcmtk("storescu", process.port, *files[4:])
    process.wait_for("arrived: 8 images")
    assert len(instances(process.drop_folder)) == 12
    assert len(list(process.drop_folder.iterdir())) == 1


def test_a_study_survives_kill_of_the_receiver(network, study):
    _, files = study
    first = network("--quiet", "300")
    dcmtk("storescu", first.port, *files)
    first.process.kill()
    first.process.wait(WAIT_SECONDS)
    second = network("--quiet", "1", "--cut", "1")
    second.wait_for("arrived: 12 images. The connection was cut")
    assert len(instances(second.drop_folder)) == len(files)


@pytest.mark.parametrize(("caller", "called"), [("STRANGER", "FRAMEWISE"), ("SCANNER", "ELSEWHERE")])
def test_wrong_titles_are_refused_and_named(network, study, caller, called):
    process = network("--quiet", "0.5")
    assert dcmtk("storescu", process.port, *study[1], caller=caller, called=called) != 0
    process.wait_for(f"{caller}.*{called}.*refused")
    assert is_alive(process.port)
    assert not instances(process.folder)


def test_hostile_peers_end_and_the_receiver_serves_on(network):
    process = network()
    huge = struct.pack(">BBL", PDU_ASSOCIATE, 0, 0xFFFFFFF0) + bytes(1 << 16)
    for attack in (huge, b"GET / HTTP/1.1\r\n\r\n", bytes(6), struct.pack(">BBL", PDU_DATA, 0, 4), b"\x01"):
        with socket.create_connection(("127.0.0.1", process.port), WAIT_SECONDS) as peer:
            peer.sendall(attack)
            peer.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(partial(_receive, peer), b""))
            assert not answer or answer[0] == PDU_ABORT
        assert is_alive(process.port)


def _receive(peer: socket.socket) -> bytes:
    try:
        return peer.recv(4096)
    except ConnectionError:
        return b""


def fragment(association, header, piece):
    """Return a PDU with a piece of a message. header: message control header (PS3.8 annex E.2)."""
    value = struct.pack(">LBB", len(piece) + 2, association.accepted_contexts[0].context_id, header) + piece
    return struct.pack(">BBL", PDU_DATA, 0, len(value)) + value


def sent_until_cut_off(association, header, limit=64 << 20):
    """Send pieces until the peer hangs up; return their bytes, the limit where it does not."""
    connection, pdu, sent = association.dul.socket.socket, fragment(association, header, bytes(1 << 14)), 0
    with connection, suppress(OSError):
        while sent < limit:
            connection.sendall(pdu)
            sent += len(pdu)
    return sent


@pytest.mark.parametrize("kind", [1, 0], ids=["command set", "data set that belongs to nothing"])
def test_endless_data_of_one_message_is_cut_off(network, kind):
    """The association is hung up within its limit."""
    process = network()
    entity = AE(ae_title="SCANNER")
    entity.add_requested_context(Verification)
    association = entity.associate("127.0.0.1", process.port, ae_title="FRAMEWISE")
    assert sent_until_cut_off(association, kind) < 64 << 20
    assert is_alive(process.port)


def test_an_image_for_which_the_disk_has_no_room_is_cut_off_before_it_is_full(network):
    process = network(is_full=True)
    command = Dataset()
    command.AffectedSOPClassUID, command.AffectedSOPInstanceUID = CTImageStorage, "1.2.3"
    command.CommandField, command.CommandDataSetType = 0x0001, 0
    command.MessageID, command.Priority = 1, 0
    entity = AE(ae_title="SCANNER")
    entity.add_requested_context(CTImageStorage)
    association = entity.associate("127.0.0.1", process.port, ae_title="FRAMEWISE")
    association.dul.socket.socket.sendall(fragment(association, 3, encode(command, True, True)))
    assert sent_until_cut_off(association, 0, 128 << 20) < 128 << 20
    process.wait_for("SCANNER.*disk is nearly full")
    assert sum(file.stat().st_size for file in (process.folder / "incoming").iterdir()) < 2 * CHECK_BYTES


def test_only_what_no_longer_grows_is_cleared_from_what_is_incoming_whatever_the_clock_says(tmp_path):
    old, new = tmp_path / "old.dcm", tmp_path / "new.dcm"
    sweep = IncomingSweep(tmp_path)
    for second in range(0, 1000, 100):
        if second == 0:
            old.touch()
        new.write_bytes(bytes(second + 1))
        os.utime(new, (1000, 1000))
        sweep.clear(float(second))
    assert list(tmp_path.iterdir()) == [new]


@pytest.mark.parametrize(
    ("callers", "words"), [((), "no AE title may send"), (("A\\B",), "no AE title. It has")]
)
def test_without_callers_or_with_impossible_ones_it_does_not_start(network, callers, words):
    network(callers=callers).wait_for(words)


def test_a_port_in_use_is_named(network):
    with socket.create_server(("127.0.0.1", 0)) as other:
        process = network(listen=f"FRAMEWISE@127.0.0.1:{other.getsockname()[1]}")
        process.wait_for("cannot listen: Address already in use")


def test_it_ends_with_its_parent(network):
    process = network()
    assert process.port
    assert process.process.stdin is not None
    process.process.stdin.close()
    assert process.process.wait(WAIT_SECONDS) == 0
