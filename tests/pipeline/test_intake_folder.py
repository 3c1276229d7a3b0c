"""The drop folder with everything that people, systems and cables do to it."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from intake_bench import PACE, movie, picture, probe, running
from scans import voxels, write_series
from worker_bench import until

from app.pipeline.intake import lookout
from app.worklist import EntryState
from app.worklist_rules import begin

NOBODY = 65534


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder of an ordinary user, and the rights of one: for root there are no permissions."""
    folder = Path(tempfile.mkdtemp(prefix="intake-"))
    before = os.geteuid()
    if before == 0:
        os.chown(folder, NOBODY, -1)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        os.seteuid(before)
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    "name",
    [
        "Übung 3 – Kopie.mp4",
        "内視鏡.mp4",
        "کلیپ\u200cها.mp4",
        "👩‍⚕️.mp4",
        "with\nbreak.mp4",
        "q?\"'*.mp4",
        "--help.mp4",
    ],
)
def test_names_in_any_script(tmp_path: Path, name: str) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            movie(bench.drop / name)
            await bench.until(lambda: [entry.state for entry in bench.newest.entries] == [EntryState.READY])
            entry = bench.newest.entries[0]
            assert Path(entry.path).name == name
            assert entry.name == name.replace("\n", "\ufffd")

    asyncio.run(story())


def test_a_name_that_is_not_unicode_is_taken_and_survives_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        raw = os.fsencode(tmp_path / "drop") + b"/m\xfcller.mp4"
        async with running(tmp_path) as bench:
            movie(bench.drop / "clip.mp4")
            os.rename(bench.drop / "clip.mp4", raw)
            entry = await bench.ready("m\ufffdller.mp4")
            assert os.fsencode(entry.path) == raw
        async with running(tmp_path) as bench:
            assert await bench.ready("m\ufffdller.mp4") == entry

    asyncio.run(story())


