#!/usr/bin/env bash
# Kafka clients against one Millstream server.
# usage: run.sh [fast]    fast: librdkafka, kafka-python and kcat, as `make test` runs it; without: Kafka's Java client and
# tools too. MILLSTREAM names the binary. REAL_KAFKA names a program with which `$REAL_KAFKA run CLASS ARGUMENTS…` runs a class of
# Apache Kafka's tools, for example a wrapper around kafka-run-class.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
level=${1:-all}
case $level in
  fast) export MILLSTREAM=${MILLSTREAM:-$PWD/build/asan/millstream} ;;
  all) export MILLSTREAM=${MILLSTREAM:-$PWD/build/release/millstream} ;;
  *) sed -n '3,5p' "$0"; exit 2 ;;
esac
[ -x "$MILLSTREAM" ] || { echo "$MILLSTREAM is not there; build it first" >&2; exit 1; }
python=$(tests/venv.sh)
modules="librdkafka kafka_python kcat robustness"
[ "$level" = fast ] || modules="$modules java_tools"
exec "$python" tests/clients/clients.py $modules
