// safetensors: the file format of Hugging Face weights (https://huggingface.co/docs/safetensors, "Format").
//
//   TensorFile file = open_safetensors("model.safetensors");
//   HostTensor embedding = file.tensor("model.embed_tokens.weight");            // in place, nothing is
//   copied write_safetensors("out.safetensors", {{"logits", logits}});                 // atomic
//
// A file is a u64 header size, a JSON header {name: {dtype, shape, data_offsets}}, and the tensors' bytes.
// Every rule of the format is checked when a file is opened: sizes, order, no overlap, no gap, nothing past
// the end.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "easydel/progress.h"
#include "io/tensor_file.h"

namespace easydel::io {

/// Maps a file and checks its header. Throws Error(kNotFound), Error(kIo), Error(kCorruptFile), and
/// Error(kUnsupported) for element types that easydel does not have, such as F8_E4M3.
TensorFile open_safetensors(const std::filesystem::path& path);

/// The same for bytes in memory that `owner` keeps alive; `source` names them in errors.
TensorFile parse_safetensors(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                             const std::string& source);

/// A tensor to be written: `load` is called once, when its turn comes, so that one tensor at a time is in
/// memory.
struct LazyTensor {
  std::string name;
  Shape shape;
  std::function<HostTensor()> load;
};

using Metadata = std::map<std::string, std::string>;

/// What Transformers writes, and asks for when it loads.
inline const Metadata kTorchMetadata{{"format", "pt"}};

/// The header for `tensors` and the order their bytes follow it in. Byte for byte the layout of the Python
/// package: dtypes of larger items first, then by name, the header padded with spaces to a multiple of eight.
struct SafetensorsLayout {
  std::string header;         ///< with the size in front
  std::vector<size_t> order;  ///< indices into the tensors given
  uint64_t data_bytes = 0;

  uint64_t file_bytes() const { return header.size() + data_bytes; }
};
/// Throws Error(kInvalidArgument) for two tensors of one name or a name that is not UTF-8.
SafetensorsLayout layout_safetensors(std::span<const LazyTensor> tensors, const Metadata& metadata);

/// Writes a whole file into `files` (not yet committed), telling `task` the bytes written. Throws
/// Error(kShapeMismatch) when a loaded tensor is not of the shape announced.
void stage_safetensors(AtomicFiles& files, const std::filesystem::path& path,
                       std::span<const LazyTensor> tensors, const Metadata& metadata,
                       const ProgressTask& task);

/// Writes one file atomically.
void write_safetensors(const std::filesystem::path& path,
                       const std::vector<std::pair<std::string, HostTensor>>& tensors,
                       const Metadata& metadata = kTorchMetadata);

}  // namespace easydel::io
