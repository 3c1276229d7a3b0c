#!/usr/bin/env bash
# Has the kiosk start when this user logs in, and start again after a crash, and takes the keys away that lead out of
# it: Alt+F2, Super, the terminal's and the virtual consoles' (Ctrl+Alt+F1 to F12), the overview and its corner. That is
# done on GNOME (Debian's and Ubuntu's desktop, X11 and Wayland); on other desktops only the consoles' keys are taken
# away, under X11 and while the kiosk runs, and the script says what is left to do by hand.
#
#   bash tool/install_kiosk.sh                set it up (as often as you like)
#   bash tool/install_kiosk.sh --uninstall    take away what was set up, and nothing else
#
#   --dry-run      say what would be done, and do nothing
#   --now          start the kiosk at once as well
#   --systemd      with a systemd user unit     (default: this where the user has a systemd,
#   --desktop      with a desktop entry alone             else that)
#   --skip-setup   do not install the libraries of the program first
#   --keep-keys    leave the keys of the desktop as they are
#
# An operator who leaves the kiosk (exit status 3) is let go until the next login; any other end is a crash.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
unit=framewise-kiosk.service
units=${XDG_CONFIG_HOME:-$HOME/.config}/systemd/user
wants=$units/graphical-session.target.wants
autostart=${XDG_CONFIG_HOME:-$HOME/.config}/autostart
entry=$autostart/framewise-kiosk.desktop
keys=${XDG_CONFIG_HOME:-$HOME/.config}/framewise/desktop-keys
mark='# Written by tool/install_kiosk.sh of Framewise.'
left_by_operator=3
# shellcheck source-path=SCRIPTDIR source=written_files.sh
source "$here/written_files.sh"

# A word in a command line of a desktop entry, escaped once as an argument and once as a string.
desktop_word() {
  local word=${1//\\/\\\\\\\\}
  word=${word//\"/\\\\\"}
  word=${word//\`/\\\\\`}
  word=${word//\$/\\\\\$}
  printf '"%s"' "${word//%/%%}"
}

unit_text() {
  cat <<END
[Unit]
Description=Framewise, annotation of clinical videos and scans
PartOf=graphical-session.target
After=graphical-session.target
StartLimitIntervalSec=0

[Service]
ExecStart=/usr/bin/env bash $(unit_word "$here/kiosk.sh")
Restart=always
RestartSec=2
RestartPreventExitStatus=$left_by_operator
SuccessExitStatus=$left_by_operator
TimeoutStopSec=45

[Install]
WantedBy=graphical-session.target
END
}

# entry_text COMMAND: the desktop entry that runs it at login.
entry_text() {
  cat <<END
[Desktop Entry]
Type=Application
Name=Framewise
Comment=Annotation of clinical videos and scans
Exec=$1
Terminal=false
X-GNOME-Autostart-enabled=true
END
}

# Not every desktop tells systemd of its screen, or that it has begun.
trigger() {
  local variables='DISPLAY XAUTHORITY WAYLAND_DISPLAY XDG_CURRENT_DESKTOP XDG_SESSION_TYPE'
  printf 'sh -c "systemctl --user import-environment %s; exec systemctl --user start %s"' "$variables" "$unit"
}

has_systemd() { command -v systemctl >/dev/null && systemctl --user show-environment >/dev/null 2>&1; }

set_up_libraries() {
  if [ -n "$dry_run" ]; then printf 'would install the libraries of the program\n'; return; fi
  # shellcheck source=tool/setup.sh
  (source "$here/setup.sh" && environment requirements.txt)
}

has_gnome() { command -v gsettings >/dev/null && gsettings list-schemas 2>/dev/null | grep -qx org.gnome.mutter; }

# Every key of GNOME that leads out of the kiosk, and its value there: SCHEMA KEY VALUE.
gnome_keys() {
  local schema key
  for schema in org.gnome.desktop.wm.keybindings org.gnome.mutter.keybindings org.gnome.mutter.wayland.keybindings \
    org.gnome.shell.keybindings; do
    for key in $(gsettings list-keys "$schema" 2>/dev/null | sort); do
      case $key in switch-input-source*) continue ;; esac
      if [ "$(gsettings range "$schema" "$key")" = 'type as' ]; then echo "$schema $key []"; fi
    done
  done
  schema=org.gnome.settings-daemon.plugins.media-keys
  for key in terminal logout home www email search help control-center screensaver custom-keybindings; do
    echo "$schema $key []"
  done
  echo "org.gnome.mutter overlay-key ''"
  echo 'org.gnome.desktop.interface enable-hot-corners false'
  echo 'org.gnome.desktop.lockdown disable-command-line true'
  echo 'org.gnome.desktop.lockdown disable-user-switching true'
  # Without these symbols neither the X server nor GNOME's compositor switches to a virtual console.
  local options
  options=$(value_before org.gnome.desktop.input-sources xkb-options)
  case $options in '@as []' | '[]') options="['srvrkeys:none']" ;; *) options="${options%]}, 'srvrkeys:none']" ;; esac
  echo "org.gnome.desktop.input-sources xkb-options $options"
}

# value_before SCHEMA KEY: as noted when the keys were taken away, else as it is.
value_before() {
  if is_ours "$keys" && grep -q "^$1 $2 " "$keys"; then
    sed -n "s/^$1 $2 //p" "$keys"
  else
    gsettings get "$1" "$2"
  fi
}

take_keys() {
  local schema key value notes=''
  if ! has_gnome; then
    say 'this is not GNOME: take Alt+F2, Super and the shortcuts of terminals away in the settings of your desktop'
    say 'the keys of virtual consoles are off while the kiosk runs under X11; under Wayland they stay'
    return
  fi
  while read -r schema key value; do
    if gsettings list-keys "$schema" 2>/dev/null | grep -qx "$key"; then
      notes+="$schema $key $(value_before "$schema" "$key")"$'\n'
    fi
  done < <(gnome_keys)
  printf '%s' "$notes" | put "$keys"
  while read -r schema key value; do
    if gsettings list-keys "$schema" 2>/dev/null | grep -qx "$key"; then
      act gsettings set "$schema" "$key" "$value" || say "could not change $schema $key: run this in the desktop's session"
    fi
  done < <(gnome_keys)
  say 'Alt+F2, Super, terminals and virtual consoles cannot be reached by keys any more'
}

give_keys_back() {
  local schema key value
  is_ours "$keys" || return 0
  while read -r schema key value; do
    case $schema in '#' | '') continue ;; esac
    act gsettings set "$schema" "$key" "$value" || say "could not change $schema $key back to $value"
  done < "$keys"
  take_away "$keys"
}

