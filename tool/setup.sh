# Sourced by run.sh and test.sh: system packages, the virtual environment, the pinned libraries.
# Says what it does; does nothing that is done already.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'framewise: %s\n' "$*"; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else say "needs root for: $*"; return 1; fi
}

# need PACKAGES: install the Debian packages that are missing.
need() {
  local missing
  mapfile -t missing < <(lacking "$@")
  [ "${#missing[@]}" -eq 0 ] && return 0
  say "installing ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# environment REQUIREMENTS: make .venv hold exactly what a requirements file pins.
environment() {
  local stamp=.venv/installed-$(basename "$1" .txt) wanted
  wanted=$(cat requirements.txt "$1" | sha256sum | cut -d' ' -f1)
  [ -x .venv/bin/python ] || { say 'making .venv'; python3 -m venv .venv; }
  [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return 0
  say "installing the libraries of $1 (the first time takes a few minutes)"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$1"
  printf '%s\n' "$wanted" > "$stamp"
}

[ -e /etc/debian_version ] || say 'this is no Debian or Ubuntu: system packages must be there already'
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { say 'Python 3.11 or newer is needed'; exit 1; }
# shellcheck source-path=SCRIPTDIR
source tool/system_packages.sh
if [ -e /etc/debian_version ]; then need "${system_packages[@]}"; fi
