#!/usr/bin/env bash
# What a real Flink says: every .slt file, then the commerce example with a real Kafka and PostgreSQL.
# FLINK_ORACLE names a program that runs .slt files on Flink and exits with 1 if one differs; REAL_KAFKA one that runs a
# Kafka broker (commerce.py says how it is called).
set -euo pipefail
cd "$(dirname "$0")/../.."
for variable in FLINK_ORACLE REAL_KAFKA; do
  [ -n "${!variable:-}" ] || { echo "$variable is not set; $0 says what it must name." >&2; exit 2; }
done
# Files whose first line is `skip ours: reason` are Millstream's own behaviour.
mapfile -t files < <(grep -L '^# *skip ours:\|^skip ours:' -r tests/slt --include='*.slt' | sort)
all=$(find tests/slt -name '*.slt' | wc -l)
"$FLINK_ORACLE" --quiet "${files[@]}"
echo "${#files[@]} files agree with Flink; $((all - ${#files[@]})) of $all are ours alone."
MILLSTREAM=${MILLSTREAM:-build/release/millstream} "$(tests/venv.sh)" tests/oracle/commerce.py "$@"
