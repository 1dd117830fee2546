#!/usr/bin/env bash
# Runs clang-tidy over the library and the program.
#
#   scripts/tidy.sh              # everything that changed since it last passed
#   scripts/tidy.sh src/text     # the sources under a folder, one by one
#
# Everything is read as the build compiles it, many sources at once: most of clang-tidy's time goes into the headers that
# they share. What passed is remembered in build-tidy/passed by the checksum of the project's text in it, so that a second
# run looks at what changed.
set -euo pipefail
cd "$(dirname "$0")/.."

clang_tidy=$(command -v clang-tidy-14 || command -v clang-tidy) ||
  { echo "tidy: clang-tidy is missing; install clang-tidy-14" >&2; exit 1; }
build=build-tidy unity=ON
[[ $# -eq 0 ]] || build=build-tidy/sources unity=OFF
# clang cannot read the headers that GCC precompiles, so the compile commands come from a folder without them.
cmake --preset dev -B "$build" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DEASYDEL_BUILD_TESTS=OFF \
  -DCMAKE_UNITY_BUILD="$unity" >/dev/null
# What a source may not, a unit must: include sources.
find "$build" -name 'unity_*.cxx' -exec sed -i 's|^#include ".*\.cpp"$|&  // NOLINT(bugprone-suspicious-include)|' {} +
passed="$build/passed"
mkdir -p "$passed"

# Kernels are compiled once per instruction set by macros that clang-tidy does not follow.
mapfile -t units < <(python3 - "$build/compile_commands.json" "$@" <<'PYTHON'
import json, os, sys
files = [command["file"] for command in json.load(open(sys.argv[1]))]
folders = [os.path.abspath(folder) + "/" for folder in sys.argv[2:]] or [""]
print(*(file for file in files if "/kernels/isa/" not in file and file.startswith(tuple(folders))), sep="\n")
PYTHON
)
[[ -n "${units[0]}" ]] || { echo "tidy: no source lies under $*" >&2; exit 1; }

headers_sum=$(find include src cli -name '*.h' -print0 | sort -z | xargs -0 sha256sum | cat - .clang-tidy | sha256sum)
check_one() {
  local unit=$1 sources stamp
  sources=$(sed -n 's/^#include "\(.*\.cpp\)".*/\1/p' "$unit")
  # shellcheck disable=SC2086  # a list of files
  stamp="$passed/$( (sha256sum "$unit" $sources; echo "$headers_sum") | sha256sum | cut -d' ' -f1)"
  [[ -f "$stamp" ]] && return 0
  "$clang_tidy" --quiet -p "$build" "$unit" 2>/dev/null && touch "$stamp"
}
export -f check_one
export build passed clang_tidy headers_sum

# shellcheck disable=SC2016  # expanded by the inner shell
printf '%s\0' "${units[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'check_one "$1"' check_one ||
  { echo "tidy: the findings above need mending" >&2; exit 1; }
echo "tidy: ${#units[@]} units are clean"
