#!/usr/bin/env bash
# Makes a machine without a desktop a kiosk: it starts to Framewise alone, on Debian or Ubuntu with systemd. As root:
#
#   bash tool/install_bare_kiosk.sh [--user NAME]    set it up (as often as you like); the user, framewise, is made if missing
#   bash tool/install_bare_kiosk.sh --uninstall      take away what was set up; the user, with all work, stays
#   --dry-run                                        say what would be written, and write nothing
#   --skip-packages                                  the system packages are there already
#
# An X server without window manager, file manager or terminal runs on the first virtual console, and in it the kiosk
# (tool/kiosk.sh), which comes back after a crash or a power cut to the frame where it was. A USB drive is mounted
# read-only in the drop folder, without programs or devices on it, and its videos and scans stand in the worklist; it can be
# pulled out at any time. An operator who leaves the kiosk gets the login of the console.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=system_packages.sh
source "$here/system_packages.sh"
mark='# Written by tool/install_bare_kiosk.sh of Framewise.'
root=${FRAMEWISE_ROOT:-}  # a folder in place of / for tests
unit=$root/etc/systemd/system/framewise-kiosk.service
rule=$root/etc/udev/rules.d/90-framewise-usb.rules
xorg=$root/etc/X11/xorg.conf.d/90-framewise.conf
user=framewise
left_by_operator=3

say() { printf 'framewise: %s\n' "$*"; }
fail() { printf 'framewise: %s\n' "$*" >&2; exit 1; }
act() { if [ -n "$dry_run" ]; then printf 'would run: %s\n' "${*@Q}"; else "$@"; fi; }

# put PATH: write standard input there, unless a file of another program is in the way.
put() {
  local text
  text=$(printf '%s\n%s' "$mark" "$(cat)")
  if [ -e "$1" ] && ! grep -qxF "$mark" "$1"; then fail "$1 is there already and not from this script; move it away first"; fi
  if [ -n "$dry_run" ]; then printf 'would write %s:\n%s\n\n' "$1" "$text"; return; fi
  mkdir -p "$(dirname "$1")"
  printf '%s\n' "$text" > "$1.part"
  mv "$1.part" "$1"
}

# A word in a command line of a unit file (systemd.service(5), "Command lines").
unit_word() {
  local word=${1//\\/\\\\}
  word=${word//\"/\\\"}
  word=${word//%/%%}
  printf '"%s"' "${word//\$/\$\$}"
}

unit_text() {
  cat <<END
[Unit]
Description=Framewise, annotation of clinical videos and scans
After=systemd-user-sessions.service getty@tty1.service
Conflicts=getty@tty1.service
StartLimitIntervalSec=0

[Service]
User=$user
PAMName=login
WorkingDirectory=~
TTYPath=/dev/tty1
TTYReset=yes
TTYVHangup=yes
StandardInput=tty
StandardOutput=journal
RuntimeDirectory=framewise-kiosk
ExecStart=/usr/bin/env bash $(unit_word "$here/bare_session.sh")
ExecStopPost=+-/usr/bin/systemctl --no-block start getty@tty1.service
Restart=always
RestartSec=2
RestartPreventExitStatus=$left_by_operator
SuccessExitStatus=$left_by_operator
TimeoutStopSec=45

[Install]
WantedBy=multi-user.target
END
}

# A drive is mounted by its label, or by the name of its device; the mount goes with the drive.
rule_text() {
  local options="ro,nosuid,nodev,noexec" place
  place=$(getent passwd "$user" | cut -d: -f6 || true)
  place=${place:-/home/$user}/Framewise/drop
  cat <<END
ACTION=="add", SUBSYSTEM=="block", ENV{ID_BUS}=="usb", ENV{ID_FS_USAGE}=="filesystem", ENV{ID_FS_LABEL_ENC}=="?*", RUN+="/usr/bin/systemd-mount --no-block --collect --options=$options \$devnode '$place/USB \$env{ID_FS_LABEL_ENC}'", GOTO="framewise_end"
ACTION=="add", SUBSYSTEM=="block", ENV{ID_BUS}=="usb", ENV{ID_FS_USAGE}=="filesystem", RUN+="/usr/bin/systemd-mount --no-block --collect --options=$options \$devnode '$place/USB %k'"
LABEL="framewise_end"
END
}

# No way out of the X server: neither its own keys nor the virtual consoles.
xorg_text() {
  cat <<END
Section "ServerFlags"
  Option "DontVTSwitch" "true"
  Option "DontZap" "true"
  Option "BlankTime" "0"
EndSection
END
}

install() {
  [ -n "$root$dry_run" ] || [ "$(id -u)" -eq 0 ] || fail 'this needs root'
  if [ -z "$root$skip_packages" ]; then
    act apt-get update -qq
    act env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${system_packages[@]}" "${kiosk_packages[@]}"
  fi
  if [ -z "$root" ] && ! getent passwd "$user" >/dev/null; then
    act useradd --create-home --shell /bin/bash --groups audio,video,input,render "$user"
  fi
  unit_text | put "$unit"
  rule_text | put "$rule"
  xorg_text | put "$xorg"
  [ -n "$root" ] && return
  act systemctl daemon-reload
  act udevadm control --reload
  act systemctl enable framewise-kiosk.service
  act systemctl set-default multi-user.target
  say "done: the next start of the machine is the kiosk. Its settings are those of the user $user."
}

uninstall() {
  local file
  for file in "$unit" "$rule" "$xorg"; do
    if [ -e "$file" ] && grep -qxF "$mark" "$file"; then
      if [ "$file" = "$unit" ] && [ -z "$root" ]; then act systemctl disable framewise-kiosk.service; fi
      act rm -f "$file"
    fi
  done
  if [ -z "$root" ]; then act systemctl daemon-reload; act udevadm control --reload; fi
  say "taken away; the user $user and all work are as they were"
}

mode=install
dry_run=
skip_packages=
while [ $# -gt 0 ]; do
  case $1 in
    --user) user=${2:?a name follows --user}; shift ;;
    --uninstall) mode=uninstall ;;
    --dry-run) dry_run=yes ;;
    --skip-packages) skip_packages=yes ;;
    *) sed -n '2,14p' "${BASH_SOURCE[0]}"; exit 2 ;;
  esac
  shift
done
printf '%s' "$user" | grep -qxE '[a-z_][a-z0-9_-]{0,31}' || fail "$user is no name for a user"
"$mode"
