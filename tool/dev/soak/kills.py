"""Kills the program at random moments, again and again, and looks whether anything that was saved is gone."""

from __future__ import annotations

import queue
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from app.domain.errors import FramewiseError
from app.files.process_activity import ProcessActivity
from app.storage.workspace.journal import Journal
from tool.dev.soak.digest import digests_around
from tool.dev.soak.exported_files import check_exported_files
from tool.dev.soak.processes import describe, send_signal, workers
from tool.dev.soak.watched_propagation import WatchedPropagation
from tool.dev.soak.writer import found_turn

Target = Literal["host", "all", "decoder", "segmenter", "propagator", "exchange", "window"]
ROOT = Path(__file__).parents[3]
# Seconds that the program had for itself, or stood still, until it counts as hung; a start takes 5.
PATIENCE = 120.0
GLANCE = 5.0  # seconds between two looks at what it does
LONGEST = 1.2  # seconds of work before a kill
WRITING = 0.3  # seconds of writing before a kill
EXPORTS = "exports"  # folder of the programs' exports, in the workspaces' folder
ENDING: tuple[Target, ...] = ("host", "all", "window")


class CampaignFailure(AssertionError):
    """Something that was saved is gone, or the program did not go on."""


@dataclass
class KillCounts:
    """What a series of kills has shown."""

    kills: Counter[str] = field(default_factory=Counter)  #: by target
    gestures: int = 0
    refused: int = 0
    cut_off: int = 0
    offered: int = 0
    in_flight: int = 0
    files: int = 0  #: exported files that were found whole


class WatchedProgram:
    """A running program that will be killed, and what it has printed."""

    def __init__(self, command: Sequence[str]) -> None:
        self.name = command[2]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.saved = ""
        self.offer = False
        self.propagation: WatchedPropagation | None = None
        self.gestures = self.refused = 0

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def listen(self, seconds: float) -> None:
        """Read what is printed within a time."""
        ends = time.monotonic() + seconds
        with suppress(queue.Empty):
            while (left := ends - time.monotonic()) > 0:
                if not self._take(self._lines.get(timeout=left)):
                    return

    def until_next(self) -> None:
        """Wait until another gesture is saved. Raises CampaignFailure when none is in good time."""
        before, worked, activity = self.gestures, 0.0, ProcessActivity(self.pid)
        while self.gestures == before:
            try:
                if not self._take(self._lines.get(timeout=GLANCE)):
                    raise CampaignFailure("The program ended by itself.")
            except queue.Empty as error:
                worked += activity.sample(GLANCE).working_time(GLANCE)
                if worked > PATIENCE:
                    found = describe(self.pid)
                    send_signal(self.pid, signal.SIGUSR1)
                    time.sleep(1.0)
                    raise CampaignFailure(f"The program did not go on: {found}.") from error

    def end(self) -> None:
        """Read the last lines of a process that was killed."""
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        while self._take(self._lines.get()):
            pass
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):
                self._lines.put(line.strip())
        self._lines.put(None)

    def _take(self, line: str | None) -> bool:
        if line is None:
            return False
        kind, _, rest = line.partition(" ")
        if kind == "opened":
            self.saved, _, offer = rest.partition(" ")
            self.offer = offer == "1"
            self.gestures += 1
        elif kind == "saved":
            self.saved = rest
            self.gestures += 1
        elif kind in ("propagating", "propagated"):
            self.propagation = WatchedPropagation.read(rest) if kind == "propagating" else None
        elif kind == "refused":
            self.refused += 1
        return True


