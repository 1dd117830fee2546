#!/usr/bin/env bash
# Builds easydel and generates text with the small model that ships with it. The only set-up there is:
#
#   ./run.sh                       # installs what is missing, builds build/easydel, generates a few lines
#   ./run.sh --prompt "JULIET:"    # any option of `easydel generate`
set -euo pipefail
cd "$(dirname "$0")"

scripts/install_packages.sh build
# pip fetches the header of the PJRT engine; without it the build has the native engine only, and says so.
python3 -m pip --version >/dev/null 2>&1 || scripts/install_packages.sh plugins ||
  echo "Going on without pip, and so without the PJRT engine."

if [[ ! -f build/build.ninja ]]; then
  echo "Configuring the release build in build/"
  cmake --preset release --log-level=NOTICE
fi
echo "Building build/easydel"
cmake --build build --target easydel_cli

if [[ $# -eq 0 ]]; then
  set -- --prompt $'ROMEO:\n' --max-new-tokens 96 --greedy
fi
echo "Running: build/easydel generate data/tiny-shakespeare $(printf '%q ' "$@")"
echo
exec build/easydel generate data/tiny-shakespeare "$@"
