#!/usr/bin/env bash
# Installs Framewise from a bundle, without a network. The bundle runs it: bash framewise-*.run [options]
#
#   (no option)      install for this user, or bring an earlier version up to date
#   --all-users      for all users of this machine, into /opt; needs root
#   --bare-kiosk     the same, and a machine without a desktop starts to Framewise alone (tool/install_bare_kiosk.sh)
#   --packages-only  only install the system packages that are missing; needs root
#   --uninstall      take the program away; workspaces, settings and models stay (uninstall.sh beside the program does the same)
#   --check          only see whether the bundle is whole and this machine can run it
#   --help           say this
#
# For one user it goes to ~/.local/share/framewise-program with a command in ~/.local/bin and an entry in the menu. Missing
# system packages are installed where that is allowed (root, or sudo without a password); otherwise they are named. A version that cannot be
# installed whole leaves the one before as it was.

set -euo pipefail
bundle=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../system_packages.sh
if [ -e "$bundle/bundle.txt" ]; then source "$bundle/program/tool/system_packages.sh"; fi
mark='# Written by the installer of Framewise.'
kept=1  # versions that stay beside the new one: those that may still be running

say() { printf 'framewise: %s\n' "$*"; }
fail() { printf 'framewise: %s\n' "$*" >&2; exit 1; }
value() { sed -n "s/^$1=//p" "$bundle/bundle.txt"; }

check_bundle() {
  (cd "$bundle" && sha256sum --check --quiet SHA256SUMS) || fail 'the bundle is damaged; copy it again. Nothing was changed.'
  [ "$(uname -m)" = x86_64 ] || fail "this machine is $(uname -m); the program needs x86_64"
  local release
  release=$(. /etc/os-release && printf '%s%s' "$ID" "${VERSION_ID:-}")
  [ "$release" = "$(value release)" ] \
    || fail "the bundle is for $(value release), this machine runs $release; make one on a machine with $release and a network (bash tool/bundle.sh). Nothing was changed."
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# apt that knows the packages of the bundle alone.
bundle_apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dir::Etc::sourcelist="$bundle/sources.list" \
    -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$bundle/lists" -o Dir::Cache::archives="$bundle/archives" \
    -o APT::Get::List-Cleanup=0 -o APT::Sandbox::User=root -o Dpkg::Use-Pty=0 "$@" >> "$bundle/packages.log" 2>&1
}

install_packages() {
  local missing
  mapfile -t missing < <(lacking "${wanted_packages[@]}")
  [ "${#missing[@]}" -eq 0 ] && { say 'system packages: all there'; return; }
  if [ "$(id -u)" -ne 0 ] && ! { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }; then
    fail "only root can install what is missing: ${missing[*]}. Run this once as root with --packages-only. Nothing was changed."
  fi
  say "system packages: installing ${missing[*]}"
  mkdir -p "$bundle/lists/partial" "$bundle/archives/partial"
  printf 'deb [trusted=yes] file:%s ./\n' "$bundle/packages" > "$bundle/sources.list"
  { bundle_apt update && bundle_apt install --no-install-recommends "${missing[@]}"; } \
    || { tail -5 "$bundle/packages.log" >&2; fail 'the system packages do not fit this machine; bring it up to date first. The program was not changed.'; }
}

# Refuse to write over a command of another program, before anything is installed.
check_commands() {
  local file
  for file in "$commands/framewise" "$entries/framewise.desktop"; do
    if [ -e "$file" ] && ! grep -qF "$mark" "$file"; then
      fail "$file is there already and not ours; move it away first. Nothing was changed."
    fi
  done
}

# put PATH: write standard input there.
put() {
  mkdir -p "$(dirname "$1")"
  cat > "$1.part"
  mv "$1.part" "$1"
}

install_program() {
  local room
  place=$prefix/$(value version)-$(value commit)
  if [ -e "$place/complete" ]; then say "version $(value version) is there already: $place"; else
    mkdir -p "$prefix"
    room=$(df --output=avail -BM "$prefix" | tail -1 | tr -dc 0-9)
    [ "$room" -gt "$needed_megabytes" ] || fail "there is no room in $prefix: $needed_megabytes MB are needed, $room MB are free. Nothing was changed."
    rm -rf "$place"
    trap 'rm -rf "$place"; say "it was not installed; what was there before stays"' EXIT
    say "installing version $(value version) into $place"
    cp -r "$bundle/program" "$place"
    "/usr/bin/python$(value python)" -m venv "$place/.venv"
    "$place/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index \
      --find-links "$bundle/wheels" -r "$place/requirements.txt" -r "$bundle/extra.txt"
    # Users may not write here: without this each start, and each of its processes, compiles all modules again.
    "$place/.venv/bin/python" -m compileall -q "$place/app"
    # tool/run.sh takes the libraries for installed when this says so.
    cat "$place/requirements.txt" "$place/requirements.txt" | sha256sum | cut -d' ' -f1 > "$place/.venv/installed-requirements"
    "$place/.venv/bin/python" "$place/main.py" --version >/dev/null
    cp "$bundle/install.sh" "$place/uninstall.sh"
    touch "$place/complete"
    trap - EXIT
  fi
  ln -sfn "$place" "$prefix/current.new"
  mv -T "$prefix/current.new" "$prefix/current"
}

