# shellcheck shell=bash disable=SC2034
# Packages of Debian and Ubuntu that the program needs; sourced by setup.sh and by the installers.
system_packages=(
  python3-venv libgl1 libglx-mesa0 libegl1 libgl1-mesa-dri libgomp1 libglib2.0-bin libxcursor1 libxinerama1 libxrandr2
  libxi6 libxrender1 fonts-dejavu-core fonts-noto-cjk
)
# What a kiosk without a desktop needs besides. Without libpam-systemd and dbus the X server gets no screen.
kiosk_packages=(
  xserver-xorg-core xserver-xorg-input-libinput xserver-xorg-video-all xinit x11-xserver-utils x11-xkb-utils dbus
  libpam-systemd ntfs-3g
)

# lacking PACKAGES: those that are not installed here.
lacking() {
  local name
  for name in "$@"; do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || printf '%s\n' "$name"
  done
}