install_unit() {
  unit_text | put "$units/$unit"
  entry_text "$(trigger)" | put "$entry"
  if has_systemd; then
    act systemctl --user daemon-reload
    act systemctl --user enable "$unit"
  else
    act mkdir -p "$wants"
    act ln -sfn "../$unit" "$wants/$unit"
  fi
  if [ -n "$now" ]; then act systemctl --user restart "$unit"; fi
}

install_entry() {
  entry_text "bash $(desktop_word "$here/kiosk.sh") --again" | put "$entry"
  if [ -n "$now" ]; then act setsid --fork bash "$here/kiosk.sh" --again; fi
}

remove_unit() {
  is_ours "$units/$unit" || return 0
  if has_systemd; then act systemctl --user disable --now "$unit" || true; fi
  # Over a remote login there may be no systemd to ask.
  if [ -L "$wants/$unit" ]; then act rm -f "$wants/$unit"; fi
  if [ -d "$wants" ]; then act rmdir --ignore-fail-on-non-empty "$wants"; fi
  take_away "$units/$unit"
  if has_systemd; then act systemctl --user daemon-reload; fi
}

uninstall() {
  local folder
  give_keys_back
  take_away "$entry"
  remove_unit
  for folder in "${still_there[@]}"; do
    if [ -d "$folder" ]; then act rmdir --ignore-fail-on-non-empty "$folder"; fi
  done
  [ -n "$dry_run" ] || say 'the kiosk no longer starts by itself'
}

way='' dry_run='' now='' skip_setup='' keep_keys='' request=install
for option in "$@"; do
  case $option in
    --uninstall) request=uninstall ;;
    --dry-run) dry_run=yes ;;
    --now) now=yes ;;
    --systemd | --desktop) way=${option#--} ;;
    --skip-setup) skip_setup=yes ;;
    --keep-keys) keep_keys=yes ;;
    -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 0 ;;
    *) fail "unknown option $option; see --help" ;;
  esac
done
if [ "$(uname -s)" != Linux ]; then fail 'this sets up Linux workstations only'; fi
if [ "$(id -u)" -eq 0 ] && [ -n "${SUDO_USER:-}" ]; then
  fail "this sets up the user who runs it: log in as $SUDO_USER and run it without sudo"
fi
if [ "$request" = uninstall ]; then uninstall; exit 0; fi
if [ "$(id -u)" -eq 0 ]; then say 'this sets up root; for another user, log in as that user and run it again'; fi
if [ -z "$way" ]; then
  way=systemd
  has_systemd || { way=desktop; say 'no systemd serves this user: a desktop entry starts the kiosk, kiosk.sh brings it back after a crash'; }
fi
if [ -z "$skip_setup" ]; then set_up_libraries; fi
if [ "$way" = systemd ]; then install_unit; else remove_unit; install_entry; fi
if [ -z "$keep_keys" ]; then take_keys; fi
[ -n "$dry_run" ] || say "the kiosk starts at the next login; see also: bash tool/install_kiosk.sh --help"
