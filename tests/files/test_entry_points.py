"""Exporters, importers and engines of other packages are found; a faulty one stops nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.config.settings import Settings
from app.domain.annotation import SequenceInfo
from app.domain.errors import ModelError
from app.models.engine_loading import load_engine
from app.storage.exporters.export_registry import export_formats, write_export
from app.storage.importers.import_registry import import_formats, import_suffixes, read_masks
from tests.storage.exporters.test_export_kinds import blocks, make_job

SOURCE = """
from pathlib import Path
from app.storage.exporters.export_format import ExportFormat
from app.storage.importers.import_format import ImportFormat
from app.storage.importers.import_result import ImportedMasks

OUT = ExportFormat("lab", "The lab's own", "Training", "lab_formats:write", ("_lab.txt",))
TAKEN = ExportFormat("coco", "Not ours", "Training", "lab_formats:write", (".json",))
IN = ImportFormat("lab", "lab file", "lab_formats:read", (".lab",))

def write(job, folder):
    path = folder / f"{job.name}_lab.txt"
    path.write_text(str(len(job.objects)))
    return [path]

def read(job):
    return ImportedMasks((), iter(())) if job.path.suffix == ".lab" else None

def make(device, threads):
    raise RuntimeError(f"no {device} with {threads}")
"""
POINTS = """
[framewise.exporters]
broken = lab_formats:missing
lab = lab_formats:OUT
taken = lab_formats:TAKEN
[framewise.importers]
lab = lab_formats:IN
wrong = lab_formats:OUT
[framewise.engines]
lab = lab_formats:make
"""


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a package with entry points."""
    about = tmp_path / "lab-1.0.dist-info"
    about.mkdir()
    (tmp_path / "lab_formats.py").write_text(SOURCE)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: lab\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    export_formats.cache_clear()
    import_formats.cache_clear()
    yield
    sys.modules.pop("lab_formats", None)
    export_formats.cache_clear()
    import_formats.cache_clear()


@pytest.mark.usefixtures("lab")
def test_a_package_adds_an_exporter_and_cannot_replace_a_built_in_one(tmp_path: Path) -> None:
    assert export_formats()["coco"].title == "COCO JSON"
    [path] = write_export("lab", make_job(blocks()), tmp_path)
    assert path.read_text() == "4"


@pytest.mark.usefixtures("lab")
def test_a_package_adds_an_importer(tmp_path: Path) -> None:
    path = tmp_path / "a.lab"
    path.touch()
    info = SequenceInfo("a", "/a.mp4", "video", 1, 4, 4)
    assert ".lab" in import_suffixes()
    assert read_masks(path, info, ()).title == "lab file"


@pytest.mark.usefixtures("lab")
def test_an_engine_of_a_package_that_fails_is_named() -> None:
    with pytest.raises(ModelError, match="lab.*no cpu with 2"):
        load_engine("lab", "cpu", 2)


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("chosen", "propagation"),
    [
        ({"engine": "lab"}, "lab"),
        ({"engines": {"video": "lab"}}, "lab"),
        ({"engine": "lab", "propagations": {"video": "classic"}}, "classic"),
        ({"engine": "/models/clicks.pdiparams"}, "best"),
    ],
)
def test_an_engine_of_a_package_that_the_settings_choose_propagates_too(
    chosen: dict[str, Any], propagation: str
) -> None:
    assert dict(Settings(**chosen).choices)["video"].propagation == propagation


def test_every_built_in_row_names_a_function() -> None:
    from app.files.entry_points import load_function

    rows = [row.writer for row in export_formats().values()] + [row.reader for row in import_formats()]
    assert all(callable(load_function(place)) for place in rows)
