"""Models come into the library from sticks and archives, whole and checked, or not at all."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.domain.engine_choice import EngineChoice
from app.domain.errors import ModelError, StorageFull
from app.files.atomic_folder import temporary_folder
from app.models.library import model_listing
from app.models.library.model_folder import Library
from tests.models.made_programs import write_model, write_propagation

ROOT = Path(__file__).parents[3]


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "library")


@pytest.fixture
def stick(tmp_path):
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def import_models(library, source, name=""):
    return library.import_models(source, lambda words, done, total: None, name)


def packed(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def model_files(stick, stem="net"):
    write_model(stick / "source", stem)
    return {path.name: path.read_bytes() for path in (stick / "source").iterdir()}


def everything(root):
    return {str(path.relative_to(root)) for path in root.rglob("*")}


def test_a_stick_with_models_in_folders_and_archives(library, stick):
    write_model(stick / "clicks", "one")
    write_propagation(stick / "propagation_ct")
    content = model_files(stick, "two")
    packed(stick / "two.zip", {f"two/{name}": data for name, data in content.items()})
    for path in (stick / "source").iterdir():
        path.unlink()
    assert sorted(import_models(library, stick).names) == ["one", "propagation_ct", "two"]
    found = {model.name: model for model in library.models()}
    assert found["one"].path.name == "one.pdiparams"
    assert (found["one"].use, found["propagation_ct"].use) == ("click", "propagation")
    assert found["two"].path.read_bytes() == content["two.pdiparams"]


def test_one_chosen_file_brings_the_rest_and_nothing_else(library, stick):
    write_model(stick, "one")
    write_model(stick, "other")
    assert import_models(library, stick / "one.pdiparams").names == ["one"]
    write_propagation(stick)
    assert import_models(library, stick / "static_fusion.pdiparams").names == ["stick"]
    assert len(list((library.folder / "stick").iterdir())) == 7


def test_a_downloaded_model_gets_the_name_of_its_package(library, stick):
    archive = packed(stick / "a.zip", {f"deep/{n}": data for n, data in model_files(stick).items()})
    assert import_models(library, archive, "static_hrnet18s_ocr48_lits").names == [
        "static_hrnet18s_ocr48_lits"
    ]
    row = next(row for row in model_listing.rows(library) if row.name == "liver")
    assert row.click.endswith("static_hrnet18s_ocr48_lits/net.pdiparams")
    assert row.packages == ("static_propagation_lits",)
    assert row.choice_beside(EngineChoice("classic", "free")) == EngineChoice(row.click, "free")


def test_an_imported_model_leaves_the_other_half_as_it_is_in_use(library, stick):
    write_model(stick, "one")
    assert import_models(library, stick / "one.pdiparams").names == ["one"]
    write_propagation(stick)
    assert import_models(library, stick / "static_fusion.pdiparams").names == ["stick"]
    used = EngineChoice("free", "free")
    rows = {row.name: row for row in model_listing.rows(library)}
    clicks, carries = (rows[name].choice_beside(used) for name in ("one", "stick"))
    assert (clicks.click, clicks.propagation) == (rows["one"].click, "free")
    assert (carries.click, carries.propagation) == ("free", rows["stick"].propagation)
    assert [name for name, row in rows.items() if row.is_used(clicks)] == ["one"]
    assert [name for name, row in rows.items() if row.is_used(used)] == ["free"]


@pytest.mark.parametrize("name", ["../net.pdmodel", "/net.pdmodel", "a/../../net.pdmodel", "..\\net.pdmodel"])
def test_an_archive_whose_names_lead_out_of_it_is_refused(library, stick, name):
    content = model_files(stick)
    archive = packed(
        stick / "bad.zip", {name: content["net.pdmodel"], "net.pdiparams": content["net.pdiparams"]}
    )
    before = everything(stick.parent)
    with pytest.raises(ModelError, match="leads out of it"):
        import_models(library, archive)
    assert everything(stick.parent) == before


def test_a_link_in_an_archive_is_refused(library, stick):
    with zipfile.ZipFile(stick / "bad.zip", "w") as archive:
        entry = zipfile.ZipInfo("net.pdiparams")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
        archive.writestr("net.pdmodel", "x")
    with pytest.raises(ModelError, match="link"):
        import_models(library, stick / "bad.zip")
    assert library.models() == []


def test_links_on_a_stick_are_not_followed(library, stick):
    secret = write_model(stick.parent / "secret", "net")
    os.symlink(secret, stick / "net.pdiparams")
    os.symlink(secret.with_suffix(".pdmodel"), stick / "net.pdmodel")
    with pytest.raises(ModelError, match="no model in it"):
        import_models(library, stick)


def test_a_bomb_is_refused_before_it_goes_off(library, stick):
    archive = packed(stick / "bomb.zip", {"net.pdiparams": bytes(64 << 20), "net.pdmodel": b"x"})
    with pytest.raises(ModelError, match="from next to nothing"):
        import_models(library, archive)
    assert not library.folder.exists()


def test_an_archive_that_lies_about_its_sizes_is_refused(library, stick):
    content = model_files(stick)
    archive = packed(stick / "liar.zip", content)
    data = bytearray(archive.read_bytes())
    place = data.rindex(b"net.pdiparams") - 46 + 24
    size = len(content["net.pdiparams"])
    assert int.from_bytes(data[place : place + 4], "little") == size
    data[place : place + 4] = (size - 8).to_bytes(4, "little")
    archive.write_bytes(data)
    with pytest.raises(ModelError):
        import_models(library, archive)
    assert library.models() == []


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_an_archive_that_was_cut_off_is_refused(library, stick, keep):
    archive = packed(stick / "cut.zip", model_files(stick))
    data = archive.read_bytes()
    archive.write_bytes(data[: int(keep * len(data))])
    with pytest.raises(ModelError, match="no complete zip archive"):
        import_models(library, archive)


def test_an_html_page_in_the_place_of_an_archive_is_refused(library, stick):
    (stick / "portal.zip").write_text("<html>Please log in</html>")
    with pytest.raises(ModelError, match="no complete zip archive"):
        import_models(library, stick / "portal.zip")


def test_of_several_models_the_sound_ones_come_and_the_others_are_named(library, stick):
    write_model(stick / "good", "good")
    (stick / "half").mkdir()
    write_model(stick / "half", "half").unlink()
    cut = write_model(stick / "cut", "cut")
    cut.write_bytes(cut.read_bytes()[:-3])
    done = import_models(library, stick)
    assert done.names == ["good"]
    assert len(done.problems) == 2
    assert any("half.pdiparams" in text and "missing" in text for text in done.problems)
    assert any("cut" in text for text in done.problems)
    assert [path.name for path in library.folder.iterdir()] == ["good"]


def test_the_same_model_twice_is_one_and_another_of_its_name_a_second(library, stick):
    write_model(stick / "a", "net")
    write_model(stick / "b", "net", number=5.0)
    for _ in range(2):
        import_models(library, stick / "a")
    assert import_models(library, stick / "b").names == ["net (2)"]
    assert [model.name for model in library.models()] == ["net", "net (2)"]


def test_a_full_disk_is_said_and_leaves_nothing_behind(library, stick, monkeypatch):
    write_model(stick, "net")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: type("U", (), {"free": 10})())
    with pytest.raises(StorageFull):
        import_models(library, stick)
    assert list(library.folder.iterdir()) == []


def test_an_import_that_is_broken_off_leaves_nothing_behind(library, stick):
    write_model(stick, "net")

    def stop(words, done, total):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.import_models(stick, stop)
    assert list(library.folder.iterdir()) == []


def test_paths_that_lead_nowhere_are_forgotten(stick):
    here = write_model(stick, "net")
    assert model_listing.existing_paths([str(here), str(stick / "gone.pdiparams")]) == (str(here),)


def test_what_a_killed_import_left_goes_with_the_next_and_a_running_one_is_left_alone(library, stick):
    write_model(stick, "net")
    code = "import os, sys; from pathlib import Path; from app.files.atomic_folder import temporary_folder\n"
    code += "with temporary_folder(Path(sys.argv[1])) as draft: (draft / 'half').touch(); os._exit(9)"
    subprocess.run([sys.executable, "-c", code, str(library.folder)], cwd=ROOT, check=False)
    (killed,) = library.folder.iterdir()
    with temporary_folder(library.folder / "other") as elsewhere, temporary_folder(library.folder) as running:
        import_models(library, stick)
        assert not killed.exists() and running.exists() and elsewhere.exists()
    assert [model.name for model in library.models()] == ["net"]


def test_two_imports_at_once_of_different_models_of_one_name_keep_both(library, stick):
    for number in range(4):
        write_model(stick / str(number), "net", number=float(number))
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda number: import_models(library, stick / str(number)), range(4)))
    names = {name for each in done for name in each.names}
    assert names == {model.name for model in library.models()} and len(names) == 4
    assert everything(library.folder) == {
        f"{n}{file}" for n in names for file in ("", "/net.pdmodel", "/net.pdiparams")
    }
