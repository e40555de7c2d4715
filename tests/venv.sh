#!/usr/bin/env bash
# Prints the python of a virtual environment with the test clients; makes it once under build/.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=build/venv
if ! [ -x $venv/bin/python ] || ! cmp -s tests/requirements.txt $venv/requirements.txt; then
  python3 -m venv $venv >&2
  $venv/bin/pip install -q --disable-pip-version-check -r tests/requirements.txt >&2
  cp tests/requirements.txt $venv/requirements.txt
fi
echo "$PWD/$venv/bin/python"
