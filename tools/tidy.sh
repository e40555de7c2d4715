#!/usr/bin/env bash
# clang-tidy over src/, one line per file as it begins, findings as they come; exits with 1 if there are any.
# Usage: tidy.sh [FILE...]; without files all of src/, or with SINCE=<commit> those that differ from it. JOBS: at a time.
set -euo pipefail
cd "$(dirname "$0")/.."
database=build/dev  # every file on its own, unlike the other presets
[ -f $database/compile_commands.json ] || cmake --preset dev >/dev/null

if [ $# -gt 0 ]; then
  files=("$@")
elif [ -n "${SINCE:-}" ]; then
  mapfile -t files < <({ git diff --name-only --diff-filter=d "$SINCE" -- 'src/*.cc'
                         git ls-files --others --exclude-standard -- 'src/*.cc'; } | sort -u)
else
  mapfile -t files < <(git ls-files 'src/*.cc')
fi
if [ ${#files[@]} -eq 0 ]; then
  echo "No file under src/ has changed since $SINCE."
  exit 0
fi

# The database is g++'s, so clang is told to ignore what only g++ knows: its options and its precompiled headers.
# -UNDEBUG: what a DCHECK promises is known to the analyzer.
one='echo "[$1/$2] $3"
  clang-tidy-19 -p "$0" --quiet --extra-arg=-UNDEBUG --extra-arg=-Wno-unknown-warning-option \
    --extra-arg=-Wno-ignored-gch "$3" 2> >(grep -v "warnings\? .*generated\.$" >&2)'
for i in "${!files[@]}"; do
  printf '%s\0%s\0%s\0' $((i + 1)) ${#files[@]} "${files[$i]}"
done | xargs -0 -P "${JOBS:-$(nproc)}" -n 3 bash -c "$one" $database || { echo "clang-tidy has findings, see above." >&2; exit 1; }
echo "${#files[@]} files are clean."
