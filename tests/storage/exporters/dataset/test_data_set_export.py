"""A data set: split by source, classes by name, unsure pixels void, the same bytes again, and a draft that goes on."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.domain.annotation import Annotation, Label, Object, Status
from app.domain.errors import ExportError, UsageError
from app.domain.history import Edit
from app.domain.tier import Interval, Term, Tier, TierChange
from app.imaging import masks
from app.storage.exporters.dataset.data_set_export import export_data_set
from app.storage.exporters.dataset.data_set_member import DataSetMember
from app.storage.exporters.dataset.data_set_plan import (
    DataSetPlan,
    SplitMember,
    assign_splits,
    class_list,
    map_objects,
)
from app.storage.exporters.export_job import ExportJob
from app.storage.exporters.training import davis_export
from app.storage.exporters.training.frame_pictures import write_picture
from app.storage.workspace.journal import Journal, JournalEntry
from app.storage.workspace.stored_sequence import find_sequences
from tests.helpers.workspaces import SIZE, make_folders, make_workspace, square

PLAN = DataSetPlan("davis", "polyps", (0.5, 0.25, 0.25))


class Cancelled(Exception):
    """The person has changed her mind."""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    make_folders(tmp_path, 4)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_every_sequence_is_on_one_side_and_the_manifest_names_every_file(study: Path) -> None:
    told: list[tuple[int, int]] = []
    report = export_data_set(PLAN, find_sequences(study / "work"), study, lambda *now: told.append(now))
    assert (report.sequences, report.frames) == (4, 20) and (20, 20) in told
    manifest = json.loads((report.folder / "manifest.json").read_text())
    assert sum(manifest["frames"].values()) == 20
    assert manifest["frames"]["train"] == 10
    listed = {
        split: (report.folder / f"ImageSets/2017/{name}.txt").read_text().split()
        for split, name in (("train", "train"), ("val", "val"), ("test", "test-dev"))
    }
    assert sorted(name for names in listed.values() for name in names) == [f"clip{n}" for n in range(4)]
    files = contents(report.folder)
    digests = {
        name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "manifest.json"
    }
    assert digests == manifest["files"]
    assert "README.md" in digests and "contact_sheet.jpg" in digests
    assert manifest["masks"]["train"] == {"tool": 10, "polyp": 10}
    assert str(study) not in (report.folder / "manifest.json").read_text()


def test_phases_of_all_sequences_stand_in_one_table(study: Path) -> None:
    tier = Tier("phase", "phases", (Term("=cut", "1"),))
    change = TierChange(added=(Interval("phase", "=cut", 1, 4, "Ada"),), tiers=((), (tier,)))
    first, *_ = find_sequences(study / "work")
    with Journal(first.journal) as journal:
        journal.write([JournalEntry(Edit(99, "Mark", tiers=change), "done", 0.0)])
    report = export_data_set(PLAN, find_sequences(study / "work"), study)
    with (report.folder / "intervals.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["sequence"], row["term"], row["first_frame"], row["last_frame"]) == (
        "clip0",
        "'=cut",
        "1",
        "3",
    )
    manifest = json.loads((report.folder / "manifest.json").read_text())
    assert [item["intervals"] for item in manifest["sequences"]] == [1, 0, 0, 0]
    assert "intervals.csv" in manifest["files"]
    assert "1 in all" in (report.folder / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["davis", "coco-polygons", "cvat-images", "parquet"])
def test_the_same_input_gives_the_same_bytes_also_after_a_cut(study: Path, kind: str) -> None:
    plan, sequences = replace(PLAN, kind=kind), find_sequences(study / "work")
    whole = contents(export_data_set(plan, sequences, study / "one").folder)
    asked = iter(range(12))

    def check() -> None:
        if next(asked, None) is None:
            raise Cancelled

    with pytest.raises(Cancelled):
        export_data_set(plan, sequences, study / "two", check=check)
    assert not (study / "two/polyps").exists()
    assert contents(export_data_set(plan, sequences, study / "two").folder) == whole
    assert list((study / "two").iterdir()) == [study / "two/polyps"]


def test_pictures_of_a_cut_export_are_not_written_again_but_those_of_another_one_are(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequences = find_sequences(study / "work")
    left = iter(range(7))
    written: list[Path] = []

    def count(job: ExportJob, frame: int, path: Path, **options: bool) -> None:
        if not path.exists():
            if next(left, None) is None:
                raise Cancelled
            written.append(path)
        write_picture(job, frame, path, **options)

    monkeypatch.setattr(davis_export, "write_picture", count)
    with pytest.raises(Cancelled):
        export_data_set(PLAN, sequences, study)
    left = iter(range(100))
    export_data_set(PLAN, sequences, study)
    assert len(written) == 20, "each picture once"
    export_data_set(replace(PLAN, seed=1), sequences, study, overwrite=True)
    assert len(written) == 40


def test_an_export_that_is_cancelled_while_its_files_are_summed_keeps_its_pictures(study: Path) -> None:
    sequences = find_sequences(study / "work")
    draft = study / ".polyps.unfinished"

    def check() -> None:
        if (draft / "README.md").exists():
            raise Cancelled

    with pytest.raises(Cancelled):
        export_data_set(PLAN, sequences, study, check=check)
    kept = {path.relative_to(draft): path.stat().st_mtime_ns for path in draft.glob("JPEGImages/**/*.jpg")}
    assert len(kept) == 20
    folder = export_data_set(PLAN, sequences, study).folder
    assert kept == {
        path.relative_to(folder): path.stat().st_mtime_ns for path in folder.glob("JPEGImages/**/*.jpg")
    }
    assert not any(name.endswith(".unfinished") for name in contents(folder))


def test_progress_goes_on_while_files_are_summed(study: Path) -> None:
    seen: list[tuple[int, int]] = []
    draft = study / ".polyps.unfinished"

    def progress(done: int, total: int) -> None:
        if (draft / "README.md").exists():
            seen.append((done, total))

    folder = export_data_set(PLAN, find_sequences(study / "work"), study, progress).folder
    files = len(json.loads((folder / "manifest.json").read_text())["files"])
    assert seen == [(done, files) for done in range(1, files + 1)]


def test_unsure_masks_are_void_and_frames_of_them_alone_are_left_out(tmp_path: Path) -> None:
    source = make_folders(tmp_path, 1)[0]
    cells = {
        (0, 1): (Status.VERIFIED, 1.0),
        (0, 2): (Status.PROPAGATED, 0.4),
        (2, 1): (Status.PROPAGATED, 0.9),
        (2, 2): (Status.PROPAGATED, 0.9),
        (3, 1): (Status.PROPAGATED, 0.2),
    }
    make_workspace(tmp_path / "other", source, cells)
    plan = DataSetPlan("pascal-voc", shares=(1, 0, 0), least_score=0.5)
    folder = export_data_set(plan, find_sequences(tmp_path / "other"), tmp_path).folder
    names = sorted(path.name for path in (folder / "SegmentationClass").iterdir())
    assert names == ["clip0_0_000.png", "clip0_0_002.png"]
    picture = np.asarray(Image.open(folder / "SegmentationClass/clip0_0_000.png"))
    assert set(picture[square(0, 1)]) == {1}, "what is sure is painted over what is not"
    assert set(picture[square(0, 2) & ~square(0, 1)]) == {255}
    left_out = replace(plan, unsure="leave out", name="strict")
    folder = export_data_set(left_out, find_sequences(tmp_path / "other"), tmp_path).folder
    assert [path.name for path in (folder / "SegmentationClass").iterdir()] == ["clip0_0_002.png"]
    verified = replace(plan, statuses=(Status.VERIFIED,), name="verified", step=2)
    folder = export_data_set(verified, find_sequences(tmp_path / "other"), tmp_path).folder
    assert [path.name for path in (folder / "SegmentationClass").iterdir()] == ["clip0_0_000.png"]


def test_what_cannot_be_read_is_named_and_the_rest_is_written(study: Path) -> None:
    gone = study / "sources/clip1"
    gone.rename(study / "elsewhere")
    report = export_data_set(PLAN, find_sequences(study / "work"), study)
    assert report.sequences == 3 and any("clip1" in warning for warning in report.warnings)
    (study / "sources").rename(study / "away")
    with pytest.raises(ExportError, match="No frame .* clip0 was left out: .*Connect its drive"):
        export_data_set(replace(PLAN, name="none"), find_sequences(study / "work"), study)


def test_a_folder_that_is_there_and_an_empty_data_set_are_refused(study: Path) -> None:
    sequences = find_sequences(study / "work")
    (study / "polyps").mkdir()
    with pytest.raises(ExportError, match="already"):
        export_data_set(PLAN, sequences, study)
    with pytest.raises(ExportError, match="No frame"):
        export_data_set(replace(PLAN, name="b", statuses=(Status.VERIFIED,)), sequences, study)
    with pytest.raises(UsageError, match="no format of data sets"):
        export_data_set(replace(PLAN, name="c", kind="nifti"), sequences, study)
    with pytest.raises(UsageError, match="add up to 1"):
        DataSetPlan("davis", shares=(0.5, 0.2, 0.2))
    with pytest.raises(UsageError, match="minimum score"):
        DataSetPlan("davis", least_score=90)


def test_only_an_earlier_data_set_is_replaced(study: Path) -> None:
    sequences, own = find_sequences(study / "work"), study / "polyps/manifest.json"
    own.parent.mkdir()
    own.write_text('{"name": "a web app"}')
    with pytest.raises(ExportError, match="not replaced"):
        export_data_set(PLAN, sequences, study, overwrite=True)
    assert own.read_text() == '{"name": "a web app"}'
    own.unlink()
    own.parent.rmdir()
    export_data_set(PLAN, sequences, study)
    assert export_data_set(replace(PLAN, step=2), sequences, study, overwrite=True).frames < 20


def test_a_label_of_the_class_map_that_no_sequence_has_is_named(study: Path) -> None:
    names = {
        label.name
        for label in class_list(PLAN, [DataSetMember.read(find_sequences(study / "work")[0]).labels])
    }
    plan = replace(PLAN, classes=((names.pop(), "lesion"), ("poylp", "lesion")))
    [warning] = export_data_set(plan, find_sequences(study / "work"), study).warnings
    assert "'poylp'" in warning


def test_a_group_is_never_on_two_sides_and_shares_are_met() -> None:
    candidates = [SplitMember(f"patient {n % 30}", 10 + n % 7) for n in range(120)]
    plan = DataSetPlan("davis", shares=(0.7, 0.2, 0.1))
    splits = assign_splits(plan, candidates)
    sides = {(item.key, split) for item, split in zip(candidates, splits, strict=True)}
    assert len(sides) == 30
    total = sum(item.frames for item in candidates)
    for split, share in zip(("train", "val", "test"), plan.shares, strict=True):
        found = sum(item.frames for item, side in zip(candidates, splits, strict=True) if side == split)
        assert abs(found / total - share) < 0.06
    assert splits == assign_splits(plan, candidates)


def test_classes_are_told_apart_by_name_since_values_differ_from_sequence_to_sequence() -> None:
    one, two = (Label(1, "tool", (1, 1, 1)), Label(2, "polyp", (2, 2, 2))), (Label(1, "polyp", (3, 3, 3)),)
    plan = DataSetPlan("davis")
    classes = class_list(plan, [one, two])
    assert [(label.value, label.name) for label in classes] == [(1, "tool"), (2, "polyp")]
    assert map_objects(plan, [Object(9, 1)], two, classes) == (Object(9, 2),)
    mapped = DataSetPlan("davis", classes=(("tool", "thing"), ("polyp", "thing"), ("vessel", None)))
    classes = class_list(mapped, [one, two])
    assert [label.name for label in classes] == ["thing"]
    assert map_objects(mapped, [Object(1, 1), Object(2, 2), Object(3, 7)], one, classes) == (
        Object(1, 1),
        Object(2, 1),
    )


def test_every_nth_frame(tmp_path: Path) -> None:
    cell = Annotation(masks.encode(np.ones(SIZE[::-1], bool)), Status.EDITED)
    assert DataSetPlan("davis", step=3).frames(lambda frame: {1: cell} if frame < 8 else {}, 10) == (0, 3, 6)
