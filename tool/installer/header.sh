#!/usr/bin/env bash
# Framewise, with all that it needs. Installs without a network: bash THIS-FILE --help
# What follows the last line of this script is a tar archive.
set -euo pipefail

sum=@SUM@
bytes=@BYTES@
self=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/$(basename "${BASH_SOURCE[0]}")
fail() { printf 'framewise: %s\n' "$*" >&2; exit 1; }

payload() { tail -c "$bytes" "$self"; }

[ "$(payload | sha256sum | cut -d' ' -f1)" = "$sum" ] \
  || fail 'this file is damaged, as by a copy that broke off; copy it again. Nothing was changed.'
work=$(mktemp -d "${TMPDIR:-/tmp}/framewise-XXXXXX") || fail 'there is no folder for temporary files'
trap 'rm -rf "$work"' EXIT
[ "$(df --output=avail -B1 "$work" | tail -1)" -gt "$bytes" ] \
  || fail "there is no room for $((bytes >> 20)) MB in $work; name another folder in TMPDIR. Nothing was changed."
payload | tar -x -C "$work"
bash "$work/install.sh" "$@"
exit 0
