// A pickle machine that can build plain values and tensor descriptions, and nothing else.
//
//   Pickle pickle = unpickle(archive.entry("archive/data.pkl"), "pytorch_model.bin");
//   const PickleValue& root = pickle.values[pickle.root];   // usually a kDict of names to kTensor
//
// Python's pickle is a program that may call any function. Here a global name outside a short list (PyTorch's
// storages and tensor rebuilding, OrderedDict) ends the reading with an error that names it; those on the list are
// matched by name and never looked up or run. Opcodes: CPython's Lib/pickletools.py.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/dtype.h"

namespace easydel::io {

/// A value is an index into Pickle::values, so that values that contain themselves need no ownership cycle and deep
/// ones no recursion.
using PickleRef = uint32_t;

enum class PickleKind : uint8_t {
  kNone,
  kBool,
  kInt,
  kFloat,
  kText,
  kBytes,
  kTuple,
  kList,
  kDict,
  kGlobal,
  kStorage,
  kTensor
};

struct PickleValue {
  PickleKind kind = PickleKind::kNone;
  int64_t number = 0;     ///< kBool, kInt; kGlobal, kStorage, kTensor: index into the table of that kind
  std::string_view text;  ///< kText, kBytes: in the pickle's bytes
  std::vector<PickleRef> items;  ///< kTuple, kList: elements; kDict: key, value, key, value, ...
};

/// A persistent id ('storage', type, key, location, elements).
struct PickleStorage {
  DType dtype = DType::kF32;
  std::string_view key;
  uint64_t elements = 0;
};

/// The arguments of torch._utils._rebuild_tensor_v2.
struct PickleTensor {
  uint32_t storage = 0;  ///< index into Pickle::storages
  int64_t offset = 0;    ///< in elements, as strides are
  std::vector<int64_t> sizes, strides;
};

struct Pickle {
  std::vector<PickleValue> values;
  std::vector<PickleStorage> storages;
  std::vector<PickleTensor> tensors;
  PickleRef root = 0;
};

/// Throws Error(kCorruptFile) for a broken pickle and Error(kUnsupported) for one that would run code or holds an
/// element type that easydel does not have. `bytes` must outlive the result.
Pickle unpickle(std::span<const std::byte> bytes, const std::string& source);

}  // namespace easydel::io
