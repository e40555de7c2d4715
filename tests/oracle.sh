#!/usr/bin/env bash
# Every .slt file on a real Flink. FLINK_ORACLE names a program that runs such files on Flink and exits with 1 if one differs.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${FLINK_ORACLE:-}" ]; then
  echo "FLINK_ORACLE is not set: it must name a program that runs .slt files on a real Flink (docs/slt.md has the format)." >&2
  exit 2
fi
# Files whose first line is `skip ours: reason` are Millstream's own behaviour.
mapfile -t files < <(grep -L '^# *skip ours:\|^skip ours:' -r tests/slt --include='*.slt' | sort)
own=$(( $(find tests/slt -name '*.slt' | wc -l) - ${#files[@]} ))
"$FLINK_ORACLE" --quiet "${files[@]}"
echo "${#files[@]} files agree with Flink; $own are ours alone."
