"""A sequence that travels is whole: workspace, source, and what was annotated."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.errors import UsageError, WorkspaceError
from app.headless.cluster import sequence_package
from app.headless.cluster.sequence_package import pack_sequence, unpack_sequence
from app.storage.workspace.stored_sequence import find_sequences, work_of
from app.storage.workspace.workspace import find_source
from tests.helpers.workspaces import make_folders


@pytest.fixture
def root(tmp_path: Path) -> Path:
    make_folders(tmp_path, 1)
    return tmp_path


def test_it_opens_elsewhere_with_its_source_beside_it(root: Path) -> None:
    (stored,) = find_sequences(root / "work")
    package = pack_sequence(stored, with_source=True)
    (root / "sources/clip0").rename(root / "sources/gone")
    there = unpack_sequence(package.data, root / "elsewhere")
    (found,) = find_sequences(there)
    assert work_of(found.read()[0]) == package.work == work_of(stored.read()[0])
    assert find_source(there).parent == root / "elsewhere"


def test_a_source_on_a_share_stays_where_it_is(root: Path) -> None:
    (stored,) = find_sequences(root / "work")
    there = unpack_sequence(pack_sequence(stored, with_source=False).data, root / "elsewhere")
    assert find_source(there) == root / "sources/clip0"
    assert [path.name for path in (root / "elsewhere").iterdir()] == ["work"]


def test_a_source_that_is_too_large_or_gone_is_named(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (stored,) = find_sequences(root / "work")
    monkeypatch.setattr(sequence_package, "MOST_BYTES", 10)
    with pytest.raises(UsageError, match="too large"):
        pack_sequence(stored, with_source=True)
    (root / "sources/clip0").rename(root / "sources/gone")
    with pytest.raises(WorkspaceError, match="not here"):
        pack_sequence(stored, with_source=True)
