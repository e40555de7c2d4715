#!/usr/bin/env bash
# Kafka clients against one Millstream server.
# usage: run.sh [fast]    fast: librdkafka, kafka-python and kcat, as `make test` runs it; without: Kafka's Java client and
# tools too, and some minutes. MILLSTREAM names the binary. REAL_KAFKA names a program with which `$REAL_KAFKA run CLASS ARGUMENTS…`
# runs a class of Apache Kafka's tools, for example a wrapper around kafka-run-class.sh; without it they are left out.
set -euo pipefail
cd "$(dirname "$0")/../.."
level=${1:-all}
case $level in
  fast) export MILLSTREAM=${MILLSTREAM:-$PWD/build/asan/millstream} ;;
  all) export MILLSTREAM=${MILLSTREAM:-$PWD/build/release/millstream} ;;
  *) sed -n '3,6p' "$0"; exit 2 ;;
esac
[ -x "$MILLSTREAM" ] || { echo "$MILLSTREAM is not there; build it first" >&2; exit 1; }
python=$(tests/venv.sh)
modules="librdkafka kafka_python kcat robustness"
if [ "$level" = all ]; then
  if [ -n "${REAL_KAFKA:-}" ]; then modules="$modules java_tools"
  else echo "REAL_KAFKA is not set: Kafka's Java client and tools are left out"; fi
fi
exec "$python" tests/clients/clients.py $modules
