#!/usr/bin/env bash
# Makes a machine without a desktop a kiosk: it starts to Framewise alone, on Debian or Ubuntu with systemd. As root:
#
#   bash tool/install_bare_kiosk.sh [--user NAME]    set it up (as often as you like); the user, framewise, is made if missing
#   bash tool/install_bare_kiosk.sh --uninstall      take away what was set up; the user, with all work, stays
#   --dry-run                                        say what would be written, and write nothing
#   --skip-packages                                  the system packages are there already
#
# An X server without window manager, file manager or terminal runs on the first virtual console, and in it the kiosk
# (tool/kiosk.sh), which comes back after a crash or a power cut to the frame where it was. Neither keys nor SysRq lead out
# of it. A USB drive or a disc is mounted read-only in the drop folder (tool/mount_drive.sh), and its videos and scans stand
# in the worklist; it can be pulled out at any time. An operator who leaves the kiosk gets the login of the console.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# What the installer of a bundle brings up to date is named by its link, not by its version.
if [ /opt/framewise/current/tool -ef "$here" ]; then here=/opt/framewise/current/tool; fi
mark='# Written by tool/install_bare_kiosk.sh of Framewise.'
root=${FRAMEWISE_ROOT:-}  # a folder in place of / for tests
units=$root/etc/systemd/system
unit=$units/framewise-kiosk.service
drive_unit=$units/framewise-drive@.service
rule=$root/etc/udev/rules.d/90-framewise-usb.rules
xorg=$root/etc/X11/xorg.conf.d/90-framewise.conf
consoles=$root/etc/systemd/logind.conf.d/90-framewise.conf
restarts=$root/etc/systemd/system.conf.d/90-framewise.conf
sysrq=$root/etc/sysctl.d/90-framewise.conf
user=framewise
left_by_operator=3
# shellcheck source-path=SCRIPTDIR source=system_packages.sh
source "$here/system_packages.sh"
# shellcheck source-path=SCRIPTDIR source=written_files.sh
source "$here/written_files.sh"

home() {
  local found
  found=$(getent passwd "$user" | cut -d: -f6 || true)
  printf '%s' "${found:-/home/$user}"
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
ExecStopPost=+-/bin/sh -c 'if [ "\$\$EXIT_STATUS" = $left_by_operator ]; then systemctl --no-block start getty@tty1.service; fi'
Restart=always
RestartSec=2
RestartPreventExitStatus=$left_by_operator
SuccessExitStatus=$left_by_operator
TimeoutStopSec=45

[Install]
WantedBy=multi-user.target
END
}

drive_unit_text() {
  local folder
  folder=$(unit_word "$(home)/Framewise/drop")
  cat <<END
[Unit]
Description=Drive %i in the worklist of Framewise
BindsTo=dev-%i.device
After=dev-%i.device

[Service]
Type=oneshot
RemainAfterExit=yes
RuntimeDirectory=framewise-drive-%i
ExecStart=/usr/bin/env bash $(unit_word "$here/mount_drive.sh") mount /dev/%i $folder
ExecStop=/usr/bin/env bash $(unit_word "$here/mount_drive.sh") unmount /dev/%i $folder
END
}

rule_text() {
  # Where a disc drive is empty systemd takes it for gone, so that the service of the disc before ends, and begins with the next.
  cat <<END
ACTION!="remove", SUBSYSTEM=="block", ENV{ID_BUS}=="usb", ENV{ID_FS_USAGE}=="filesystem", TAG+="systemd", ENV{SYSTEMD_WANTS}+="framewise-drive@%k.service"
ACTION!="remove", SUBSYSTEM=="block", ENV{ID_CDROM}=="1", ENV{ID_FS_USAGE}=="filesystem", TAG+="systemd", ENV{SYSTEMD_WANTS}+="framewise-drive@%k.service"
ACTION!="remove", SUBSYSTEM=="block", ENV{ID_CDROM}=="1", ENV{ID_FS_USAGE}!="filesystem", ENV{SYSTEMD_READY}="0"
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

# Nor before it is there, or while it starts again: no login on other consoles, no restart by seven Ctrl+Alt+Del, no SysRq,
# which takes the keyboard from the X server (Alt+SysRq+R).
consoles_text() { printf '[Login]\nNAutoVTs=0\nReserveVT=0\n'; }
restarts_text() { printf '[Manager]\nCtrlAltDelBurstAction=none\n'; }
sysrq_text() { printf 'kernel.sysrq = 0\n'; }

install_packages() {
  local missing
  mapfile -t missing < <(lacking "${system_packages[@]}" "${kiosk_packages[@]}")
  [ "${#missing[@]}" -eq 0 ] && return
  act apt-get update -qq
  act env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    || fail "these packages could not be installed: ${missing[*]}. Without a network, run the bundle with --bare-kiosk. Nothing was changed."
}

# The user, with a drop folder of his own before a drive is mounted in it, and settings that lock the window.
make_user() {
  local settings
  if ! getent passwd "$user" >/dev/null; then
    act useradd --create-home --shell /bin/bash --groups audio,video,input,render "$user"
  fi
  act runuser -u "$user" -- mkdir -p "$(home)/Framewise/drop"
  settings=$(home)/.config/framewise/settings.toml
  [ -e "$settings" ] && return
  act runuser -u "$user" -- bash -c "umask 077; mkdir -p $(dirname "$settings"); echo 'kiosk = true' > $settings"
}

# Has systemd and udev read their files again. In a container neither may run, and the next start of a machine does it too.
read_again() {
  if [ -d /run/systemd/system ]; then act systemctl daemon-reload || true; fi
  act udevadm control --reload || true
}

install() {
  [ -n "$root$dry_run" ] || [ "$(id -u)" -eq 0 ] || fail 'this needs root'
  if [ -z "$root" ] && systemctl is-enabled display-manager.service >/dev/null 2>&1; then
    fail 'this machine has a desktop; log in there and run tool/install_kiosk.sh'
  fi
  if [ -z "$root$skip_packages" ]; then install_packages; fi
  if [ -z "$root" ]; then make_user; fi
  unit_text | put "$unit"
  drive_unit_text | put "$drive_unit"
  rule_text | put "$rule"
  xorg_text | put "$xorg"
  consoles_text | put "$consoles"
  restarts_text | put "$restarts"
  sysrq_text | put "$sysrq"
  [ -n "$root" ] && return
  act systemctl mask ctrl-alt-del.target
  read_again
  act systemctl enable framewise-kiosk.service
  say "done: the next start of the machine is the kiosk. Its settings are those of the user $user."
}

uninstall() {
  local file
  if [ -z "$root" ] && is_ours "$unit"; then
    # Without them the files still go; a link to a unit that is gone does nothing.
    act systemctl disable framewise-kiosk.service || say 'systemd did not disable framewise-kiosk.service; its file is removed'
    act systemctl unmask ctrl-alt-del.target || say 'Ctrl+Alt+Del stays off: run systemctl unmask ctrl-alt-del.target'
  fi
  for file in "$sysrq" "$restarts" "$consoles" "$xorg" "$rule" "$drive_unit" "$unit"; do take_away "$file"; done
  if [ -z "$root" ]; then read_again; fi
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
    *) sed -n '2,15p' "${BASH_SOURCE[0]}"; exit 2 ;;
  esac
  shift
done
printf '%s' "$user" | grep -qxE '[a-z_][a-z0-9_-]{0,31}' || fail "$user is no name for a user"
"$mode"
