#include "engine/pjrt/compile_options.h"

#include <bit>
#include <cstring>
#include <string_view>

namespace easydel::pjrt {
namespace {

/// Appends protobuf fields (https://protobuf.dev/programming-guides/encoding).
class ProtoWriter {
 public:
  void integer(uint32_t field, int64_t value) {
    varint(field << 3);
    varint(static_cast<uint64_t>(value));  // negative numbers take ten bytes, as the format has them
  }
  void number(uint32_t field, double value) {
    varint(field << 3 | 1);
    const auto bits = std::bit_cast<uint64_t>(value);
    for (int shift = 0; shift < 64; shift += 8) bytes_.push_back(static_cast<char>(bits >> shift & 0xff));
  }
  void bytes(uint32_t field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    bytes_ += value;
  }
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>((value & 0x7f) | 0x80));
    bytes_.push_back(static_cast<char>(value));
  }
  const std::string& message() const { return bytes_; }

 private:
  std::string bytes_;
};

std::string device_assignment(const std::vector<int64_t>& device_ids) {
  ProtoWriter writer;
  writer.integer(1, 1);                                        // replica_count
  writer.integer(2, static_cast<int64_t>(device_ids.size()));  // computation_count
  for (const int64_t id : device_ids) {
    ProtoWriter packed, device;
    packed.varint(static_cast<uint64_t>(id));
    device.bytes(1, packed.message());  // replica_device_ids
    writer.bytes(3, device.message());  // computation_devices
  }
  return writer.message();
}

std::string build_options(const std::vector<int64_t>& device_ids) {
  const auto partitions = static_cast<int64_t>(device_ids.size());
  ProtoWriter writer;
  writer.integer(1, -1);                     // device_ordinal
  writer.integer(4, 1);                      // num_replicas
  writer.integer(5, partitions);             // num_partitions
  if (partitions > 1) writer.integer(6, 1);  // use_spmd_partitioning
  writer.bytes(9, device_assignment(device_ids));
  if (partitions > 1) writer.integer(19, 1);  // use_shardy_partitioner
  return writer.message();
}

struct OverrideValue {
  std::string operator()(const std::string& value) const {
    ProtoWriter writer;
    writer.bytes(1, value);
    return writer.message();
  }
  std::string operator()(bool value) const {
    ProtoWriter writer;
    writer.integer(2, value ? 1 : 0);
    return writer.message();
  }
  std::string operator()(int64_t value) const {
    ProtoWriter writer;
    writer.integer(3, value);
    return writer.message();
  }
  std::string operator()(double value) const {
    ProtoWriter writer;
    writer.number(4, value);
    return writer.message();
  }
};

}  // namespace

std::string encode_compile_options(const CompileOptionsFields& options) {
  ProtoWriter writer;
  writer.bytes(3, build_options(options.device_ids));  // executable_build_options
  for (const auto& [name, value] : options.overrides) {
    ProtoWriter entry;
    entry.bytes(1, name);
    entry.bytes(2, std::visit(OverrideValue{}, value));
    writer.bytes(7, entry.message());  // env_option_overrides
  }
  return writer.message();
}

}  // namespace easydel::pjrt