class WriterCampaign:
    """Kills processes that write one kind of file; see tool.dev.soak.writer. folder: for their files."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self._folder, self._chance = folder, chance
        self.kills: Counter[str] = Counter()
        self.turns: Counter[str] = Counter()

    def run_program(self, kind: str) -> None:
        """Start a writer, kill it, and check what is left. Raises CampaignFailure."""
        folder = self._folder / kind
        folder.mkdir(parents=True, exist_ok=True)
        words = (kind, str(folder), str(self._chance.randrange(2**31)))
        command = (sys.executable, "-m", "tool.dev.soak.writer", *words)
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
            assert program.stdout is not None
            said = [program.stdout.readline()]
            time.sleep(self._chance.uniform(0.0, WRITING))
            send_signal(program.pid)
            said += program.stdout.readlines()
        turns = [int(line.split()[1]) for line in said if line.endswith("\n")]
        self.kills[kind] += 1
        self.turns[kind] += len(turns) - 1
        try:
            found = found_turn(kind, folder)
        except (AssertionError, FramewiseError) as error:
            raise CampaignFailure(f"{kind} cannot be read after a kill: {error}") from error
        if not turns or found not in (turns[-1], turns[-1] + 1):
            raise CampaignFailure(f"{kind}: turn {turns[-1:]} was saved, {found} is on the disk.")


class KillCampaign:
    """Starts and kills the program again and again on one workspace. frames: length of the video."""

    def __init__(self, workspace: Path, video: Path, frames: int, chance: random.Random) -> None:
        self._workspace, self._video, self._frames, self._chance = workspace, video, frames, chance
        self._before: tuple[str, bool] | None = None
        self.counts = KillCounts()

    def run_program(self, targets: Sequence[Target]) -> None:
        """Start the program, kill the targets, the last of which ends it, and check what is left.

        Raises CampaignFailure.
        """
        module = "tool.dev.soak.window" if targets[-1] == "window" else "tool.dev.soak.program_run"
        words = (str(self._workspace), str(self._video), str(self._chance.randrange(2**31)))
        program = WatchedProgram((sys.executable, "-m", module, *words))
        try:
            program.until_next()
            self._compare(program)
            for target in targets:
                program.listen(self._chance.uniform(0.0, LONGEST))
                self._kill(program, target)
        finally:
            send_signal(program.pid)
            program.end()
        self.counts.gestures += program.gestures
        self.counts.refused += program.refused
        self._check_files(program)

    def _kill(self, program: WatchedProgram, target: Target) -> None:
        self.counts.kills[target] += 1
        found = workers(program.pid)
        if target not in ENDING:
            if target in found:
                send_signal(found[target])
            program.until_next()
            program.until_next()
            return
        pids = [program.pid, *found.values()] if target == "all" else [program.pid]
        self._chance.shuffle(pids)
        for pid in pids:
            send_signal(pid, signal.SIGKILL)

    def _compare(self, program: WatchedProgram) -> None:
        """The program opens exactly what the one before left."""
        if self._before is None:
            return
        digest, is_offered = self._before
        if program.saved != digest:
            raise CampaignFailure("The program does not show what is in the journal.")
        if program.offer != is_offered:
            raise CampaignFailure(
                "A propagation that was cut off is not offered to go on, or one that was not is."
            )
        self.counts.offered += is_offered

    def _check_files(self, program: WatchedProgram) -> None:
        """The journal is intact and holds all that was called saved, and one gesture more at most."""
        (path,) = self._workspace.glob("*/journal*.sqlite3")
        with closing(sqlite3.connect(path)) as db:
            (verdict,) = db.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            raise CampaignFailure(f"The journal is damaged: {verdict}")
        try:
            self.counts.files += check_exported_files(self._workspace / EXPORTS)
        except (AssertionError, OSError, ValueError) as error:
            raise CampaignFailure(f"An exported file is not whole: {error}") from error
        with Journal(path) as journal:
            contents = journal.read()
            is_offered = journal.meta("propagation") is not None
        around = digests_around(contents)
        if program.saved not in around:
            raise CampaignFailure(
                f"{program.name} said that {program.saved} was saved, the journal holds {around[0]}."
            )
        propagation = program.propagation
        if propagation is not None and not is_offered and not propagation.is_over(contents, self._frames):
            raise CampaignFailure("A propagation was cut off, and the journal does not know.")
        self.counts.cut_off += propagation is not None and is_offered
        self.counts.in_flight += program.saved != around[0]
        self._before = around[0], is_offered
