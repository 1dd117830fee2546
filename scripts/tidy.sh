#!/usr/bin/env bash
# Runs clang-tidy over the library and the program.
#
#   scripts/tidy.sh              # every source that changed since it last passed
#   scripts/tidy.sh src/text     # sources under a folder
#
# A source that passed is remembered in build-tidy/passed by the checksum of what the compiler saw of the project (its
# text and its headers'), so a second run looks at changed files only.
set -euo pipefail
cd "$(dirname "$0")/.."

# clang cannot read the headers that GCC precompiles, so the compile commands come from a folder without them.
build=build-tidy
cmake --preset dev -B "$build" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON -DEASYDEL_BUILD_TESTS=OFF >/dev/null
passed="$build/passed"
clang_tidy=$(command -v clang-tidy-14 || command -v clang-tidy) ||
  { echo "tidy: clang-tidy is missing; install clang-tidy-14" >&2; exit 1; }
mkdir -p "$passed"

folders=("$@")
[[ ${#folders[@]} -gt 0 ]] || folders=(src cli)
# Kernels are compiled once per instruction set by macros that clang-tidy does not follow.
mapfile -t sources < <(find "${folders[@]}" -name '*.cpp' -not -path '*/kernels/isa/*' | sort)

headers_sum=$(find include src cli -name '*.h' -print0 | sort -z | xargs -0 sha256sum | cat - .clang-tidy | sha256sum)
check_one() {
  local source=$1 stamp
  stamp="$passed/$( (sha256sum "$source"; echo "$headers_sum") | sha256sum | cut -d' ' -f1)"
  [[ -f "$stamp" ]] && return 0
  "$clang_tidy" --quiet -p "$build" "$source" 2>/dev/null && touch "$stamp"
}
export -f check_one
export build passed clang_tidy headers_sum

# shellcheck disable=SC2016  # expanded by the inner shell
printf '%s\0' "${sources[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'check_one "$1"' check_one ||
  { echo "tidy: the findings above need mending" >&2; exit 1; }
echo "tidy: ${#sources[@]} files are clean"
