"""The installer of a bundle, with a small program in it, in a home folder of our own."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tool"
LIMIT_SECONDS = 150
WORK = ".local/share/framewise/clip/journal.sqlite"  # of the annotator, in the user's data folder


def release() -> str:
    about = platform.freedesktop_os_release()
    return about["ID"] + about.get("VERSION_ID", "")


def system_python() -> str:
    words = ["/usr/bin/python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def make_bundle(folder: Path, version: str, on: str | None = None, main: str = "") -> Path:
    """Pack a program that says its version; on: the release it is for, None for this machine's."""
    payload = folder / f"payload-{version}"
    for name in ("program/tool", "program/app", "wheels", "packages"):
        (payload / name).mkdir(parents=True)
    (payload / "program/main.py").write_text(main or f'print("framewise {version}")\n')
    (payload / "program/app/part.py").write_text("")
    (payload / "program/requirements.txt").write_text("")
    (payload / "program/tool/system_packages.sh").write_text(
        "system_packages=()\nkiosk_packages=()\nlacking() { :; }\n"
    )
    (payload / "extra.txt").write_text("")
    facts = {"version": version, "release": on or release(), "python": system_python(), "commit": "abc"}
    (payload / "bundle.txt").write_text("".join(f"{key}={value}\n" for key, value in facts.items()))
    shutil.copy(TOOL / "installer/install.sh", payload)
    bundle = folder / f"framewise-{version}.run"
    words = ["bash", str(TOOL / "installer/pack.sh"), str(payload), str(bundle)]
    subprocess.run(words, check=True, timeout=LIMIT_SECONDS)
    return bundle


class Machine:
    """A home folder to install into, with the work of an annotator in it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / WORK).parent.mkdir(parents=True)
        (home / WORK).write_text("work")

    def run(self, bundle: Path, *options: str) -> subprocess.CompletedProcess[str]:
        env = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "TMPDIR": str(self.home.parent)}
        words = ["bash", str(bundle), *options]
        return subprocess.run(
            words, env=env, capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS
        )

    def says(self) -> str:
        command = self.home / ".local/bin/framewise"
        return subprocess.run([command], check=True, capture_output=True, text=True).stdout.strip()

    @property
    def files(self) -> set[str]:
        return {str(path.relative_to(self.home)) for path in self.home.rglob("*") if path.is_file()}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "home")


def test_it_installs_upgrades_and_goes_without_touching_the_work(machine: Machine, tmp_path: Path) -> None:
    """A version that does not start leaves the one before."""
    first, second = make_bundle(tmp_path, "1.0"), make_bundle(tmp_path, "1.1")
    done = machine.run(first)
    assert (done.returncode, machine.says()) == (0, "framewise 1.0"), done.stderr
    assert any(name.endswith(".pyc") and "/app/" in name for name in machine.files)
    assert machine.run(second).returncode == 0
    assert machine.says() == "framewise 1.1"
    failed = machine.run(make_bundle(tmp_path, "2.0", main="raise SystemExit(1)\n"))
    assert failed.returncode != 0
    assert "what was there before stays" in failed.stdout
    assert machine.says() == "framewise 1.1"
    assert machine.run(machine.home / ".local/share/framewise-program/current/uninstall.sh").returncode == 0
    assert machine.files == {WORK}


def test_uninstalling_where_nothing_is_installed_says_where_it_looked(
    machine: Machine, tmp_path: Path
) -> None:
    done = machine.run(make_bundle(tmp_path, "1.0"), "--uninstall")
    assert done.returncode == 1
    assert f"not installed in {machine.home}" in done.stderr
    assert machine.files == {WORK}


def test_a_damaged_bundle_changes_nothing_and_says_so(machine: Machine, tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path, "1.0")
    with bundle.open("r+b") as file:
        file.seek(-3000, os.SEEK_END)
        file.write(b"\xff")
    for damaged in (bundle, _cut(make_bundle(tmp_path, "1.1"))):
        done = machine.run(damaged)
        assert done.returncode == 1
        assert "damaged" in done.stderr
    assert machine.files == {WORK}


def _cut(bundle: Path) -> Path:
    os.truncate(bundle, bundle.stat().st_size - 1000)
    return bundle


def test_another_release_is_refused_by_name(machine: Machine, tmp_path: Path) -> None:
    done = machine.run(make_bundle(tmp_path, "1.0", on="debian7"))
    assert done.returncode == 1
    assert "debian7" in done.stderr
    assert release() in done.stderr
    assert "bash tool/bundle.sh" in done.stderr
    assert machine.files == {WORK}


def test_a_command_of_another_program_is_not_replaced(machine: Machine, tmp_path: Path) -> None:
    other = machine.home / ".local/bin/framewise"
    other.parent.mkdir(parents=True)
    other.write_text("of another program")
    done = machine.run(make_bundle(tmp_path, "1.0"))
    assert done.returncode == 1
    assert "not ours" in done.stderr
    assert other.read_text() == "of another program"
    assert machine.files == {WORK, ".local/bin/framewise"}


def test_the_same_content_gives_the_same_bundle(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    bundles = [make_bundle(tmp_path / name, "1.0") for name in ("a", "b")]
    assert bundles[0].read_bytes() == bundles[1].read_bytes()


@pytest.mark.parametrize(
    "script", ["bundle.sh", "installer/install.sh", "installer/header.sh", "installer/pack.sh"]
)
def test_the_scripts_of_the_bundle_have_no_known_fault(script: str) -> None:
    words = [str(Path(sys.executable).parent / "shellcheck"), "-x", f"tool/{script}"]
    done = subprocess.run(words, cwd=TOOL.parent, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
