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
run .venv/bin/mypy "${code[@]}"
run .venv/bin/lint-imports
# Two at a time: more would fight for the processors of the smallest workstation, and tests wait for workers most of the time.
run .venv/bin/python -m pytest -n 2 --dist loadfile --cov=app --cov-branch --cov-report=term:skip-covered "$@"
