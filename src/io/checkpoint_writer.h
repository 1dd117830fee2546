// Writes a model's weights as Hugging Face lays them out (one model.safetensors, or shards and an index) or as EasyDeL
// does (one easydel-model.parameters).
//
//   std::vector<LazyTensor> tensors = ...;                    // in the model's order; tied weights once
//   save_sharded("out", tensors, {.max_shard_bytes = 5'000'000'000});
//
//   AtomicFiles files;                                        // or together with other files, all or
//   nothing: stage_sharded(files, "out", tensors); write config.json and the like with files.add(...)
//   files.commit();
#pragma once

#include <filesystem>
#include <span>

#include "base/atomic_file.h"
#include "easydel/progress.h"
#include "io/safetensors.h"

namespace easydel::io {

struct SaveShardedOptions {
  uint64_t max_shard_bytes = 50'000'000'000;  ///< of tensor data per file, as in Transformers 5
  Metadata metadata = kTorchMetadata;         ///< goes into each file's header
  ProgressSink* progress = nullptr;           ///< told the bytes written
};

/// Indices of the tensors of each shard. huggingface_hub's rule: in the order given, a new shard when the
/// next tensor would not fit; a tensor larger than a shard gets one of its own.
std::vector<std::vector<size_t>> split_into_shards(std::span<const LazyTensor> tensors,
                                                   uint64_t max_shard_bytes);

/// Writes the files and marks those of an earlier save (other shards, index, single file, EasyDeL's file) for removal; all
/// takes effect with files.commit(). Creates `directory`. One tensor at a time is in memory.
/// A process that is killed within the commit leaves the weights of one save: shards get names that no file has
/// ("model-00001-of-00002.safetensors", "model-1-00001-of-00002.safetensors" where those are taken), and one rename, of the
/// index, the single file or the one that hid the new ones, changes which save readers find.
void stage_sharded(AtomicFiles& files, const std::filesystem::path& directory,
                   std::span<const LazyTensor> tensors, const SaveShardedOptions& options = {});

/// The same for EasyDeL's one file, tensors under Flax's dotted names: safetensors, or a stream (io/flax_stream.h) unless
/// `safe`.
void stage_easydel(AtomicFiles& files, const std::filesystem::path& directory,
                   std::span<const LazyTensor> tensors, bool safe = true, ProgressSink* progress = nullptr);

/// stage_sharded and commit: afterwards the directory holds this save alone, or, after an error, the old one.
void save_sharded(const std::filesystem::path& directory, std::span<const LazyTensor> tensors,
                  const SaveShardedOptions& options = {});

}  // namespace easydel::io