install_commands() {
  put "$commands/framewise" <<END
#!/bin/sh
$mark
exec "$prefix/current/.venv/bin/python" "$prefix/current/main.py" "\$@"
END
  chmod 755 "$commands/framewise"
  put "$entries/framewise.desktop" <<END
[Desktop Entry]
$mark
Type=Application
Name=Framewise
Comment=Annotation of clinical videos and scans
Exec=$commands/framewise %f
Terminal=false
Categories=Graphics;MedicalSoftware;
END
}

remove_old_versions() {
  local old olds
  mapfile -t olds < <(find "$prefix" -mindepth 1 -maxdepth 1 -type d ! -path "$(readlink "$prefix/current")" -printf '%T@ %p\n' \
    | sort -rn | cut -d' ' -f2-)
  for old in "${olds[@]:kept}"; do
    rm -rf "$old"
    say "removed the old version $(basename "$old")"
  done
}

uninstall() {
  local file
  [ -d "$prefix" ] || fail "it is not installed in $prefix; --all-users takes away what is in /opt"
  # A machine that starts to a program that is gone has no console either.
  if grep -qsF "$prefix/current/" /etc/systemd/system/framewise-kiosk.service; then
    bash "$prefix/current/tool/install_bare_kiosk.sh" --uninstall \
      || fail "the bare kiosk could not be taken away, so $prefix stays; the line above says why. Mend that and run this again."
  fi
  for file in "$commands/framewise" "$entries/framewise.desktop"; do
    if [ -e "$file" ] && grep -qF "$mark" "$file"; then rm -f "$file"; fi
  done
  rmdir "$entries" 2>/dev/null || true  # where nothing else is in it
  rm -rf "$prefix" || fail "not all of $prefix could be removed, for the reasons above; run this again"
  say "removed $prefix; workspaces, settings, models and system packages are as they were"
}

mode=install
all_users=
bare_kiosk=
wanted_packages=("${system_packages[@]}")
place=
for word in "$@"; do
  case $word in
    --all-users) all_users=yes ;;
    --bare-kiosk) all_users=yes bare_kiosk=yes wanted_packages+=("${kiosk_packages[@]}") ;;
    --uninstall | --check | --packages-only) mode=${word#--} ;;
    --help) sed -n '2,16p' "${BASH_SOURCE[0]}" | sed 's/^# \{0,1\}//'; exit 0 ;;
    *) fail "there is no option $word; see --help" ;;
  esac
done
case $bundle in /opt/framewise/*) all_users=yes ;; esac  # an installed copy takes away what it is part of
if [ -n "$all_users" ]; then
  [ "$(id -u)" -eq 0 ] || fail '--all-users and --bare-kiosk need root'
  prefix=/opt/framewise commands=/usr/local/bin entries=/usr/local/share/applications
else
  data=${XDG_DATA_HOME:-$HOME/.local/share}
  prefix=$data/framewise-program commands=$HOME/.local/bin entries=$data/applications
fi
needed_megabytes=6000  # measured: 5,400 MB with the libraries for a GPU

if [ "$mode" = uninstall ] || [ ! -e "$bundle/bundle.txt" ]; then  # an installed copy only takes away
  uninstall
  exit 0
fi
check_bundle
say "the bundle is whole: version $(value version) for $(value release)"
if [ "$mode" = check ]; then say "system packages to install: $(lacking "${wanted_packages[@]}" | tr '\n' ' ')"; exit 0; fi
if [ "$mode" = install ]; then check_commands; fi
install_packages
[ "$mode" = packages-only ] && exit 0
install_program
install_commands
remove_old_versions
if [ -n "$bare_kiosk" ]; then bash "$prefix/current/tool/install_bare_kiosk.sh"; fi
say "done. Start it with: $commands/framewise"
