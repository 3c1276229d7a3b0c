"""The autostart of a workstation, in a home folder of our own."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tool"
UNIT = ".config/systemd/user/framewise-kiosk.service"
ENTRY = ".config/autostart/framewise-kiosk.desktop"
ODD_FOLDERS = ["plain", "with space", 'q"uote', "50%", "$HOME", "back\\slash", "`tick`", "内視鏡"]
# Notes every call and answers as a systemd that serves the user.
SYSTEMCTL = '#!/bin/sh\necho "$@" >> "$HOME/calls"\n'


class Workstation:
    """A home folder, and a copy of the tools in a folder of any name."""

    def __init__(self, root: Path, folder: str = "plain") -> None:
        self.home, self.tools, self.path = root / "home", root / folder / "tool", root / "bin"
        self.home.mkdir()
        self.path.mkdir()
        self.tools.mkdir(parents=True)
        for name in ("install_kiosk.sh", "written_files.sh", "kiosk.sh"):
            shutil.copy(TOOL / name, self.tools)

    def install(self, *options: str, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
        return self._run("install_kiosk.sh", "--skip-setup", *options, check=check, **env)

    def kiosk(self, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
        return self._run("kiosk.sh", *options, check=False, **env)

    def command(self, name: str, script: str) -> None:
        (self.path / name).write_text(script)
        (self.path / name).chmod(0o755)

    @property
    def files(self) -> set[str]:
        return {str(path.relative_to(self.home)) for path in self.home.rglob("*") if path.name != "calls"}

    @property
    def calls(self) -> list[str]:
        return (self.home / "calls").read_text().splitlines()

    def _run(self, script: str, *options: str, check: bool, **env: str) -> subprocess.CompletedProcess[str]:
        base = {"HOME": str(self.home), "PATH": f"{self.path}:/usr/bin:/bin", **env}
        words = ["bash", str(self.tools / script), *options]
        return subprocess.run(
            words, env=base, cwd="/", capture_output=True, text=True, check=check, timeout=150
        )


class Desktop:
    """GNOME's settings as gsettings shows them: a file for each key, named after its schema."""

    VALUES = (
        ("org.gnome.desktop.wm.keybindings", "panel-run-dialog", "['<Alt>F2']"),
        ("org.gnome.desktop.wm.keybindings", "switch-input-source", "['<Super>space']"),
        ("org.gnome.desktop.wm.keybindings", "num-workspaces", "4"),
        ("org.gnome.mutter", "overlay-key", "'Super_L'"),
        ("org.gnome.mutter.wayland.keybindings", "switch-to-session-3", "['<Primary><Alt>F3']"),
        ("org.gnome.settings-daemon.plugins.media-keys", "terminal", "['<Primary><Alt>t']"),
        ("org.gnome.desktop.input-sources", "xkb-options", "['caps:swapescape']"),
    )
    GSETTINGS = """#!/bin/sh
cd "$(dirname "$0")/../desktop" || exit 1
case $1 in
  list-schemas) ls ;;
  list-keys) ls "$2" ;;
  get) cat "$2/$3" ;;
  range) case $(cat "$2/$3") in "["*) echo "type as" ;; *) echo "type i" ;; esac ;;
  set) printf '%s' "$4" > "$2/$3" ;;
esac
"""

    def __init__(self, station: Workstation) -> None:
        self._folder = station.path.parent / "desktop"
        for schema, key, value in self.VALUES:
            (self._folder / schema).mkdir(parents=True, exist_ok=True)
            (self._folder / schema / key).write_text(value)
        station.command("gsettings", self.GSETTINGS)

    @property
    def values(self) -> dict[str, str]:
        return {
            f"{schema} {key}": (self._folder / schema / key).read_text() for schema, key, _ in self.VALUES
        }


@pytest.fixture
def station(tmp_path: Path) -> Workstation:
    return Workstation(tmp_path)


@pytest.mark.parametrize("way", ["--systemd", "--desktop"])
def test_what_was_installed_is_taken_away_and_nothing_else(station: Workstation, way: str) -> None:
    other = station.home / ".config/autostart/other.desktop"
    other.parent.mkdir(parents=True)
    other.write_text("[Desktop Entry]\n")
    before = station.files
    station.install(way)
    assert ENTRY in station.files
    assert (UNIT in station.files) is (way == "--systemd")
    station.install(way, "--uninstall")
    assert station.files == before
    assert other.read_text() == "[Desktop Entry]\n"


@pytest.mark.parametrize("way", ["--systemd", "--desktop"])
def test_an_empty_home_is_empty_again(station: Workstation, way: str) -> None:
    station.install(way)
    station.install(way)
    station.install("--uninstall")
    station.install("--uninstall")
    assert station.files == set()


