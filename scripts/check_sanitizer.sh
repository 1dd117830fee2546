#!/usr/bin/env bash
# Builds with sanitizers and runs the tests that they are for.
#
#   scripts/check_sanitizer.sh asan    # addresses and undefined behaviour: all but some slow tests of models
#   scripts/check_sanitizer.sh tsan    # threads: the pool, the kernels and the executor
set -euo pipefail
cd "$(dirname "$0")/.."

export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1
# XLA's CPU plugin loses a few bytes per program that it compiles with sampling; buffers that we forget still count.
suppressions=$(mktemp)
trap 'rm -f "$suppressions"' EXIT
echo 'leak:IndexingMapAttrStorage' >"$suppressions"
export LSAN_OPTIONS=suppressions=$suppressions:print_suppressions=0
case "${1:-}" in
  asan) configure=() ;;
  # XLA's plugin is not instrumented, and its own synchronization would look like races.
  tsan) configure=("-DEASYDEL_LAYERS=base;quantization;sharding;graph;engine;io" "-DEASYDEL_BUILD_CLI=OFF" "-DEASYDEL_PJRT=OFF") ;;
  *) echo "usage: scripts/check_sanitizer.sh asan|tsan" >&2; exit 2 ;;
esac

cmake --preset "$1" "${configure[@]}" >/dev/null
cmake --build --preset "$1" -j "$(nproc)"
ctest --test-dir "build-$1" --output-on-failure --no-tests=error -j "$(nproc)"
