#!/usr/bin/env bash
# Fuzzes every reader of untrusted bytes: scripts/fuzz.sh [seconds-per-target] [target...]
#
#   scripts/fuzz.sh            20 seconds each, as the tests do
#   scripts/fuzz.sh 600 torch_bin
#
# New inputs are kept in build-fuzz/corpus/<target>; a finding is kept there too and fails the script. To keep an
# input for good, copy it to tests/fuzz/seeds/<target>, where every test run replays it.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-20}
[[ $# -gt 0 ]] && shift
build=${EASYDEL_FUZZ_BUILD:-build-fuzz}
jobs=${EASYDEL_JOBS:-$(nproc)}

if ! command -v clang++-14 >/dev/null; then
  echo "clang++-14 is missing. Install it: sudo apt-get install clang-14" >&2
  exit 1
fi
targets=("$@")
if [[ ${#targets[@]} -eq 0 ]]; then
  for source in tests/fuzz/*_fuzzer.cpp; do
    name=$(basename "$source" _fuzzer.cpp)
    targets+=("$name")
  done
fi
cmake --preset fuzz -B "$build" -DEASYDEL_LAYERS="base;sharding;io;text;config" >/dev/null
cmake --build "$build" -j "$jobs" --target "${targets[@]/%/_fuzzer}"

failed=()
for target in "${targets[@]}"; do
  corpus="$build/corpus/$target"
  mkdir -p "$corpus/found"
  seeds="tests/fuzz/seeds/$target"
  mkdir -p "$corpus/inputs"
  log="$corpus/log"
  echo "fuzz $target: $seconds s"
  if "$build/tests/fuzz/${target}_fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
      -print_final_stats=1 -artifact_prefix="$corpus/found/" "$corpus/inputs" "$seeds" >"$log" 2>&1; then
    grep -E "number_of_executed_units|average_exec_per_sec" "$log" | sed 's/stat::/  /'
  else
    tail -n 40 "$log"
    failed+=("$target")
  fi
done
if [[ ${#failed[@]} -gt 0 ]]; then
  echo "findings in: ${failed[*]} (inputs in $build/corpus/*/found)" >&2
  exit 1
fi
echo "no findings in ${#targets[@]} targets"