@pytest.mark.parametrize("ways", [("--desktop", "--systemd"), ("--systemd", "--desktop", "--systemd")])
def test_an_empty_home_is_empty_again_after_a_change_of_the_way(
    station: Workstation, ways: Sequence[str]
) -> None:
    for way in ways:
        station.install(way)
    station.install("--uninstall")
    assert station.files == set()


@pytest.mark.parametrize("way", ["--systemd", "--desktop"])
def test_installing_twice_is_installing_once(station: Workstation, way: str) -> None:
    def contents() -> dict[str, str]:
        return {
            name: (station.home / name).read_text()
            for name in station.files
            if (station.home / name).is_file()
        }

    station.install(way)
    first = contents()
    station.install(way)
    assert contents() == first


def test_a_dry_run_says_everything_and_does_nothing(station: Workstation) -> None:
    told = station.install("--systemd", "--now", "--dry-run").stdout
    assert "Restart=always" in told and UNIT in told and ENTRY in told and "'restart'" in told
    assert station.files == set()
    station.install("--systemd")
    before = station.files
    assert "framewise-kiosk.service" in station.install("--uninstall", "--dry-run").stdout
    assert station.files == before


def test_systemd_is_told_where_it_serves_the_user(station: Workstation) -> None:
    station.command("systemctl", SYSTEMCTL)
    station.install("--now")
    assert station.calls[-3:] == [
        "--user daemon-reload",
        "--user enable framewise-kiosk.service",
        "--user restart framewise-kiosk.service",
    ]
    station.install("--uninstall")
    assert "--user disable --now framewise-kiosk.service" in station.calls
    assert station.files == set()


def test_without_systemd_it_is_a_desktop_entry(station: Workstation) -> None:
    station.command("systemctl", "#!/bin/sh\nexit 1\n")
    assert "no systemd serves this user" in station.install().stdout
    assert ENTRY in station.files and UNIT not in station.files


def test_with_sudo_it_says_who_is_to_run_it(station: Workstation) -> None:
    station.command("id", "#!/bin/sh\necho 0\n")
    refused = station.install("--desktop", check=False, SUDO_USER="ada")
    assert refused.returncode == 1 and "log in as ada" in refused.stderr
    assert station.files == set()


def test_changing_the_way_leaves_no_second_start(station: Workstation) -> None:
    station.install("--systemd")
    station.install("--desktop")
    assert UNIT not in station.files
    assert "--again" in (station.home / ENTRY).read_text()


@pytest.mark.parametrize("name", [UNIT, ENTRY])
def test_a_file_of_somebody_else_is_neither_overwritten_nor_removed(station: Workstation, name: str) -> None:
    (station.home / name).parent.mkdir(parents=True)
    (station.home / name).write_text("mine\n")
    refused = station.install("--systemd", check=False)
    assert refused.returncode == 1 and "move it away" in refused.stderr
    station.install("--uninstall")
    assert (station.home / name).read_text() == "mine\n"


@pytest.mark.parametrize("folder", ODD_FOLDERS)
def test_the_program_may_lie_in_a_folder_of_any_name(tmp_path: Path, folder: str) -> None:
    """Read back by the rules of systemd.service(5) and of the desktop entry specification."""
    station = Workstation(tmp_path, folder)
    station.install("--systemd")
    line = _value(station.home / UNIT, "ExecStart")
    quoted = re.fullmatch(r'/usr/bin/env bash "(.*)"', line)
    assert quoted is not None
    plain = re.sub(r"\\(.)", r"\1", quoted[1]).replace("%%", "%").replace("$$", "$")
    assert plain == str(station.tools / "kiosk.sh")
    station.install("--desktop")
    text = _value(station.home / ENTRY, "Exec").replace("\\\\", "\\")
    assert shlex.split(text.replace("%%", "%").replace("\\`", "`").replace("\\$", "$")) == [
        "bash",
        str(station.tools / "kiosk.sh"),
        "--again",
    ]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("folder", ODD_FOLDERS)
