"""The connections that the code under test opens, for limits that SQLite keeps for each of them."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest


def connections(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """Return a list to which every connection opened from now on is added."""
    opened: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def record(*arguments: Any, **options: Any) -> sqlite3.Connection:
        opened.append(connect(*arguments, **options))
        return opened[-1]

    monkeypatch.setattr(sqlite3, "connect", record)
    return opened
