"""The program is killed again and again while files arrive: none is lost, none twice, no work forgotten."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

from app.domain.worklist.entry import EntryState
from app.domain.worklist.transitions import mark_done
from tests.pipeline.drop_folder.folder_bench import movie, running

ROOT = Path(__file__).parents[3]
KILLS = 12
FILES = 36


def test_kill_9_at_any_time_costs_nothing_that_was_saved(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    chance = random.Random(5)
    done: dict[str, str] = {}
    for kill in range(KILLS):
        for number in range(kill * FILES // KILLS, (kill + 1) * FILES // KILLS):
            movie(tmp_path / "drop" / f"{number}.mp4", frames=2, seed=number)
        with _program(tmp_path) as program:
            for _ in range(chance.randint(0, 3)):
                line = _line(program)
                if line.startswith("done "):
                    _, entry_id, name = line.split(" ", 2)
                    done[entry_id] = name
            program.send_signal(signal.SIGKILL)
    asyncio.run(_all_there(tmp_path, done))


async def _all_there(root: Path, done: dict[str, str]) -> None:
    async with running(root) as bench:
        await bench.until(lambda: sum(entry.can_open for entry in bench.newest.entries) == FILES)
        assert {entry.name for entry in bench.newest.entries} == {f"{n}.mp4" for n in range(FILES)}
        assert len(bench.newest.entries) == FILES
        for entry_id, name in done.items():
            entry = bench.newest.entry(entry_id)
            assert entry is not None
            assert (entry.name, entry.state, entry.finished_by) == (name, EntryState.DONE, "Ana")
        assert done


def _program(root: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-u", __file__, str(root)]
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin"}
    )


def _line(program: subprocess.Popen[str]) -> str:
    assert program.stdout is not None
    return program.stdout.readline().rstrip("\n")


def _say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")


async def _work(root: Path) -> None:
    """Take what comes, and finish one ready sequence after the other, saying so once it is durable."""
    async with running(root) as bench:
        _say("started")
        while True:
            await bench.until(lambda: any(e.state is EntryState.READY for e in bench.newest.entries))
            ready = next(e for e in bench.newest.entries if e.state is EntryState.READY)
            bench.worklist.put(mark_done(ready, "Ana", 1.0))
            await bench.watcher.flush()
            _say("done", ready.entry_id, ready.name)
            is_done = partial(
                lambda number: bench.newest.entry(number).state is EntryState.DONE, ready.entry_id
            )
            await bench.until(is_done)


if __name__ == "__main__":
    asyncio.run(_work(Path(sys.argv[1])))
