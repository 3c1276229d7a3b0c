#!/usr/bin/env bash
# Starts the kiosk: bash tool/run.sh [path] [--screenshot FILE] [more options; see --help]
# Installs what is missing first. Without a display it starts a virtual one.
here=$(dirname "${BASH_SOURCE[0]}")
started_in=$PWD
source "$here/setup.sh"
environment requirements.txt
program=$PWD/main.py python=$PWD/.venv/bin/python
cd "$started_in"
if [ -z "${DISPLAY:-}" ]; then
  need xvfb
  say 'no display: starting a virtual one of 1920x1080 (the window is there, but cannot be seen)'
  exec xvfb-run --auto-servernum --server-args='-screen 0 1920x1080x24' "$python" "$program" "$@"
fi
exec "$python" "$program" "$@"
