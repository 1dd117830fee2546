// EasyDeL's streams: a tree of arrays and numbers as msgpack records, one per leaf, `[path, document]`; the document is
// what flax.serialization makes of the leaf. They hold `easydel-model.parameters` and `.easy` states.
//
//   FlaxStream stream = open_flax_stream("st.easy");
//   stream.tensors.tensor("params.params.lm_head.kernel");      // paths joined with dots
//   for (const FlaxScalar& scalar : stream.scalars) use(scalar.path, scalar.value);
//
//   std::vector<FlaxLeaf> leaves = {{{"step"}, int64_t{7}}, ...};
//   stage_flax_stream(files, "st.easy", leaves, task);
//
// Flax: extension 1 is an array `[shape, dtype, bytes]`, 3 a number of NumPy's of the same form, 2 a complex number;
// arrays above 2^30 bytes are a map of flat chunks.
#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "base/atomic_file.h"
#include "easydel/progress.h"
#include "io/safetensors.h"
#include "io/tensor_file.h"

namespace easydel::io {

using FlaxPath = std::vector<std::string>;
using FlaxValue = std::variant<std::monostate, bool, int64_t, double, std::string>;

/// "model.norm.kernel" as a path.
FlaxPath split_path(std::string_view joined, char separator);

struct FlaxScalar {
  FlaxPath path;
  FlaxValue value;  ///< monostate: None
};

struct FlaxStream {
  TensorFile tensors;               ///< paths joined with dots
  std::vector<FlaxScalar> scalars;  ///< every other leaf, in the file's order
};

/// Maps a file and reads its heads; arrays stay where they lie. Throws Error(kNotFound), Error(kIo), Error(kCorruptFile)
/// for a file that is cut or malformed, and Error(kUnsupported) for complex numbers and foreign dtypes.
FlaxStream open_flax_stream(const std::filesystem::path& path);
/// The same for bytes in memory that `owner` keeps alive; `source` names them in errors.
FlaxStream parse_flax_stream(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                             const std::string& source);

/// `easydel-model.parameters`: a safetensors file or a stream, told apart by content.
TensorFile open_easydel_parameters(const std::filesystem::path& path);

/// A leaf to be written. A tensor is loaded when its turn comes; its own name is for errors.
struct FlaxLeaf {
  FlaxPath path;
  std::variant<FlaxValue, LazyTensor> value;
};

/// Writes a stream into `files` (not yet committed), telling `task` the bytes of arrays. Arrays above `chunk_bytes` go in
/// chunks; a leaf of 2^32 bytes or more is beyond the format: Error(kUnsupported).
void stage_flax_stream(AtomicFiles& files, const std::filesystem::path& path,
                       std::span<const FlaxLeaf> leaves, const ProgressTask& task,
                       uint64_t chunk_bytes = uint64_t{1} << 30);

}  // namespace easydel::io