def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path, folder: str) -> None:
    station = Workstation(tmp_path, folder)
    station.install("--systemd")
    words = ["systemd-analyze", "verify", "--user", str(station.home / UNIT)]
    env = {**os.environ, "HOME": str(station.home), "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_on_gnome_the_keys_that_lead_out_are_taken_away_and_given_back(station: Workstation) -> None:
    desktop = Desktop(station)
    before = desktop.values
    station.install("--desktop")
    after = desktop.values
    assert after["org.gnome.desktop.wm.keybindings panel-run-dialog"] == "[]"
    assert after["org.gnome.mutter overlay-key"] == "''"
    assert after["org.gnome.mutter.wayland.keybindings switch-to-session-3"] == "[]"
    assert after["org.gnome.settings-daemon.plugins.media-keys terminal"] == "[]"
    assert after["org.gnome.desktop.input-sources xkb-options"] == "['caps:swapescape', 'srvrkeys:none']"
    for kept in ("wm.keybindings switch-input-source", "wm.keybindings num-workspaces"):
        assert after[f"org.gnome.desktop.{kept}"] == before[f"org.gnome.desktop.{kept}"]
    station.install("--desktop")
    assert desktop.values == after
    station.install("--uninstall")
    assert desktop.values == before and station.files == set()


def test_the_keys_of_the_desktop_stay_where_that_is_wished_and_in_a_dry_run(station: Workstation) -> None:
    desktop = Desktop(station)
    before = desktop.values
    told = station.install("--desktop", "--dry-run").stdout
    assert "panel-run-dialog" in told and "overlay-key" in told
    station.install("--desktop", "--keep-keys")
    assert desktop.values == before


def test_on_other_desktops_it_says_what_is_left_to_do(station: Workstation) -> None:
    station.command("gsettings", "#!/bin/sh\nexit 1\n")
    told = station.install("--desktop").stdout
    assert "not GNOME" in told and "Alt+F2" in told and "Wayland" in told


def test_under_x11_the_consoles_cannot_be_reached_while_the_kiosk_runs(station: Workstation) -> None:
    station.tools.joinpath("run.sh").write_text('echo run >> "$HOME/calls"\n')
    note = '#!/bin/sh\n[ "$1" = -query ] && echo "options:    caps:swapescape" && exit\n'
    station.command("setxkbmap", note + 'echo "setxkbmap $*" >> "$HOME/calls"\n')
    station.kiosk(DISPLAY=":99")
    assert station.calls == [
        "setxkbmap -option srvrkeys:none",
        "run",
        "setxkbmap -option  -option caps:swapescape",
    ]


def test_an_unknown_option_does_nothing(station: Workstation) -> None:
    refused = station.install("--unistall", check=False)
    assert refused.returncode == 1 and "--unistall" in refused.stderr
    assert station.files == set()


def test_the_kiosk_comes_back_after_crashes_and_stays_away_when_an_operator_left(
    station: Workstation,
) -> None:
    station.tools.joinpath("run.sh").write_text(
        'echo "$@" >> "$HOME/calls"\n'
        'case $(wc -l < "$HOME/calls") in 1) exit 0 ;; 2) kill -SEGV $$ ;; 3) exit 1 ;; *) exit 3 ;; esac\n'
    )
    done = station.kiosk("--again", "--size", "1x1", DISPLAY=":99", FRAMEWISE_PAUSE="0")
    assert done.returncode == 0
    assert station.calls == ["--fullscreen --size 1x1"] * 4
    assert "status 139" in done.stderr


def test_the_kiosk_waits_for_a_screen_and_passes_its_status_on(station: Workstation) -> None:
    station.tools.joinpath("run.sh").write_text("exit 3\n")
    assert station.kiosk().returncode == 1
    assert station.kiosk(WAYLAND_DISPLAY="wayland-0").returncode == 3


def test_the_screen_is_kept_awake_where_that_can_be_done(station: Workstation) -> None:
    station.tools.joinpath("run.sh").write_text('echo "run" >> "$HOME/calls"\n')
    note = '#!/bin/sh\necho "$(basename "$0") $1" >> "$HOME/calls"\n'
    station.command("xset", note)
    station.command("systemd-inhibit", note + 'while [ "${1#--}" != "$1" ]; do shift; done\nexec "$@"\n')
    station.command("gnome-session-inhibit", "#!/bin/sh\nexit 1\n")
    station.kiosk(DISPLAY=":99")
    assert station.calls == [
        "systemd-inhibit --what=idle",
        "xset s",
        "systemd-inhibit --what=idle",
        "run",
        "xset s",
    ]


@pytest.mark.parametrize("script", ["kiosk.sh", "install_kiosk.sh"])
def test_the_scripts_have_no_known_fault(script: str) -> None:
    words = [str(Path(sys.executable).parent / "shellcheck"), "-x", f"tool/{script}"]
    done = subprocess.run(words, cwd=TOOL.parent, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def _value(path: Path, key: str) -> str:
    (line,) = [line for line in path.read_text().splitlines() if line.startswith(f"{key}=")]
    return line.removeprefix(f"{key}=")
