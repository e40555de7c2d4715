#!/usr/bin/env bash
# libFuzzer over the decoders and parsers, with address and undefined-behaviour sanitizers.
# usage: run.sh [quick | coverage | TARGET INPUTS]
#   quick          FUZZ_SECONDS (60) a target, two at a time, as `make test` does it
#   coverage       runs everything that is kept through each target and prints how many lines of the decoders it reaches;
#                  fails below 90 % of any
#   TARGET INPUTS  that target alone
#   nothing        ten million inputs for each binary decoder, one million for JSON and for SQL, then coverage
# Everything kept is run whole once; then nine inputs of ten are mutated up to 1 KiB and the tenth up to 8 KiB.
# A finding stays in build/fuzz/findings and fails the run; once fixed it goes to tests/fuzz/fixed/TARGET/ for good.
set -euo pipefail
cd "$(dirname "$0")/../.."
targets="kafka_request record_batch json_decoder sql_parser"
# Short stacks of allocations, as most of the work is allocating; a finding is run again with whole ones.
export ASAN_OPTIONS=malloc_context_size=2:quarantine_size_mb=32

build() {  # PRESET TARGET…
  local preset=$1; shift
  mkdir -p "build/$preset/findings"
  cmake --preset "$preset" >"build/$preset/configure.log" 2>&1 || { cat "build/$preset/configure.log"; exit 1; }
  ninja -C "build/$preset" -j "$(nproc)" "$@" >"build/$preset/build.log" 2>&1 || { grep -v '^\[' "build/$preset/build.log" | tail -40; exit 1; }
}

# The folders of what is kept of a target.
kept() { mkdir -p "build/fuzz/corpus/$1" "tests/fuzz/fixed/$1"; echo "build/fuzz/corpus/$1 build/fuzz/seeds/$1 tests/fuzz/fixed/$1"; }

fuzz() {  # TARGET INPUTS SECONDS, either 0 for no limit
  local target=$1 inputs=$2 seconds=$3 program=build/fuzz/tests/fuzz/$1_fuzz log=build/fuzz/$1.log
  local options=(-rss_limit_mb=3000 -timeout=30 "-artifact_prefix=build/fuzz/findings/$target-" -print_final_stats=1 -entropic=0
                 "-dict=build/fuzz/seeds/$target.dict")
  local started=$SECONDS total=0 stage status=0
  touch build/fuzz/findings/.started-"$target"
  for stage in "-runs=0" "-max_len=1024 -runs=$((inputs * 9 / 10)) -max_total_time=$(((seconds * 9 + 9) / 10))" \
               "-max_len=8192 -runs=$((inputs / 10)) -max_total_time=$(((seconds + 9) / 10))"; do
    if ((inputs == 0)); then stage=${stage/-runs=0 -max_total/-max_total}; fi
    "$program" $stage "${options[@]}" $(kept "$target") >"$log" 2>&1 || status=$?
    total=$((total + $(sed -n 's/^stat::number_of_executed_units: *//p' "$log" || true)))
    if ((status != 0)); then
      local finding
      finding=$(find build/fuzz/findings -name "$target-*" -newer build/fuzz/findings/.started-"$target" | head -1)
      [ -z "$finding" ] || ASAN_OPTIONS= "$program" "$finding" >"$log" 2>&1 || true
      tail -60 "$log"
      echo "$target: ${finding:-no input was kept}" >&2
      return 1
    fi
  done
  printf '%-14s %9d inputs in %5d s, no finding\n' "$target" "$total" $((SECONDS - started))
}

# Drops what reaches nothing that smaller inputs do not reach.
shrink() {
  local corpus=build/fuzz/corpus/$1
  rm -rf "$corpus.new" && mkdir -p "$corpus.new"
  "build/fuzz/tests/fuzz/$1_fuzz" -merge=1 "$corpus.new" "$corpus" >"build/fuzz/$1-merge.log" 2>&1 && rm -rf "$corpus" && mv "$corpus.new" "$corpus"
}

sources_of() {
  case $1 in
    kafka_request) echo src/wire/kafka/frame.cc src/wire/kafka/frame.h src/wire/kafka/message.h src/wire/kafka/internal/varint.h src/wire/kafka/messages/*.h ;;
    record_batch) echo src/wire/kafka/record_batch.cc src/wire/kafka/record_batch.h src/wire/kafka/compression.cc src/wire/kafka/internal/varint.h ;;
    json_decoder) echo src/format/json_decoder.cc src/format/internal/json_text.cc src/format/internal/{json_converter,json_scanner,json_values,straight_reader,growing_column}.{cc,h} ;;
    sql_parser) echo src/sql/{lexer,parser,token_stream,reserved_words}.cc src/sql/parse_*.cc src/sql/internal/{parser_state,token_stream}.h ;;
  esac
}

coverage() {
  local target program percent least=90 failed=0
  build coverage $(printf '%s_fuzz ' $targets)
  for target in $targets; do
    program=build/coverage/tests/fuzz/${target}_fuzz
    rm -f "build/coverage/$target"*.profraw
    # Given one by one, files need no feedback; a process takes many.
    find $(kept "$target") -type f -print0 |
      LLVM_PROFILE_FILE="build/coverage/$target-%p.profraw" xargs -0 -n 2000 "$program" >"build/coverage/$target.log" 2>&1 ||
      { tail -30 "build/coverage/$target.log"; return 1; }
    llvm-profdata-19 merge -o "build/coverage/$target.profdata" "build/coverage/$target"-*.profraw
    rm -f "build/coverage/$target"-*.profraw
    local sources=()
    for source in $(sources_of "$target"); do [ -f "$source" ] && sources+=("$PWD/$source"); done
    llvm-cov-19 report "$program" -instr-profile="build/coverage/$target.profdata" -show-region-summary=false -show-branch-summary=false \
      "${sources[@]}" >"build/coverage/$target.txt"
    printf '\n%s\n' "$target"
    awk '$NF ~ /%$/ {printf "  %-44s %6s lines, %5s not reached, %s\n", $1, $5, $6, $7}' "build/coverage/$target.txt"
    percent=$(awk '$1 == "TOTAL" {print $7 + 0}' "build/coverage/$target.txt")
    awk -v percent="$percent" -v least=$least 'BEGIN {exit !(percent < least)}' && { echo "$target: $percent % of lines, less than $least %" >&2; failed=1; }
  done
  return $failed
}

prepare() {
  build fuzz $(printf '%s_fuzz ' $targets) wire_peer
  python3 tests/fuzz/corpus.py build/fuzz/seeds build/fuzz/tests/wire/wire_peer
}

prepare
case ${1:-} in
  quick)
    export -f fuzz kept
    printf '%s\n' $targets | xargs -P 2 -I {} bash -c 'fuzz {} 0 '"${FUZZ_SECONDS:-60}" ;;
  coverage) coverage ;;
  "")
    for target in kafka_request record_batch; do fuzz $target 10000000 0; shrink $target; done
    for target in json_decoder sql_parser; do fuzz $target 1000000 0; shrink $target; done
    coverage ;;
  *) fuzz "$1" "${2:?INPUTS}" 0; shrink "$1" ;;
esac
