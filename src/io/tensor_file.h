// TensorFile: the named tensors of one mapped file, whatever its format.
//
//   TensorFile file = open_safetensors("model.safetensors");       // or open_torch_bin("pytorch_model.bin")
//   for (const StoredTensor& stored : file.tensors()) use(stored.name, stored.shape);
//   HostTensor weight = file.tensor("model.norm.weight");          // in place; keeps the file mapped
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mapped_file.h"
#include "easydel/host_tensor.h"

namespace easydel::io {

/// One tensor as a file holds it.
struct StoredTensor {
  std::string name;
  Shape shape;
  std::span<const std::byte> bytes;  ///< from the first element to the end of the last
  std::vector<int64_t> strides;      ///< in elements, one per axis; empty when row-major without gaps
  /// What follows `bytes` where a file holds the tensor in pieces; row-major.
  std::vector<std::span<const std::byte>> more;
};

class TensorFile {
 public:
  /// `owner` keeps the bytes of `tensors` alive; `source` names the file in errors. Throws
  /// Error(kCorruptFile) for two tensors of one name.
  TensorFile(std::string source, std::shared_ptr<const void> owner, std::vector<StoredTensor> tensors,
             std::map<std::string, std::string> metadata = {});

  // Moved, never copied: the index holds views of the names.
  TensorFile(TensorFile&&) = default;
  TensorFile& operator=(TensorFile&&) = default;

  const std::string& source() const { return source_; }
  /// In the file's order.
  const std::vector<StoredTensor>& tensors() const { return tensors_; }
  /// What the file says about itself, such as {"format": "pt"}; empty for formats without.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// The tensors whose names begin with `prefix`, under what follows it; shares the bytes.
  TensorFile under(std::string_view prefix) const;

  bool contains(std::string_view name) const { return index_.contains(name); }
  /// Throws Error(kNotFound) that names the tensor and the file, as tensor() does.
  const Shape& shape(std::string_view name) const { return find(name).shape; }
  /// The tensor in the mapped file; a copy only where the bytes are strided, in pieces or not aligned for their dtype.
  HostTensor tensor(std::string_view name) const { return tensor(find(name)); }
  HostTensor tensor(const StoredTensor& stored) const;

  /// Names the mapped file that holds the tensors, for release().
  void set_mapped(std::shared_ptr<const MappedFile> file) { mapped_ = std::move(file); }
  /// Lets go of the memory that a tensor takes in the mapped file, once its bytes are somewhere else.
  void release(const StoredTensor& stored) const {
    if (!mapped_) return;
    mapped_->release(stored.bytes);
    for (const std::span<const std::byte> piece : stored.more) mapped_->release(piece);
  }

 private:
  const StoredTensor& find(std::string_view name) const;

  std::string source_;
  std::shared_ptr<const void> owner_;
  std::shared_ptr<const MappedFile> mapped_;
  std::vector<StoredTensor> tensors_;
  std::map<std::string, std::string> metadata_;
  std::unordered_map<std::string_view, size_t> index_;  ///< views of the names in tensors_
};

}  // namespace easydel::io
