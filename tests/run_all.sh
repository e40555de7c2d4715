#!/usr/bin/env bash
# `make test`: everything that must hold before a change lands, in under half an hour on two cores.
set -uo pipefail
cd "$(dirname "$0")/.."
jobs=$(nproc)
started=$SECONDS

step() { printf '\n== %s (%d s so far)\n' "$1" $((SECONDS - started)); }
build() {  # PRESET TARGET…
  local preset=$1; shift
  cmake --preset "$preset" >"build-$preset.log" 2>&1 || { cat "build-$preset.log"; exit 1; }
  rm -f "build-$preset.log"
  ninja -C "build/$preset" -j "$jobs" "$@" >"build/$preset/build.log" 2>&1 || { grep -v '^\[' "build/$preset/build.log" | tail -60; exit 1; }
}

step "building with address and undefined-behaviour sanitizers"
mkdir -p build
build asan all
step "running the tests"
export MILLSTREAM_TEST_JOBS=$jobs
ctest --test-dir build/asan -j "$jobs" --output-on-failure || exit 1

step "threads under tsan: log, stream, net"
threaded="log_test stream_test net_test"
build tsan $threaded
for test in $threaded; do
  "build/tsan/$test" --gtest_brief=1 || exit 1
done

printf '\nAll tests passed in %d s.\n' $((SECONDS - started))
