// Checkpoint: the weights of a model directory, whichever files hold them.
//
//   Checkpoint checkpoint = Checkpoint::open("SmolLM2-135M");
//   for (const std::string& name : checkpoint.names()) fmt::print("{} {}\n", name, checkpoint.shape(name));
//   HostTensor norm = checkpoint.tensor("model.norm.weight");   // read when asked for, in place where
//   possible
//
// Looked for in Transformers' order: model.safetensors, model.safetensors.index.json with its shards,
// pytorch_model.bin, pytorch_model.bin.index.json with its shards; EasyDeL's easydel-model.parameters comes before
// PyTorch's. A variant stands before the last ending: model.fp16.safetensors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/tensor_file.h"

namespace easydel::io {

/// EasyDeL's one file of weights, in Flax's names and layout.
inline constexpr std::string_view kEasyDeLParameters = "easydel-model.parameters";

/// Whose names and layout weights are looked for in.
enum class CheckpointLayout : uint8_t { kAny, kHuggingFace, kEasyDeL };

/// One way to store a checkpoint: a single file, or an index of shards where the way has one.
struct WeightFiles {
  std::string file, index;

  /// Those there are.
  std::vector<std::string> names() const {
    return index.empty() ? std::vector{file} : std::vector{file, index};
  }
};
/// The ways, the preferred first.
std::vector<WeightFiles> weight_files(std::string_view variant = {},
                                      CheckpointLayout layout = CheckpointLayout::kAny);

/// Whether a file that another one names is of that one's own directory.
bool is_plain_file_name(const std::string& name);

/// The shards that an index names, in order; files of the index's own directory. Throws Error(kCorruptFile) for an
/// index that is malformed or names files elsewhere.
std::vector<std::string> index_shards(const std::filesystem::path& index);

class Checkpoint {
 public:
  /// Opens a directory's weights and checks every header; no weights are read yet. Throws Error(kNotFound)
  /// for a missing directory, one without weights (of that layout: the error says which there are), or an index that
  /// names a missing shard;
  /// Error(kInvalidArgument) when `directory` is a file; Error(kCorruptFile) for files that contradict their
  /// format or their index.
  static Checkpoint open(const std::filesystem::path& directory, std::string_view variant = {},
                         CheckpointLayout layout = CheckpointLayout::kAny);

  /// Files that were opened already; `directory` names them in errors, `is_easydel` says whose layout they have.
  static Checkpoint of_files(std::filesystem::path directory, std::vector<TensorFile> files, bool is_easydel);

  /// Whether open() would find weights there (their files are not read).
  static bool exists(const std::filesystem::path& directory);

  /// Whether the names are Flax's, with dots, and kernels [in, out]: easydel-model.parameters.
  bool is_easydel() const { return is_easydel_; }
  /// Every tensor's name, file after file.
  const std::vector<std::string>& names() const { return names_; }
  bool contains(std::string_view name) const { return index_.contains(name); }
  /// Throws Error(kNotFound) that names the tensor and the directory, as tensor() and source() do.
  const Shape& shape(std::string_view name) const { return find(name).stored->shape; }
  /// The tensor, in its mapped file where layout and alignment allow, else a copy. It may outlive the
  /// checkpoint.
  HostTensor tensor(std::string_view name) const;
  /// Lets go of the memory that a tensor takes in its mapped file; it can be read again.
  void release(std::string_view name) const;
  /// The path of the file that holds a tensor.
  const std::string& source(std::string_view name) const { return find(name).file->source(); }

  /// Bytes of all tensors together.
  uint64_t total_bytes() const { return total_bytes_; }
  /// The files, in order.
  const std::vector<TensorFile>& files() const { return *files_; }
  /// The directory that was opened.
  const std::filesystem::path& directory() const { return directory_; }

 private:
  struct Place {
    const TensorFile* file = nullptr;
    const StoredTensor* stored = nullptr;
  };

  Checkpoint(std::filesystem::path directory, std::vector<TensorFile> files,
             const std::unordered_map<std::string, std::string>& weight_map);
  const Place& find(std::string_view name) const;

  std::filesystem::path directory_;
  std::shared_ptr<const std::vector<TensorFile>> files_;  ///< shared so that copies keep pointers into it
  std::vector<std::string> names_;
  std::unordered_map<std::string_view, Place> index_;  ///< keys are the names in files_
  uint64_t total_bytes_ = 0;
  bool is_easydel_ = false;
};

}  // namespace easydel::io
