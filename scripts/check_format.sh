#!/usr/bin/env bash
# Checks that every C++ file is formatted as .clang-format says; `--fix` formats them.
set -euo pipefail
cd "$(dirname "$0")/.."

clang_format=$(command -v clang-format-14 || command -v clang-format) ||
  { echo "check_format: clang-format is missing; install clang-format-14" >&2; exit 1; }
mapfile -t files < <(find include src cli tests benchmarks examples \
                          \( -name '*.h' -o -name '*.cpp' \) -not -path '*/build*' | sort)
if [[ "${1:-}" == --fix ]]; then
  exec "$clang_format" -i "${files[@]}"
fi
"$clang_format" --dry-run -Werror "${files[@]}" ||
  { echo "check_format: mend it with scripts/check_format.sh --fix" >&2; exit 1; }
echo "check_format: ${#files[@]} files are formatted"
