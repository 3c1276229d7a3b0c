#!/usr/bin/env bash
# Packs a folder with install.sh into one file that checks itself and runs it: bash tool/installer/pack.sh FOLDER FILE
# The same folder gives the same bytes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$1 target=$2
work=$(mktemp -d "$(dirname "$target")/.pack-XXXXXX")
trap 'rm -rf "$work"' EXIT

(cd "$folder" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum) > "$work/sums"
mv "$work/sums" "$folder/SHA256SUMS"
tar -C "$folder" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf "$work/payload.tar" .
sed -e "s/@SUM@/$(sha256sum "$work/payload.tar" | cut -d' ' -f1)/" -e "s/@BYTES@/$(stat -c %s "$work/payload.tar")/" \
  "$here/header.sh" > "$work/bundle.run"
cat "$work/payload.tar" >> "$work/bundle.run"
chmod 755 "$work/bundle.run"
mv "$work/bundle.run" "$target"
