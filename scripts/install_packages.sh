#!/usr/bin/env bash
# Installs the Debian packages that a purpose needs and that are missing.
#
#   scripts/install_packages.sh build          # the library and the program
#   scripts/install_packages.sh plugins        # what fetches PJRT plugins
#   scripts/install_packages.sh build test     # and everything ./test.sh uses
#
# Says what it does; uses sudo only when not root. On a system without apt it names the packages and goes on: cmake
# then says which library it did not find.
set -euo pipefail

packages_for() {
  case "$1" in
    build) echo cmake ninja-build g++ pkg-config libfmt-dev nlohmann-json3-dev libsimdjson-dev libcli11-dev \
                libpcre2-dev libcurl4-openssl-dev libssl-dev ca-certificates ;;
    plugins) echo python3-pip ;;
    test) echo libgtest-dev libgmock-dev libbenchmark-dev clang-14 libclang-rt-14-dev clang-format-14 \
               clang-tidy-14 python3 googletest g++-aarch64-linux-gnu qemu-user ;;
    *) echo "install_packages.sh: unknown purpose '$1'; known: build plugins test" >&2; exit 2 ;;
  esac
}

is_installed() {
  [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

wanted=()
for purpose in "$@"; do
  list=$(packages_for "$purpose")
  # shellcheck disable=SC2206
  wanted+=($list)
done

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "This system has no apt. easydel needs what Debian calls: ${wanted[*]}"
  echo "Going on with what is installed."
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  is_installed "$package" || missing+=("$package")
done
[[ ${#missing[@]} -eq 0 ]] && exit 0

as_root=()
if [[ $EUID -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "Missing packages: ${missing[*]}" >&2
    echo "Install them as root (there is no sudo here): apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "Installing missing packages${as_root:+ with sudo}: ${missing[*]}"
install=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o Dpkg::Use-Pty=0 -qq install -y
         --no-install-recommends "${missing[@]}")
"${as_root[@]}" apt-get -qq update
"${install[@]}" >/dev/null
