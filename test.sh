#!/usr/bin/env bash
# Installs and builds what the tests need and runs all of them; ctest's summary is the last thing printed.
#
#   ./test.sh                    # everything: unit, model and command-line tests, and the checks of tests/checks
#                                # (format, layers, sanitizers, fuzzing, install, documentation, clang-tidy)
#   ./test.sh --quick            # without the checks
#   ./test.sh --filter 'Tokenizer'   # tests whose names match a regular expression
#   ./test.sh --with-cuda-plugin # fetches the CUDA plugin (130 MB), so that every program is compiled for a GPU too
set -euo pipefail
cd "$(dirname "$0")"

checks=ON
cuda=no
filter=()
usage() { sed -n '2,9s/^# \{0,1\}//p' "$0"; }
while [[ $# -gt 0 ]]; do
  case "$1" in
    --quick) checks=OFF ;;
    --with-cuda-plugin) cuda=yes ;;
    --filter)
      [[ $# -ge 2 ]] || { echo "test.sh: --filter needs a regular expression" >&2; exit 2; }
      filter=(--tests-regex "$2"); shift ;;
    --help|-h) usage; exit 0 ;;
    *) echo "test.sh: unknown option '$1'" >&2; usage >&2; exit 2 ;;
  esac
  shift
done

scripts/install_packages.sh build test
python3 -m pip --version >/dev/null 2>&1 || scripts/install_packages.sh plugins
# The plugin that the PJRT engine's tests run; without it they are skipped and say why.
scripts/fetch_plugin.py cpu >/dev/null || scripts/fetch_plugin.py cpu >/dev/null ||
  echo "Going on without the CPU plugin: tests of the PJRT engine are skipped."
[[ "$cuda" == no ]] || scripts/fetch_plugin.py cuda --bare >/dev/null

jobs=$(nproc)
cmake --preset dev -DEASYDEL_BUILD_CHECKS="$checks"
cmake --build --preset dev -j "$jobs"
exec ctest --test-dir build-dev --output-on-failure --no-tests=error --no-label-summary -j "$jobs" "${filter[@]}"
