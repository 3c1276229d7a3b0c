"""Memory and processor time of a process with all its descendants."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")
MEBIBYTE = 2**20  # bytes


def tree_mebibytes(root: int) -> float:
    """Proportional set size of a process tree in MiB: shared pages count once."""
    return sum(_pss(pid) for pid in [root, *_descendants(root)]) / MEBIBYTE


def tree_seconds(root: int) -> float:
    """Processor time that a process tree has taken in seconds, of the processes that are there."""
    return sum(map(_seconds, [root, *_descendants(root)]))


def _descendants(root: int) -> list[int]:
    parents = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    found, frontier = [], [root]
    while frontier:
        frontier = [pid for pid, parent in parents.items() if parent in frontier]
        found += frontier
    return found


def _seconds(pid: int) -> float:
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _pss(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
