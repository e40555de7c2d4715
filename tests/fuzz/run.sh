#!/usr/bin/env bash
# libFuzzer over the decoders and parsers, with address and undefined-behaviour sanitizers.
# usage: run.sh [quick]     quick: FUZZ_SECONDS (60) a target, two at a time, as `make test` does it
#                           else ten million inputs for the binary decoders, one million for JSON and SQL
# A finding stays in build/fuzz/findings and fails the run; once fixed it goes to tests/fuzz/fixed/TARGET/ for good.
# Inputs up to 8 KiB are mutated; all kept ones, those of over 1 MB too, are run once first.
set -euo pipefail
cd "$(dirname "$0")/../.."
targets="kafka_request record_batch json_decoder sql_parser"
mkdir -p build/fuzz/findings
cmake --preset fuzz >build/fuzz/configure.log 2>&1 || { cat build/fuzz/configure.log; exit 1; }
ninja -C build/fuzz -j "$(nproc)" $(printf '%s_fuzz ' $targets) >build/fuzz/build.log 2>&1 || { grep -v '^\[' build/fuzz/build.log | tail -40; exit 1; }
python3 tests/fuzz/corpus.py build/fuzz/seeds

run() {  # TARGET LIMIT
  local target=$1 corpus=build/fuzz/corpus/$1 program
  program=$(find build/fuzz -name "${target}_fuzz" -type f -perm -u+x | head -1)
  mkdir -p "$corpus" "tests/fuzz/fixed/$target"
  local options=(-rss_limit_mb=3000 -timeout=30 "-artifact_prefix=build/fuzz/findings/$target-" -print_final_stats=1)
  local inputs=("$corpus" "build/fuzz/seeds/$target" "tests/fuzz/fixed/$target")
  if "$program" -runs=0 "${options[@]}" "${inputs[@]}" >"build/fuzz/$target.log" 2>&1 &&
      "$program" "$2" -max_len=8192 "${options[@]}" "${inputs[@]}" >"build/fuzz/$target.log" 2>&1; then
    printf '%-14s %s inputs, no finding\n' "$target" "$(sed -n 's/^stat::number_of_executed_units: *//p' "build/fuzz/$target.log")"
  else
    tail -60 "build/fuzz/$target.log"
    echo "$target: see build/fuzz/findings" >&2
    return 1
  fi
}
export -f run

if [ "${1:-}" = quick ]; then
  printf '%s\n' $targets | xargs -P 2 -I {} bash -c 'run {} -max_total_time='"${FUZZ_SECONDS:-60}"
else
  printf '%s\n' "kafka_request -runs=10000000" "record_batch -runs=10000000" "json_decoder -runs=1000000" "sql_parser -runs=1000000" |
    xargs -P 2 -L 1 bash -c 'run "$0" "$1"'
fi
