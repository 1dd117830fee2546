// XLA's CompileOptionsProto, written by hand: a few fields, and no protobuf library.
//
//   std::string bytes = encode_compile_options({.device_ids = {0, 1, 2, 3}});   // one program over 4 partitions
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace easydel::pjrt {

struct CompileOptionsFields {
  /// The devices of the program's partitions in mesh order; one for a program without sharding.
  std::vector<int64_t> device_ids = {0};
  /// XLA flags by name, without the leading dashes, such as {"xla_cpu_enable_fast_math", false}.
  std::map<std::string, std::variant<std::string, bool, int64_t, double>> overrides;
};

/// The serialized message (xla/pjrt/proto/compile_options.proto): one replica, a partition per device, Shardy as the
/// partitioner. The same options give the same bytes.
std::string encode_compile_options(const CompileOptionsFields& options);

}  // namespace easydel::pjrt
