#!/usr/bin/env bash
# Cross-compiles the layers up to the native engine for 64-bit ARM and runs the engine's tests under QEMU: on a CPU with
# dot products of bytes, and on one without.
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in aarch64-linux-gnu-g++ qemu-aarch64; do
  command -v "$tool" >/dev/null || { echo "check_aarch64: $tool is missing; scripts/install_packages.sh test" >&2; exit 1; }
done
build=build-aarch64
cmake -S . -B "$build" -G Ninja --toolchain cmake/aarch64-linux-gnu.cmake -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_CXX_FLAGS_RELEASE=-O1 -DCMAKE_EXE_LINKER_FLAGS=-static \
  -DEASYDEL_HEADERS_ALONE=ON -DEASYDEL_PJRT=OFF -DEASYDEL_BUILD_CLI=OFF -DEASYDEL_BUILD_TESTS=ON \
  -DEASYDEL_LAYERS="base;quantization;sharding;graph;engine" -DEASYDEL_WARNINGS_AS_ERRORS=ON >/dev/null
cmake --build "$build" --target engine_test --parallel "$(nproc)"
run_on() {
  qemu-aarch64 -cpu "$1" "$build/tests/engine_test" --gtest_brief=1 --gtest_filter="$2"
}
# A set that is not detected has no tests.
tests_with_dots() {
  qemu-aarch64 -cpu "$1" "$build/tests/engine_test" --gtest_list_tests | grep -c /neon_dot || true
}
[[ "$(tests_with_dots max)" -gt 0 && "$(tests_with_dots cortex-a53)" -eq 0 ]] ||
  { echo "check_aarch64: dot products of bytes are not detected where they are, or where they are not" >&2; exit 1; }
run_on cortex-a53 '*KernelMatmul*/neon:Program*' &
run_on max '*Kernel*:Program*:MemoryPlan*:-*/scalar'
wait $!
echo "check_aarch64: the kernels are right under QEMU"
