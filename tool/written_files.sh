# shellcheck shell=bash disable=SC2154
# Files that an installer of a kiosk writes, and takes away again with the folders it made for them. Sourced, by a script
# that sets mark, the first line of each of its files, and dry_run, which is empty where things are to be done.

made='# It made the folder '

say() { printf 'framewise: %s\n' "$*"; }
fail() { printf 'framewise: %s\n' "$*" >&2; exit 1; }

# act COMMAND…: do it, or say what would be done.
act() {
  if [ -n "$dry_run" ]; then printf 'would run: %s\n' "${*@Q}"; else "$@"; fi
}

# A word in a command line of a unit file (systemd.service(5), "Command lines").
unit_word() {
  local word=${1//\\/\\\\}
  word=${word//\"/\\\"}
  word=${word//%/%%}
  printf '"%s"' "${word//\$/\$\$}"
}

is_ours() { [ -f "$1" ] && grep -qxF "$mark" "$1"; }

# The folders above a path that are not there yet, deepest last, as notes for the uninstallation.
folders_to_make() {
  local folder notes=''
  folder=$(dirname "$1")
  while [ ! -d "$folder" ]; do
    notes="$made$folder"$'\n'"$notes"
    folder=$(dirname "$folder")
  done
  printf '%s' "$notes"
}

# put PATH: write standard input there, whole or not at all, unless a file of another program is in the way.
put() {
  local path=$1 text notes
  text=$(cat)
  if [ -e "$path" ] && ! is_ours "$path"; then
    fail "$path is there already and not from this script; move it away first"
  fi
  notes=$(if is_ours "$path"; then grep -F "$made" "$path" || true; else folders_to_make "$path"; fi)
  notes=$(printf '%s\n' "${still_there[@]/#/$made}" "$notes" | sed '/^$/d')
  text=$(printf '%s\n%s%s' "$mark" "${notes:+$notes$'\n'}" "$text")
  if [ -n "$dry_run" ]; then printf 'would write %s:\n%s\n\n' "$path" "$text"; return; fi
  mkdir -p "$(dirname "$path")"
  printf '%s\n' "$text" > "$path.draft"
  mv -f "$path.draft" "$path"
  say "wrote $path"
}

# Folders that this script has made and that were not empty when the file that noted them went.
still_there=()

# take_away PATH: remove our file, and the folders made for it that are empty.
take_away() {
  local path=$1 folders=() folder
  is_ours "$path" || return 0
  mapfile -t folders < <(grep -F "$made" "$path" | tac)
  act rm -f "$path"
  for folder in "${folders[@]}"; do
    folder=${folder#"$made"}
    act rmdir --ignore-fail-on-non-empty "$folder" || true
    if [ -d "$folder" ]; then still_there=("$folder" "${still_there[@]}"); fi
  done
  [ -n "$dry_run" ] || say "removed $path"
}
