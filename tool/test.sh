#!/usr/bin/env bash
# Runs every check and test: bash tool/test.sh [pytest options]
# Installs what is missing first.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
[ -e /etc/debian_version ] && need xvfb xauth xdotool dicom3tools
environment requirements-dev.txt
run() { say "$*"; "$@"; }
run .venv/bin/ruff check app tool tests main.py
run .venv/bin/ruff format --check --quiet app tool tests main.py
run .venv/bin/mypy app tool main.py
run .venv/bin/lint-imports
run .venv/bin/python -m pytest "$@"
