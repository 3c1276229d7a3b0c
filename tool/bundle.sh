#!/usr/bin/env bash
# Makes one file for a USB stick that installs Framewise where there is no network:
#
#   bash tool/bundle.sh [--into FOLDER]       makes FOLDER/framewise-VERSION-RELEASE.run (FOLDER: dist)
#   bash framewise-VERSION-RELEASE.run        installs it; see --help there
#
# In it are this version of the program as committed, with its models; every library it pins, for the Python of this
# machine's Debian or Ubuntu release; the system packages of that release, with fonts; and SHA-256 sums of all of it.
# It has to be made on the release it is for, with a network. What is fetched is kept in FOLDER/cache for the next time.

# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

into=$PWD/dist
while [ $# -gt 0 ]; do
  case $1 in
    --into) into=$(mkdir -p "$2" && cd "$2" && pwd); shift 2 ;;
    *) say "there is no option $1"; sed -n '2,9p' "${BASH_SOURCE[0]}"; exit 2 ;;
  esac
done
[ -e /etc/debian_version ] || { say 'a bundle is made on Debian or Ubuntu'; exit 1; }
[ -z "$(git status --porcelain --untracked-files=no)" ] || { say 'commit first: a bundle holds what is committed'; exit 1; }

release=$(. /etc/os-release && printf '%s%s' "$ID" "${VERSION_ID:-}")
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' app/__init__.py)
python=$(/usr/bin/python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
cache=$into/cache
work=$(mktemp -d "$into/.bundle-XXXXXX")
trap 'rm -rf "$work"' EXIT
payload=$work/payload
mkdir -p "$payload/program" "$payload/packages" "$payload/wheels" "$cache/packages" "$cache/wheels"

say 'the program'
commit=$(git rev-parse --short=10 HEAD)  # HEAD may move while a bundle is made
git archive "$commit" -- app framewise tool main.py pyproject.toml requirements.txt README.md LICENSE NOTICE CHANGELOG.md docs \
  | tar -x -C "$payload/program"
rm -rf "$payload/program/tool/dev"
cp tool/installer/install.sh "$payload/"

say "the libraries, for Python $python"
# Those of the receiver are an extra; they are small, and a machine without a network cannot get them later.
sed -n 's/^dicom-network = \["\(.*\)"\]$/\1/p' pyproject.toml > "$work/extra.txt"
python3 -m venv "$work/venv"  # Debian and Ubuntu have no pip beside their Python
pip=("$work/venv/bin/python" -m pip)
"${pip[@]}" download --quiet --disable-pip-version-check --only-binary :all: --python-version "$python" \
  --dest "$cache/wheels" -r requirements.txt -r "$work/extra.txt"
"${pip[@]}" download --quiet --disable-pip-version-check --no-index --find-links "$cache/wheels" --only-binary :all: \
  --python-version "$python" --dest "$payload/wheels" -r requirements.txt -r "$work/extra.txt"
cp "$work/extra.txt" "$payload/extra.txt"

say "the system packages of $release"
# All that a minimal system may lack or have in another version, with an index that apt reads.
need apt-utils
mapfile -t names < <(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
  --no-enhances "${system_packages[@]}" "${kiosk_packages[@]}" \
  | grep -v '[ <>|:]' | sort -u)  # without virtual packages and those of other architectures, which Ubuntu may know
mapfile -t wanted < <(apt-cache show --no-all-versions "${names[@]}" 2>/dev/null | sed -n 's/^Package: //p' | sort -u)
(cd "$cache/packages" && apt-get download -qq "${wanted[@]}")
for name in "${wanted[@]}"; do
  newest=$(find "$cache/packages" -name "${name}_*.deb" -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2-)
  cp "$newest" "$payload/packages/"
done
(cd "$payload/packages" && apt-ftparchive packages . > Packages)

cat > "$payload/bundle.txt" <<END
version=$version
release=$release
python=$python
commit=$commit
END
say 'packing'
target=$into/framewise-$version-$release.run
bash tool/installer/pack.sh "$payload" "$target"
(cd "$into" && sha256sum "$(basename "$target")" > "$(basename "$target").sha256")
say "$target: $(du -h "$target" | cut -f1)"
