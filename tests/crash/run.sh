#!/usr/bin/env bash
# Power cuts of the fake environment in many worlds, then kills of the real binary: see crash.py. Arguments go to it.
set -euo pipefail
cd "$(dirname "$0")/../.."
export MILLSTREAM=${MILLSTREAM:-$PWD/build/release/millstream}
[ -x "$MILLSTREAM" ] || { echo "$MILLSTREAM is not there; make build" >&2; exit 1; }
exec "$(tests/venv.sh)" tests/crash/crash.py "$@"
