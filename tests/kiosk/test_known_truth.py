"""The lead learns how the work agrees with known truth, and nothing that others see tells of which sequences."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.settings import Settings
from app.domain.annotation import Status
from app.kiosk.known_truth import KnownTruth
from app.kiosk.settings_store import SettingsStore
from framewise import Workspace
from tests.helpers.clips import write_images
from tests.helpers.workspaces import SIZE, make_workspace

DRAWN = (Status.EDITED, 1.0)


@pytest.fixture
def truth(tmp_path: Path) -> KnownTruth:
    """Ada and Bo worked on two sequences each of three; the truth of the first two is known."""
    for number, operator in enumerate(("ada", "bo", "bo")):
        source = tmp_path / f"clip {number}"
        write_images(source, [f"{frame}.png" for frame in range(number + 1)], SIZE)
        make_workspace(tmp_path / "work", source, {(0, 1): DRAWN}, operator=operator, shift=2 * number)
        if number < 2:
            make_workspace(tmp_path / "truth", source, {(0, 1): DRAWN, (0, 2): DRAWN}, operator="")
    settings = Settings(workspace=str(tmp_path / "work"), drop_folder=str(tmp_path / "drop"))
    return KnownTruth(SettingsStore(settings, tmp_path / "settings.toml"), tmp_path / "work")


def test_agreement_by_operator_and_a_report_that_no_dialog_reaches(truth: KnownTruth, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in (tmp_path / "work").rglob("*") if path.is_file()}
    assert truth.choose(tmp_path / "truth") == ""
    report = truth.compare()
    assert report.problem == ""
    names = {item.fingerprint: item.name for item in Workspace(tmp_path / "work").sequences.values()}
    # The object that both missed is laid to whom the sequence is by.
    assert {(names[one.fingerprint], one.operator, one.masks, one.mean_dice) for one in report.found} == {
        ("clip 0", "ada", 2, 0.5),
        ("clip 1", "bo", 2, 0.375),
    }
    assert report.known == {key for key, name in names.items() if name != "clip 2"}
    page = Path(report.page)
    assert page.parent == truth.reports
    assert truth.reports.stat().st_mode & 0o077 == 0
    told = {path: path.read_bytes() for path in (tmp_path / "work").rglob("*") if path.is_file()}
    new = {path for path in told if told[path] != before.get(path)}
    # SQLite's own files beside a journal that was read say nothing.
    assert {path for path in new if not path.name.endswith(("-wal", "-shm"))} == {
        page,
        page.with_name("agreement.csv"),
    }


def test_what_is_wrong_is_returned_and_not_told_to_anybody_else(
    truth: KnownTruth, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert "No folder" in truth.compare().problem
    assert "Everybody sees" in truth.choose(tmp_path / "drop" / "truth")
    (tmp_path / "empty").mkdir()
    truth.choose(tmp_path / "empty")
    report = truth.compare()
    assert report.problem and not report.found
    assert caplog.records == []
    truth.choose(None)
    assert truth.folder is None
