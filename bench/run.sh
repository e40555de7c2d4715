#!/usr/bin/env bash
# All benchmarks, or the named ones. usage: run.sh [--write] [--quick] [micro start_and_idle broker single_records nexmark commerce end_to_end]
# README.md explains the environment variables that add a real Kafka and Flink; without them only Millstream is measured.
set -euo pipefail
cd "$(dirname "$0")/.."
options=() parts=()
for word in "$@"; do
  case $word in
    --write | --quick) options+=("$word") ;;
    -*) sed -n 2,3p "$0" >&2; exit 2 ;;
    *) [ -f "bench/$word.py" ] || { echo "no benchmark is called $word" >&2; exit 2; }; parts+=("$word") ;;
  esac
done
[ ${#parts[@]} -gt 0 ] || parts=(micro start_and_idle broker single_records nexmark commerce end_to_end)
cmake --preset release -DMILLSTREAM_BENCH=ON >/dev/null
ninja -C build/release -j "${JOBS:-$(nproc)}" millstream millstream_microbench
python=$(tests/venv.sh)
export PYTHONDONTWRITEBYTECODE=1
failed=
for part in "${parts[@]}"; do
  echo "== $part"
  "$python" "bench/$part.py" ${options[@]+"${options[@]}"} || failed="$failed $part"
done
case " ${options[*]-} " in *" --write "*) "$python" bench/table.py ;; esac
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
