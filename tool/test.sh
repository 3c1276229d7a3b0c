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
# Types, imports and how much of the session its own tests cover, a minute of one processor, beside the tests. Measured of
# everything, coverage takes up to half as much processor time again, and sees neither workers nor windows: ask for it with
# --cov=app --cov-branch.
covered=(--cov=app/session --cov-branch --cov-report=term:skip-covered --cov-fail-under=95)
said=$(mktemp)
trap 'rm -f "$said"' EXIT
{ run .venv/bin/mypy "${code[@]}" && run .venv/bin/lint-imports \
  && run .venv/bin/python -m pytest -q -p no:cacheprovider "${covered[@]}" tests/session; } > "$said" 2>&1 &
types=$! status=0
# Tests start hundreds of processes. Where the environment forbids to keep what is compiled, each compiles the modules again.
unset PYTHONDONTWRITEBYTECODE
# Three at a time on the two processors of the smallest workstation: two at a time leave a fifth of them idle, waiting for
# workers. All takes 10 minutes so.
run .venv/bin/python -m pytest -n 3 --dist loadfile "$@" || status=$?
wait "$types" || status=$?
cat "$said"
exit "$status"
