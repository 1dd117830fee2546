// PyTorch checkpoints (pytorch_model.bin, *.pt): a zip of raw storages and a pickle that describes tensors.
//
//   TensorFile file = open_torch_bin("pytorch_model.bin");
//   HostTensor weight = file.tensor("transformer.wte.weight");   // in place when row-major
//
// Nothing in the file is run (io/unpickler.h). Tensors are those of the top dictionary, or of its "state_dict",
// "model" or "model_state_dict" when the top holds no tensor itself.
#pragma once

#include <filesystem>

#include "io/tensor_file.h"

namespace easydel::io {

/// Throws Error(kNotFound), Error(kIo), Error(kCorruptFile), and Error(kUnsupported) for a pickle that would run
/// code, a file of PyTorch before 1.6, compressed entries, big-endian files and foreign element types.
TensorFile open_torch_bin(const std::filesystem::path& path);

/// The same for bytes in memory that `owner` keeps alive; `source` names them in errors.
TensorFile parse_torch_bin(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                           const std::string& source);

}  // namespace easydel::io
