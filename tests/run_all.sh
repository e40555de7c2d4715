#!/usr/bin/env bash
# `make test`: everything that must hold before a change lands, in under half an hour on two cores.
set -uo pipefail
cd "$(dirname "$0")/.."
jobs=$(nproc)
started=$SECONDS

step() { printf '\n== %s (%d s so far)\n' "$1" $((SECONDS - started)); }
build() {  # PRESET TARGET…
  local preset=$1; shift
  mkdir -p "build/$preset"
  cmake --preset "$preset" >"build/$preset/configure.log" 2>&1 || { cat "build/$preset/configure.log"; exit 1; }
  ninja -C "build/$preset" -j "$jobs" "$@" >"build/$preset/build.log" 2>&1 || { grep -v '^\[' "build/$preset/build.log" | tail -60; exit 1; }
}

step "building with address and undefined-behaviour sanitizers"
build asan all
step "unit tests"
export MILLSTREAM_TEST_JOBS=$jobs
ctest --test-dir build/asan -j "$jobs" --output-on-failure || exit 1

step "documents"
python3 tools/generate_docs.py build/asan/millstream --check || exit 1

step "SQL files: plain, row by row, restored, rescaled"
build/asan/millstream test tests/slt || exit 1

step "Kafka clients: librdkafka, kafka-python, kcat"
tests/clients/run.sh fast || exit 1

step "Kafka commands and the shell on a terminal"
python=$(tests/venv.sh) || exit 1
"$python" tests/e2e/kafka_commands.py || exit 1
"$python" tests/e2e/shell.py || exit 1

step "commerce end to end, with ten kills of the server and of PostgreSQL"
"$python" tests/e2e/commerce.py --seconds 15 || exit 1
"$python" tests/e2e/commerce.py --seconds 40 --kills 10 || exit 1

step "threads under tsan: env, log, broker, stream, net"
threaded="env_test log_test broker_test stream_test net_test"
build tsan $threaded
for test in $threaded; do
  "build/tsan/$test" --gtest_brief=1 || exit 1
done

step "fuzzing for a minute each"
tests/fuzz/run.sh quick || exit 1

printf '\nAll tests passed in %d s.\n' $((SECONDS - started))
