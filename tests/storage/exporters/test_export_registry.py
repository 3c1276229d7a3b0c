"""Every format is told to people: in the README, and with a title and endings of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.domain.errors import UsageError
from app.headless.export_command import main
from app.storage.exporters.export_registry import export_format, export_formats
from app.storage.importers.import_registry import import_formats

README = Path(__file__).parents[3] / "README.md"


def test_the_table_in_the_readme_names_every_kind_and_no_other() -> None:
    table = README.read_text(encoding="utf-8").partition("## Formats")[2].partition("## More")[0]
    listed = {
        kind
        for row in table.splitlines()
        if row.startswith("|")
        for kind in re.findall(r"`([a-z0-9-]+)`", row)
    }
    assert listed - {"datasets"} == set(export_formats())


def test_titles_and_endings_are_told_apart() -> None:
    rows = export_formats().values()
    assert len({row.title for row in rows}) == len(rows)
    endings = [ending for row in rows for ending in row.endings]
    assert len(set(endings)) == len(endings)
    assert len({row.kind for row in import_formats()}) == len(import_formats())


def test_an_unknown_kind_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="png.*parquet"):
        export_format("gif")


def test_the_command_lists_them_and_asks_for_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert all(row.title in capsys.readouterr().out for row in list(export_formats().values())[:1])
    with pytest.raises(SystemExit):
        main(["clip.mp4"])
