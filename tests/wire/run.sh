#!/bin/bash
# Compares our messages with those of Apache Kafka's client library, byte for byte, for every API and version we speak; then, where
# REAL_KAFKA names a program that starts a real broker (dialogue.py says how), our server's answers with that broker's.
# usage: run.sh [MESSAGES_PER_VERSION [PATH_OF_WIRE_PEER]]     Without a path, the program is built first. SEED=n repeats a run.
# MILLSTREAM names the server's binary; without it, the release build is taken.
set -euo pipefail
count=${1:-200}
peer=${2:+$(realpath "$2")}
cd "$(dirname "$0")"
command -v mvn >/dev/null || { echo "test-wire needs Maven (apt install maven) and access to Maven Central" >&2; exit 1; }
version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1)
[ "${version:-0}" -ge 17 ] || { echo "test-wire needs a JDK of version 17 or newer; found '${version:-none}'" >&2; exit 1; }
if [ -z "$peer" ]; then
  cmake --preset release -S ../.. >/dev/null
  ninja -C ../../build/release wire_peer | tail -1
  peer=../../build/release/tests/wire/wire_peer
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mvn -q -f java/pom.xml -DbuildDirectory="$work/target" package dependency:copy-dependencies -DoutputDirectory="$work/jars"
java() { command java -cp "$work/target/classes:$work/jars/*" millstream.WirePeer "$@"; }
seed=${SEED:-$RANDOM}
"$peer" list > "$work/apis"
java write "$work/java" "$seed" "$count" "$work/apis"
"$peer" rewrite "$work/java" "$work/java-by-us"
java compare "$work/java" "$work/java-by-us"
"$peer" write "$work/us" "$seed" "$count"
java rewrite "$work/us" "$work/us-by-java"
java compare "$work/us" "$work/us-by-java"
echo "seed $seed: $(wc -l < "$work/apis") APIs, $count messages per version and direction, all equal"
if [ -z "${REAL_KAFKA:-}" ]; then
  echo "REAL_KAFKA is not set: the answers of the server were not compared with those of a real Kafka"
  exit 0
fi
export MILLSTREAM=${MILLSTREAM:-$(realpath ../../build/release/millstream)}
[ -x "$MILLSTREAM" ] || { echo "$MILLSTREAM is not there; \`make build\` makes it" >&2; exit 1; }
"$(../venv.sh)" dialogue.py "$work/target/classes:$work/jars/*"
