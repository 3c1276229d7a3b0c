"""The rules of the drop folder without a folder: names, quiet, reception, mounts; and who writes to a file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.annotation import SequenceInfo
from app.domain.worklist.entry import EntryState, FileSignature, WorklistEntry
from app.pipeline.drop_folder.candidate import Candidate, blocked_candidate
from app.pipeline.drop_folder.file_names import FileKind, file_kind, has_draft, is_draft, voxel_files
from app.pipeline.drop_folder.mounts import is_remote, type_of
from app.pipeline.drop_folder.open_writers import OpenForWriting, find_open_writers, open_in_proc
from app.pipeline.drop_folder.probe_outcome import apply_probe_results
from app.pipeline.drop_folder.reconcile import reconcile
from app.pipeline.drop_folder.stability import StabilityDelays, StabilityTracker
from app.pipeline.requests.prober_requests import ProbeResult

DELAYS = StabilityDelays(sure=1.0, unsure=2.0, folder=3.0, draft=60.0)
MOUNTS = """\
21 1 254:0 / / rw - ext4 /dev/root rw
22 21 0:5 / /mnt rw - tmpfs none rw
23 22 0:6 / /mnt/with\\040space rw shared:1 - cifs //server/share rw
24 22 0:7 / /mnt/nas rw - nfs4 server:/ rw
25 24 0:8 / /mnt/nas rw - fuse.sshfs host: rw
nonsense
"""


def make_candidate(name: str, size: int = 1, **fields) -> Candidate:
    return Candidate(f"/drop/{name}", name, FileSignature(size, size, 1, size, size), **fields)


def ids() -> Iterator[str]:
    return (f"e{number}" for number in count())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("clip.MP4", FileKind.VIDEO),
        ("scan.nii.gz", FileKind.SCAN),
        ("scan.mhd", FileKind.SCAN),
        ("IM.DCM", FileKind.SLICE),
        ("1.2.840.113619.2.55", FileKind.UNKNOWN),
        ("IM_0001", FileKind.UNKNOWN),
        ("photo.jpeg", FileKind.IMAGE),
        ("scan.raw", FileKind.NOTHING),
        ("notes.TXT", FileKind.NOTHING),
        ("DICOMDIR", FileKind.NOTHING),
    ],
)
def test_names_promise_what_they_say(name: str, expected: FileKind) -> None:
    assert file_kind(name) is expected


@pytest.mark.parametrize("name", ["clip.mp4.part", "a.CRDOWNLOAD", "~$clip.mp4", "clip.mp4~", "a.filepart"])
def test_drafts_are_known_by_name(name: str) -> None:
    assert is_draft(name)
    assert not is_draft("clip.mp4")


def test_a_header_file_waits_for_its_voxels() -> None:
    assert voxel_files("ct.mhd", {"ct.raw", "ct.mhd", "ct.zraw", "other.raw", "ct.txt"}) == (
        "ct.raw",
        "ct.zraw",
    )
    assert voxel_files("ct.mha", {"ct.raw"}) == ()
    assert has_draft("ct.mhd", {"ct.mhd.part"})


def test_quiet_counts_from_the_last_change() -> None:
    tracker = StabilityTracker(DELAYS)
    seen, grown = make_candidate("a.mp4", 1), make_candidate("a.mp4", 2)
    tracker.record_candidate(seen, 0.0)
    assert not tracker.is_quiet(seen, 0.9)
    tracker.record_candidate(grown, 1.0)
    tracker.record_candidate(grown, 1.5)
    assert not tracker.is_quiet(grown, 1.5)
    assert tracker.is_quiet(grown, 2.0)
    assert not tracker.is_very_quiet(grown, 2.5)
    assert tracker.is_very_quiet(grown, 3.0)
    tracker.restart_wait(grown.path, 3.0)
    assert not tracker.is_quiet(grown, 3.5)


def test_space_that_fills_up_is_growth_though_size_and_time_stand_still() -> None:
    """Some copy programs reserve the whole file and set its time first."""
    tracker = StabilityTracker(DELAYS)
    reserved = Candidate("/drop/a", "a", FileSignature(100, 7, 1, 0, filled=0))
    tracker.record_candidate(reserved, 0.0)
    half = replace(reserved, signature=replace(reserved.signature, filled=50))
    tracker.record_candidate(half, 0.9)
    assert not tracker.is_quiet(half, 1.5)


def test_folders_and_drafts_need_more_patience() -> None:
    tracker = StabilityTracker(DELAYS)
    folder, draft = make_candidate("f", is_folder=True), make_candidate("d", is_draft=True)
    for seen in (folder, draft):
        tracker.record_candidate(seen, 0.0)
    assert not tracker.is_quiet(folder, 2.9) and tracker.is_quiet(folder, 3.0)
    assert not tracker.is_very_quiet(draft, 59.0) and tracker.is_quiet(draft, 60.0)
    tracker.retain_paths({folder.path})
    assert list(tracker) == [folder.path]


NAMES = st.sampled_from(["a.mp4", "b.mp4", "c", "d.nii"])
LOOKS = st.dictionaries(NAMES, st.tuples(st.integers(1, 2), st.sampled_from(["", "bad"])))


@given(st.lists(st.tuples(LOOKS, st.booleans(), st.sampled_from(EntryState), st.integers(0, 9)), max_size=6))
def test_looks_neither_lose_work_nor_list_anything_twice(looks) -> None:
    """Files come, go, change, fail and are worked on between the scans."""
    entries: dict[str, WorklistEntry] = {}
    new_ids = ids()
    for seen, is_steady, state, place in looks:
        candidates = {
            f"/drop/{name}": blocked_candidate(f"/drop/{name}", name, obstacle)
            if obstacle
            else make_candidate(name, size)
            for name, (size, obstacle) in seen.items()
        }
        touched = {key for key, entry in entries.items() if entry.state.is_touched}
        _apply(entries, reconcile(entries.values(), candidates, 1.0, new_ids.__next__, is_steady))
        assert touched <= entries.keys()
        present = [entry.path for entry in entries.values() if not entry.missing]
        assert sorted(present) == sorted(set(present)) == sorted(candidates)
        again = reconcile(entries.values(), candidates, 1.0, new_ids.__next__, True)
        assert not again.put and not again.forget
        if entries:
            key = sorted(entries)[place % len(entries)]
            if entries[key].signature.size:
                entries[key] = replace(entries[key], state=state)


def test_identical_content_joins_one_entry_and_takes_turns() -> None:
    entries: dict[str, WorklistEntry] = {}
    new_ids = ids()
    both = {f"/drop/{name}": make_candidate(name) for name in ("a.mp4", "b.mp4")}
    _apply(entries, reconcile((), both, 1.0, new_ids.__next__, True))
    for seen in both.values():
        for key, entry in entries.items():
            if entry.path == seen.path:
                entries[key] = replace(entry, state=EntryState.CHECKING)
        changes = apply_probe_results(entries.values(), seen, [_probe_result("same")], new_ids.__next__)
        _apply(entries, changes)
    assert changes.notices == ["b.mp4 holds the same as a.mp4, which is in the list already."]
    (only,) = entries.values()
    assert (only.path, [copy.path for copy in only.copies]) == ("/drop/a.mp4", ["/drop/b.mp4"])
    left = {"/drop/b.mp4": both["/drop/b.mp4"]}
    _apply(entries, reconcile(entries.values(), left, 2.0, new_ids.__next__, True))
    (only,) = entries.values()
    assert (only.path, only.copies, only.state) == ("/drop/b.mp4", (), EntryState.READY)


def test_a_series_that_cannot_be_opened_fails_alone() -> None:
    entries = {"e0": replace(_entry("study"), state=EntryState.CHECKING)}
    found = [_probe_result("one", "1.1"), replace(_probe_result("", "1.2"), problem="No picture in it.")]
    _apply(
        entries, apply_probe_results(entries.values(), make_candidate("study"), found, ids_from("n").__next__)
    )
    states = {entry.series: (entry.state, entry.reason) for entry in entries.values()}
    assert states == {"1.1": (EntryState.READY, ""), "1.2": (EntryState.FAILED, "No picture in it.")}


@pytest.mark.parametrize(
    ("path", "kind", "remote"),
    [
        ("/home/a", "ext4", False),
        ("/mnt/usb", "tmpfs", False),
        ("/mnt/with space/drop", "cifs", True),
        ("/mnt/with spaces", "tmpfs", False),
        ("/mnt/nas", "fuse.sshfs", True),
    ],
)
def test_the_file_system_is_that_of_the_last_mount_above(path: str, kind: str, remote: bool) -> None:
    assert type_of(path, MOUNTS) == kind
    assert is_remote(kind) is remote


def test_drives_on_usb_are_not_remote() -> None:
    assert not any(is_remote(kind) for kind in ("vfat", "exfat", "ntfs3", "fuseblk", "btrfs", ""))


@pytest.mark.parametrize("mode", ["wb", "r+b", "ab"])
def test_a_writer_is_seen_while_it_has_the_file_open(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"x")
    with path.open(mode):
        assert find_open_writers([str(path)]) == {str(path): OpenForWriting.YES}
        assert open_in_proc([str(path)]) == [str(path)]
    with path.open("rb"):
        assert find_open_writers([str(path)]) == {str(path): OpenForWriting.NO}
        assert open_in_proc([str(path)]) == []


def test_without_leases_another_process_is_found_in_proc(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    script = "import sys; file = open(sys.argv[1], 'ab'); print('open', flush=True); sys.stdin.read()"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdin=pipe, stdout=pipe) as writer:
        assert writer.stdout is not None and writer.stdin is not None
        writer.stdout.readline()
        assert find_open_writers([str(path)], by_lease=False) == {str(path): OpenForWriting.YES}
        writer.stdin.close()
    assert find_open_writers([str(path)], by_lease=False) == {str(path): OpenForWriting.UNKNOWN}


def test_asking_does_not_disturb_a_writer_that_comes_meanwhile(tmp_path: Path) -> None:
    """A lease that is broken sends a signal whose default would end this process."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"x")
    script = "import sys\nfor _ in range(3000): open(sys.argv[1], 'ab').close()"
    with subprocess.Popen([sys.executable, "-c", script, str(path)]) as writer:
        while writer.poll() is None:
            find_open_writers([str(path)])
    assert writer.returncode == 0


def test_a_file_that_is_gone_has_no_writer_that_is_known() -> None:
    assert find_open_writers(["/nonexistent/clip.mp4"]) == {"/nonexistent/clip.mp4": OpenForWriting.UNKNOWN}


def ids_from(prefix: str) -> Iterator[str]:
    return (f"{prefix}{number}" for number in count())


def _apply(entries: dict[str, WorklistEntry], changes) -> None:
    entries.update({entry.entry_id: entry for entry in changes.put})
    for entry_id in changes.forget:
        del entries[entry_id]


def _entry(name: str) -> WorklistEntry:
    return WorklistEntry("e0", f"/drop/{name}", name, 0.0)


def _probe_result(fingerprint: str, series: str | None = None) -> ProbeResult:
    return ProbeResult(SequenceInfo("x", "/drop/x", "video", 3, 4, 5, fps=2.0), fingerprint, series)
