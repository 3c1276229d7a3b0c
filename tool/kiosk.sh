#!/usr/bin/env bash
# Runs the kiosk full screen and keeps the screen awake: bash tool/kiosk.sh [--again] [options of the program]
# Under X11 the keys of the virtual consoles are off while it runs.
# --again starts it again whenever it ends, unless the operator left it (exit status 3).
# tool/install_kiosk.sh has it started at login.

set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
left_by_operator=3
pause=${FRAMEWISE_PAUSE:-2}
longest_pause=60
why='Annotation is going on'

say() { printf 'framewise: %s\n' "$*" >&2; }

# works COMMAND…: whether it is there and does what it is asked.
works() { command -v "$1" >/dev/null && "$@" >/dev/null 2>&1; }

# Commands that hold off the screen saver and sleep for as long as what follows them runs.
inhibitors() {
  local idle=(systemd-inhibit --what=idle --mode=block --who=Framewise "--why=$why")
  local session=(gnome-session-inhibit --inhibit idle:suspend --app-id framewise --reason "$why")
  awake=()
  if works "${idle[@]}" true; then awake+=("${idle[@]}"); fi
  if works "${session[@]}" true; then awake+=("${session[@]}"); fi
}

screen_saver() {
  if command -v xset >/dev/null; then xset "$@" >/dev/null 2>&1; fi
}

# consoles off|back: the keys of virtual consoles (Ctrl+Alt+F1 to F12) of an X server.
consoles() {
  command -v setxkbmap >/dev/null && [ -n "${DISPLAY:-}" ] || return 0
  if [ "$1" = off ]; then
    layout_options=$(setxkbmap -query 2>/dev/null | sed -n 's/^options: *//p')
    setxkbmap -option srvrkeys:none >/dev/null 2>&1 || true
  else
    setxkbmap -option '' ${layout_options:+-option "$layout_options"} >/dev/null 2>&1 || true
  fi
}

run() {
  screen_saver s off s noblank -dpms
  "${awake[@]}" bash "$here/run.sh" --fullscreen "$@"
}

# The longer a fault lasts, the longer the pause: a broken machine is not kept busy with it.
run_again_and_again() {
  local status started wait=$pause
  while :; do
    started=$SECONDS
    run "$@"
    status=$?
    [ "$status" -eq "$left_by_operator" ] && return 0
    [ $((SECONDS - started)) -ge "$longest_pause" ] && wait=$pause
    say "ended with status $status, starts again in $wait s"
    sleep "$wait"
    wait=$((wait * 2 < longest_pause ? wait * 2 : longest_pause))
  done
}

again=
if [ "${1:-}" = --again ]; then again=yes; shift; fi
if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  say 'there is no screen yet'
  exit 1
fi
inhibitors
consoles off
trap 'screen_saver s default +dpms; consoles back' EXIT
if [ -n "$again" ]; then run_again_and_again "$@"; else run "$@"; fi
