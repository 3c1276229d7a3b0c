#!/usr/bin/env bash
# The session of a kiosk without a desktop: an X server on the console, and in it the kiosk alone.
# tool/install_bare_kiosk.sh has systemd run it. Ends with status 3 where an operator left the kiosk, else with 1.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
left=${RUNTIME_DIRECTORY:-${XDG_RUNTIME_DIR:-/tmp}}/left
left_by_operator=3

if [ "${1:-}" = --inside ]; then
  # kiosk.sh starts the program again until an operator leaves it, which alone makes it end with 0.
  bash "$here/kiosk.sh" --again && touch "$left"
  exit 0
fi
rm -f "$left"
xinit /usr/bin/env bash "$here/bare_session.sh" --inside -- :0 vt1 -keeptty -nolisten tcp -noreset
[ -e "$left" ] && exit "$left_by_operator"
exit 1
