#!/usr/bin/env bash
# Installs the release build into a temporary folder, builds examples/embed against the package from outside the tree,
# and runs it and the installed program.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --preset release >/dev/null
cmake --build --preset release -j "$(nproc)"
cmake --install build --prefix "$work/prefix" >/dev/null

cp -r examples/embed "$work/embed"
cmake -S "$work/embed" -B "$work/embed/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
cmake --build "$work/embed/build"

model="$work/prefix/share/easydel/tiny-shakespeare"
expected=$("$work/prefix/bin/easydel" generate "$model" --prompt "ROMEO:" --max-new-tokens 16 --greedy --quiet)
actual=$("$work/embed/build/embed" "$model" "ROMEO:")
if [[ -z "$actual" || "$actual" != "$expected" ]]; then
  printf 'check_install: the example printed\n%s\nand the installed program\n%s\n' "$actual" "$expected" >&2
  exit 1
fi
echo "check_install: the installed package builds and runs examples/embed"