def test_a_bad_file_is_listed_with_its_reason_and_a_note_until_it_is_replaced(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            bad = bench.drop / "clip.mp4"
            bad.write_bytes(b"no video at all")
            failed = await bench.failed("clip.mp4")
            await until(lambda: list((bench.work / "quarantine").glob("*.txt")))
            (note,) = (bench.work / "quarantine").glob("*.txt")
            assert failed.reason in note.read_text()
            assert bad.read_bytes() == b"no video at all"
            movie(bad)
            await bench.ready("clip.mp4")
            await until(lambda: not note.exists())

    asyncio.run(story())


def test_a_bad_file_that_does_not_change_is_probed_once(tmp_path: Path) -> None:
    async def story() -> None:
        paths: list[Path] = []

        async def counted(path: Path):
            paths.append(path)
            return await probe(path)

        async with running(tmp_path, look=counted) as bench:
            (bench.drop / "bad.mp4").write_bytes(b"x" * 100)
            entry = await bench.failed("bad.mp4")
            await bench.rounds(5)
            assert len(paths) == 1
            bench.intake.retry(entry.entry_id)
            await bench.until(lambda: len(paths) == 2)
            await bench.failed("bad.mp4")

    asyncio.run(story())


def test_what_comes_along_with_videos_is_not_listed(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            for name in ("notes.txt", "Thumbs.db", ".hidden.mp4", "._clip.mp4", "desktop.ini", "report.pdf"):
                (bench.drop / name).write_bytes(b"x")
            (bench.drop / "System Volume Information").mkdir()
            movie(bench.drop / "System Volume Information" / "clip.mp4")
            (bench.drop / "empty").mkdir()
            movie(bench.drop / "clip.mp4", seed=1)
            await bench.ready("clip.mp4")
            await bench.rounds()
            assert list(bench.seen) == ["clip.mp4"]

    asyncio.run(story())


def test_links_are_followed_inside_the_folder_only(tmp_path: Path) -> None:
    async def story() -> None:
        outside = tmp_path / "outside.mp4"
        movie(outside, seed=1)
        movie(tmp_path / "elsewhere" / "clip.mp4", seed=2)
        async with running(tmp_path) as bench:
            movie(bench.drop / "deep" / ".kept" / "hidden.mp4", seed=3)
            (bench.drop / "inside.mp4").symlink_to(bench.drop / "deep" / ".kept" / "hidden.mp4")
            (bench.drop / "out.mp4").symlink_to(outside)
            (bench.drop / "elsewhere").symlink_to(tmp_path / "elsewhere")
            (bench.drop / "nowhere.mp4").symlink_to(bench.drop / "gone.mp4")
            (bench.drop / "itself.mp4").symlink_to(bench.drop / "itself.mp4")
            (bench.drop / "deep" / "loop").symlink_to(bench.drop)
            await bench.ready("inside.mp4")
            for name, reason in (
                ("out.mp4", "out of"),
                ("nowhere.mp4", "nowhere"),
                ("itself.mp4", "nowhere"),
            ):
                assert reason in (await bench.failed(name)).reason
            await bench.rounds()
            assert "out of" in bench.entry("elsewhere").reason
            assert set(bench.seen) == {"inside.mp4", "out.mp4", "nowhere.mp4", "itself.mp4", "elsewhere"}

    asyncio.run(story())


def test_what_is_no_file_is_never_opened(tmp_path: Path) -> None:
    """Opening a pipe would wait for ever."""

    async def story() -> None:
        async with running(tmp_path) as bench:
            os.mkfifo(bench.drop / "pipe.mp4")
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(bench.drop / "socket.avi"))
                assert "neither" in (await bench.failed("pipe.mp4")).reason
                assert "neither" in (await bench.failed("socket.avi")).reason

    asyncio.run(story())


def test_a_file_without_permission_fails_and_is_taken_once_it_may_be_read(unprivileged: Path) -> None:
    async def story() -> None:
        async with running(unprivileged) as bench:
            movie(unprivileged / "clip.mp4")
            (unprivileged / "clip.mp4").chmod(0)
            (unprivileged / "clip.mp4").rename(bench.drop / "clip.mp4")
            assert "may not be read" in (await bench.failed("clip.mp4")).reason
            (bench.drop / "clip.mp4").chmod(0o400)
            await bench.ready("clip.mp4")

    asyncio.run(story())


def test_a_folder_without_permission_says_so_and_hides_nothing_else(unprivileged: Path) -> None:
    async def story() -> None:
        async with running(unprivileged) as bench:
            movie(bench.drop / "clip.mp4")
            picture(bench.drop / "closed" / "1.png")
            (bench.drop / "closed").chmod(0)
            assert "may not be read" in (await bench.failed("closed")).reason
            await bench.ready("clip.mp4")
            (bench.drop / "closed").chmod(0o700)
            await bench.ready("closed")
            bench.drop.chmod(0)
            bench.intake.look_now()
            await bench.until(lambda: "may not be read" in bench.newest.folder.problem)
            bench.drop.chmod(0o700)
            await bench.until(lambda: not bench.newest.folder.problem and bench.entry("clip.mp4").can_open)

    asyncio.run(story())


def test_a_read_only_folder_is_served_like_any_other(unprivileged: Path) -> None:
    async def story() -> None:
        drop = unprivileged / "drop"
        movie(drop / "clip.mp4")
        (drop / "bad.mp4").write_bytes(b"x")
        (drop / "clip.mp4").chmod(0o400)
        drop.chmod(0o500)
        async with running(unprivileged) as bench:
            await bench.ready("clip.mp4")
            await bench.failed("bad.mp4")
        drop.chmod(0o700)
        assert sorted(path.name for path in drop.iterdir()) == ["bad.mp4", "clip.mp4"]

    asyncio.run(story())


@pytest.mark.parametrize("use_events", [True, False])
def test_an_unplugged_folder_says_so_and_comes_back_by_itself(tmp_path: Path, use_events: bool) -> None:
    async def story() -> None:
        async with running(tmp_path, use_events=use_events) as bench:
            movie(bench.drop / "clip.mp4")
            entry = await bench.ready("clip.mp4")
            bench.drop.rename(tmp_path / "unplugged")
            await bench.until(lambda: bench.newest.folder.problem)
            assert "not there" in bench.newest.folder.problem
            assert bench.entry("clip.mp4").missing
            assert bench.entry("clip.mp4").status == "ready, file missing"
            (tmp_path / "unplugged").rename(bench.drop)
            await bench.until(lambda: not bench.newest.folder.problem and bench.entry("clip.mp4") == entry)
            movie(bench.drop / "next.mp4", seed=1)
            await bench.ready("next.mp4")
            assert bench.newest.folder.has_events is use_events

    asyncio.run(story())


def test_an_empty_mount_point_in_place_of_the_folder_forgets_nothing(tmp_path: Path) -> None:
    """What is left of an unplugged drive is often an empty folder of the same name."""

    async def story() -> None:
        async with running(tmp_path, use_events=True) as bench:
            movie(bench.drop / "clip.mp4")
            entry = await bench.ready("clip.mp4")
            bench.drop.rename(tmp_path / "drive")
            bench.drop.mkdir()
            await bench.until(lambda: bench.entry("clip.mp4").missing)
            await bench.rounds()
            bench.drop.rmdir()
            (tmp_path / "drive").rename(bench.drop)
            await bench.until(lambda: bench.entry("clip.mp4") == entry)

    asyncio.run(story())


def test_a_folder_that_is_not_there_at_the_start_is_awaited(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, make=False) as bench:
            await bench.until(lambda: "not there" in bench.newest.folder.problem)
            movie(bench.drop / "clip.mp4")
            await bench.ready("clip.mp4")

    asyncio.run(story())


def test_a_watch_that_gives_no_events_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads of the watch have died unseen before; a look finds what they missed and starts them afresh."""

    async def story() -> None:
        monkeypatch.setattr(lookout, "LATE", 0.0)
        async with running(tmp_path, use_events=True, pace=replace(PACE, rescan=0.3)) as bench:
            await bench.until(lambda: bench.newest.folder.has_events)
            deaf = bench.intake._lookout._watch
            deaf._observer.unschedule_all()
            movie(bench.drop / "clip.mp4")
            await bench.ready("clip.mp4")
            await until(lambda: bench.intake._lookout._watch not in (deaf, None))

    asyncio.run(story())


def test_a_file_taken_away_leaves_the_list_unless_it_was_worked_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            for number in range(2):
                movie(bench.drop / f"{number}.mp4", seed=number)
            worked = await bench.ready("0.mp4")
            await bench.ready("1.mp4")
            bench.worklist.put(begin(worked, at=1.0))
            (bench.drop / "0.mp4").rename(tmp_path / "0.mp4")
            (bench.drop / "1.mp4").unlink()
            await bench.until(lambda: bench.entry("1.mp4") is None and bench.entry("0.mp4").missing)
            (tmp_path / "0.mp4").rename(bench.drop / "renamed.mp4")
            entry = await bench.reaches("renamed.mp4", EntryState.IN_WORK)
            assert (entry.entry_id, entry.touched, entry.missing) == (worked.entry_id, 1.0, False)

    asyncio.run(story())


def test_the_same_content_twice_is_one_entry_that_outlives_either_file(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            movie(bench.drop / "clip.mp4")
            first = await bench.ready("clip.mp4")
            shutil.copy(bench.drop / "clip.mp4", bench.drop / "clip (2).mp4")
            await bench.until(lambda: bench.notices)
            assert "clip (2).mp4 holds the same as clip.mp4" in bench.notices[0]
            await bench.rounds()
            assert [entry.entry_id for entry in bench.newest.entries] == [first.entry_id]
            (bench.drop / "clip.mp4").unlink()
            moved = await bench.ready("clip (2).mp4")
            assert moved.entry_id == first.entry_id
            movie(bench.drop / "clip (2).mp4", frames=9, seed=7)
            await bench.until(lambda: bench.entry("clip (2).mp4").frames == 9)

    asyncio.run(story())


def test_a_file_replaced_under_work_becomes_a_sequence_of_its_own(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            movie(bench.drop / "clip.mp4")
            worked = begin(await bench.ready("clip.mp4"), at=1.0)
            bench.worklist.put(worked)
            movie(bench.drop / "clip.mp4", frames=8, seed=3)
            await bench.until(lambda: bench.state("clip.mp4") is EntryState.ARRIVING)
            assert (await bench.ready("clip.mp4")).frames == 8
            kept = bench.newest.entry(worked.entry_id)
            assert kept.missing and "replaced" in kept.reason and kept.state is EntryState.IN_WORK

    asyncio.run(story())


def test_a_touched_file_with_the_same_content_stays_the_same_sequence(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            movie(bench.drop / "clip.mp4")
            worked = begin(await bench.ready("clip.mp4"), at=1.0)
            bench.worklist.put(worked)
            os.utime(bench.drop / "clip.mp4", (1, 1))
            await bench.until(lambda: bench.newest.entries[0].trace.modified != worked.trace.modified)
            (entry,) = bench.newest.entries
            assert (entry.entry_id, entry.state, entry.missing) == (
                worked.entry_id,
                EntryState.IN_WORK,
                False,
            )

    asyncio.run(story())


def test_each_series_of_a_dicom_folder_is_a_sequence(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path, use_events=True) as bench:
            write_series(bench.drop / "study" / "a", voxels(seed=1), SeriesInstanceUID="1.2.1")
            write_series(bench.drop / "study" / "b", voxels(seed=2), SeriesInstanceUID="1.2.2")
            write_series(bench.drop / "mixed", voxels(seed=3), SeriesInstanceUID="1.2.3")
            for file in write_series(tmp_path / "more", voxels(seed=4), SeriesInstanceUID="1.2.4"):
                file.rename(bench.drop / "mixed" / f"IM{file.stem}")
            names = {"study/a", "study/b", "mixed: 3", "mixed: 4"}
            await bench.until(lambda: {e.name for e in bench.newest.entries if e.can_open} == names)
            assert {(entry.kind, entry.frames) for entry in bench.newest.entries} == {("volume", 6)}

    asyncio.run(story())


def test_dicom_files_without_suffix_are_recognised(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            for file in write_series(tmp_path / "made", voxels()):
                target = bench.drop / "DICOM" / "ST1" / "SE1" / f"IM{file.stem}"
                target.parent.mkdir(parents=True, exist_ok=True)
                file.rename(target)
            (bench.drop / "DICOMDIR").write_bytes(b"x")
            assert (await bench.ready("DICOM/ST1/SE1")).frames == 6
            assert len(bench.newest.entries) == 1

    asyncio.run(story())


def test_what_came_while_the_program_was_off_is_found_and_what_was_done_is_kept(tmp_path: Path) -> None:
    async def story() -> None:
        async with running(tmp_path) as bench:
            movie(bench.drop / "old.mp4")
            entry = begin(await bench.ready("old.mp4"), at=2.0)
            bench.worklist.put(entry)
            await bench.intake.flush()
        movie(tmp_path / "drop" / "new.mp4", seed=1)
        async with running(tmp_path) as bench:
            await bench.ready("new.mp4")
            assert bench.entry("old.mp4") == entry

    asyncio.run(story())


def test_probes_run_no_more_than_so_many_at_a_time(tmp_path: Path) -> None:
    async def story() -> None:
        counts: list[int] = [0]
        most: list[int] = []

        async def counted(path: Path):
            counts[0] += 1
            most.append(counts[0])
            await asyncio.sleep(0.02)
            counts[0] -= 1
            return await probe(path)

        async with running(tmp_path, look=counted, pace=replace(PACE, probes=2)) as bench:
            for number in range(10):
                movie(bench.drop / f"{number}.mp4", seed=number)
            await bench.until(lambda: sum(entry.can_open for entry in bench.newest.entries) == 10)
            assert max(most) == 2

    asyncio.run(story())


def test_the_programs_own_folders_are_no_sources(tmp_path: Path) -> None:
    async def story() -> None:
        own = tmp_path / "drop" / "work"
        picture(own / "thumbnails" / "1.png")
        async with running(tmp_path, avoid=[own]) as bench:
            movie(bench.drop / "clip.mp4")
            await bench.ready("clip.mp4")
            await bench.rounds()
            assert list(bench.seen) == ["clip.mp4"]

    asyncio.run(story())


def test_an_intake_leaves_no_thread_and_no_descriptor_behind(tmp_path: Path) -> None:
    async def story(number: int) -> None:
        async with running(tmp_path, use_events=True) as bench:
            movie(bench.drop / f"{number}.mp4", seed=number)
            await bench.ready(f"{number}.mp4")

    asyncio.run(story(0))
    before = _holdings()
    for number in range(1, 4):
        asyncio.run(story(number))
    while _holdings() != before:
        threading.Event().wait(0.01)


def _holdings() -> tuple[int, int]:
    """Open descriptors and threads."""
    return len(os.listdir("/proc/self/fd")), threading.active_count()
