#!/usr/bin/env bash
# Runs every check and test: bash tool/test.sh [pytest options]
# Installs what is missing first.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
[ -e /etc/debian_version ] && need xvfb xauth xdotool dicom3tools dcmtk
environment requirements-dev.txt
run() { say "$*"; "$@"; }
code=(app framewise tool tests main.py)
run .venv/bin/ruff check "${code[@]}"
run .venv/bin/ruff format --check --quiet "${code[@]}"
# Types and imports, a minute of one processor, beside the tests, which leave a fifth of two processors idle.
said=$(mktemp)
trap 'rm -f "$said"' EXIT
{ run .venv/bin/mypy "${code[@]}" && run .venv/bin/lint-imports; } > "$said" 2>&1 &
types=$! status=0
# Two at a time: more would fight for the processors of the smallest workstation, and tests wait for workers most of the time.
run .venv/bin/python -m pytest -n 2 --dist loadfile --cov=app --cov-branch --cov-report=term:skip-covered "$@" || status=$?
wait "$types" || status=$?
cat "$said"
exit "$status"
