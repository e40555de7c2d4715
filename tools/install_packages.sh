#!/bin/sh
# Installs what a build and the tests need on Debian 12: as root, or through sudo. Does nothing where all is there.
# Usage: install_packages.sh [build|test|clients]; each includes the one before.
set -eu
level=${1:-build}

packages="g++ cmake ninja-build ccache mold pkg-config python3 libboost1.81-dev libsimdjson-dev librdkafka-dev libspdlog-dev
  libfmt-dev libcli11-dev libyaml-cpp-dev libre2-dev prometheus-cpp-dev libcurl4-openssl-dev libedit-dev libzstd-dev liblz4-dev
  libsnappy-dev zlib1g-dev libxxhash-dev libicu-dev libssl-dev libpq-dev libgtest-dev libgmock-dev postgresql-15"
case $level in
  build) ;;
  test) packages="$packages clang-19 libclang-rt-19-dev clang-format-19 kcat python3-venv fish zsh" ;;
  clients) packages="$packages clang-19 libclang-rt-19-dev clang-format-19 clang-tidy-19 kcat python3-venv fish zsh maven default-jdk-headless libbenchmark-dev llvm-19" ;;
  *) echo "usage: $0 [build|test|clients]" >&2; exit 2 ;;
esac

missing=""
for package in $packages; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "These packages are missing, and this is not Debian:$missing" >&2
  exit 1
fi
if [ "$(id -u)" = 0 ]; then
  as_root=""
elif command -v sudo >/dev/null; then
  as_root="sudo"
else
  echo "These packages are missing:$missing" >&2
  echo "Run as root, or install sudo: apt-get install -y$missing" >&2
  exit 1
fi

echo "Installing$missing"
log=$(mktemp)
# A fresh PostgreSQL package would start a server of its own; we only want its programs.
policy=/usr/sbin/policy-rc.d
made_policy=""
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
  $as_root chmod +x $policy
  made_policy=yes
fi
status=0
{ $as_root apt-get update -q &&
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1 || status=$?
[ -n "$made_policy" ] && $as_root rm -f $policy
if [ $status -ne 0 ]; then
  tail -20 "$log" >&2
  echo "apt-get failed; its whole output is in $log" >&2
  exit $status
fi
rm -f "$log"
