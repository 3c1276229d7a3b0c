"""A machine without a desktop: what is written to it, in a folder in place of /, and the session that it starts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tool"
UNIT = "etc/systemd/system/framewise-kiosk.service"
DRIVE_UNIT = "etc/systemd/system/framewise-drive@.service"
RULE = "etc/udev/rules.d/90-framewise-usb.rules"
LIMIT_SECONDS = 150


def install(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    words = ["bash", str(TOOL / "install_bare_kiosk.sh"), "--user", "annotator", *options]
    env = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "FRAMEWISE_ROOT": str(root)}
    return subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=LIMIT_SECONDS)


def files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_what_is_written_is_taken_away_again_and_nothing_else(tmp_path: Path) -> None:
    other = tmp_path / "etc/udev/rules.d/70-other.rules"
    other.parent.mkdir(parents=True)
    other.write_text("")
    for _ in range(2):
        assert install(tmp_path).returncode == 0
    assert {UNIT, DRIVE_UNIT, RULE} < files(tmp_path)
    assert install(tmp_path, "--uninstall").returncode == 0
    assert files(tmp_path) == {"etc/udev/rules.d/70-other.rules"}


def test_a_file_of_another_program_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / UNIT).parent.mkdir(parents=True)
    (tmp_path / UNIT).write_text("[Unit]\n")
    done = install(tmp_path)
    assert done.returncode == 1
    assert "not from this script" in done.stderr
    assert (tmp_path / UNIT).read_text() == "[Unit]\n"


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    assert "ExecStart=" in install(tmp_path, "--dry-run").stdout
    assert not files(tmp_path)


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("this machine has no systemd-analyze")
    install(tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / UNIT)],
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_SECONDS,
    )
    about_ours = [line for line in done.stderr.splitlines() if "framewise-kiosk" in line]
    assert not [line for line in about_ours if "Unknown" in line or "Failed" in line or "bad" in line], (
        about_ours
    )


def test_a_drive_is_mounted_where_the_worklist_looks(tmp_path: Path) -> None:
    install(tmp_path)
    rules = (tmp_path / RULE).read_text()
    assert 'ENV{ID_BUS}=="usb"' in rules
    assert 'ENV{ID_CDROM}=="1", ENV{ID_FS_USAGE}=="filesystem"' in rules
    assert "/home/annotator/Framewise/drop" in (tmp_path / DRIVE_UNIT).read_text()


def test_neither_keys_nor_sysrq_lead_out_while_the_screen_is_not_there(tmp_path: Path) -> None:
    install(tmp_path)
    assert "NAutoVTs=0" in (tmp_path / "etc/systemd/logind.conf.d/90-framewise.conf").read_text()
    assert "kernel.sysrq = 0" in (tmp_path / "etc/sysctl.d/90-framewise.conf").read_text()


@pytest.mark.parametrize(("kiosk", "status"), [("exit 0", 3), ("exit 1", 1), ("kill -9 $$", 1)])
def test_only_leaving_ends_the_session_without_a_restart(tmp_path: Path, kiosk: str, status: int) -> None:
    tools, commands = tmp_path / "tool", tmp_path / "bin"
    tools.mkdir()
    commands.mkdir()
    shutil.copy(TOOL / "bare_session.sh", tools)
    (tools / "kiosk.sh").write_text(f"{kiosk}\n")
    # As xinit does: run the client up to the two dashes, and end with a status of its own.
    (commands / "xinit").write_text(
        '#!/bin/bash\nwhile [ "$1" != -- ]; do client+=("$1"); shift; done\n"${client[@]}"\nexit 0\n'
    )
    (commands / "xinit").chmod(0o755)
    env = {"PATH": f"{commands}:/usr/bin:/bin", "RUNTIME_DIRECTORY": str(tmp_path)}
    words = ["bash", str(tools / "bare_session.sh")]
    done = subprocess.run(words, env=env, capture_output=True, check=False, timeout=LIMIT_SECONDS)
    assert done.returncode == status


@pytest.mark.parametrize("script", ["install_bare_kiosk.sh", "bare_session.sh"])
def test_the_scripts_of_the_bare_kiosk_have_no_known_fault(script: str) -> None:
    words = [str(Path(sys.executable).parent / "shellcheck"), "-x", f"tool/{script}"]
    done = subprocess.run(words, cwd=TOOL.parent, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
