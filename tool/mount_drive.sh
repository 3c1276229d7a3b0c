#!/usr/bin/env bash
# Mounts a USB drive or a disc read-only in the drop folder, under its label, and takes it away again. As root; the
# service framewise-drive@ of tool/install_bare_kiosk.sh runs it when a drive is plugged in or pulled out, and when a disc
# is laid in or ejected:
#
#   bash tool/mount_drive.sh mount DEVICE FOLDER       mounts it as FOLDER/USB LABEL, a disc as FOLDER/CD LABEL
#   bash tool/mount_drive.sh unmount DEVICE FOLDER
set -euo pipefail
request=$1 device=$2 folder=$3
note=$RUNTIME_DIRECTORY/place  # where the drive is mounted

say() { printf 'framewise: %s\n' "$*"; }
property() { udevadm info --query=property --name="$device" | sed -n "s/^$1=//p"; }

# A label may hold any character. udev writes those that could mean something as \x2f, and no other backslash.
label() {
  printf '%b' "$(property ID_FS_LABEL_ENC)" | tr -d '\000' | tr '/[:cntrl:]' '_' | sed 's/^[[:space:]]*//; s/[[:space:]]*$//'
}

# Types of drives that people bring, each with options: nothing is written to the drive, not even a journal is replayed;
# names are what they are there; and the modes on a disc do not decide who may read it here.
options() {
  case $1 in
    vfat) printf 'vfat,utf8' ;;
    exfat) printf 'exfat,iocharset=utf8' ;;
    iso9660) printf 'iso9660,iocharset=utf8,overriderockperm,mode=0444,dmode=0555' ;;
    udf) printf 'udf,iocharset=utf8,mode=0444,dmode=0555' ;;
    ntfs) printf 'ntfs-3g,norecover' ;;  # Debian's kernel has no driver of its own
    ext2 | ext3 | ext4) printf 'ext4,noload' ;;
    *) return 1 ;;
  esac
}

# Makes a folder that no other drive has, since two drives may have one label.
claim() {
  local name what=USB
  name=$(label)
  if [ "$(property ID_CDROM)" = 1 ]; then what=CD; fi
  for name in "$what ${name:-$uuid}" "$what ${name:+$name }$uuid" "$what ${name:+$name }$(basename "$device")"; do
    if mkdir "$folder/$name" 2>/dev/null; then printf '%s/%s' "$folder" "$name"; return; fi
  done
  return 1
}

mount_drive() {
  local kind place uuid
  if findmnt --source "$device" >/dev/null; then say "$device belongs to this machine"; return; fi
  kind=$(options "$(property ID_FS_TYPE)") || { say "$device has a file system that is not mounted: $(property ID_FS_TYPE)"; return; }
  uuid=$(property ID_FS_UUID_ENC | tr -c '[:alnum:]\n-' _)
  uuid=${uuid:-$(basename "$device")}
  exec 9< "$folder"
  flock 9
  rmdir "$folder/USB "* "$folder/CD "* 2>/dev/null || true  # left by a power cut; those of drives that are mounted stay
  place=$(claim) || { say "there is no place for $device in $folder"; return 1; }
  printf '%s' "$place" > "$note"
  # Without the lock: ntfs-3g stays as long as the drive does, and would keep every other drive out.
  if ! mount -t "${kind%%,*}" -o "ro,nosuid,nodev,noexec${kind#"${kind%%,*}"}" "$device" "$place" 9<&-; then
    unmount_drive
    return 1
  fi
  say "mounted $device as $place"
}

unmount_drive() {
  local place
  place=$(cat "$note" 2>/dev/null) || return 0
  umount --lazy "$place" 2>/dev/null || true
  rmdir "$place"
  rm -f "$note"
}

"${request}_drive"
