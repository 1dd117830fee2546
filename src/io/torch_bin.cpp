#include "io/torch_bin.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/format.h"
#include "base/mapped_file.h"
#include "easydel/error.h"
#include "io/unpickler.h"
#include "io/zip_archive.h"

namespace easydel::io {
namespace {

// A view may repeat elements (expand()); a copy of it is refused past this size, which no real file reaches.
constexpr uint64_t kMaxExpandedBytes = uint64_t{1} << 30;

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The folder in the zip that holds everything: "archive/" or the name the file was saved under.
std::string find_root(const ZipArchive& archive) {
  constexpr std::string_view kPickleName = "data.pkl";
  for (const auto& [name, bytes] : archive.entries())
    if (name == kPickleName || name.ends_with("/data.pkl"))
      return name.substr(0, name.size() - kPickleName.size());
  throw Error(ErrorCode::kCorruptFile, archive.source(),
              "is a zip without data.pkl; it is not a PyTorch checkpoint");
}

void check_start(std::span<const std::byte> bytes, const std::string& source) {
  const std::string_view start = as_text(bytes.first(std::min<size_t>(bytes.size(), 32)));
  // The first files of PyTorch were bare pickles that begin with this number.
  constexpr std::string_view kLegacyMagic("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12);
  if (start.substr(0, 16).find(kLegacyMagic) != std::string_view::npos)
    throw Error(
        ErrorCode::kUnsupported, source,
        "is in the format of PyTorch before 1.6; load it in PyTorch with weights_only=True and save it "
        "again with torch.save or as safetensors");
  if (start.starts_with("version https://git-lfs"))
    throw Error(ErrorCode::kCorruptFile, source,
                "is a Git LFS pointer, not the weights; fetch them with git lfs pull");
  if (!start.starts_with("PK"))
    throw Error(ErrorCode::kCorruptFile, source,
                "does not begin as a zip file; it is not a PyTorch checkpoint, or is damaged");
}

class Reader {
 public:
  Reader(const ZipArchive& archive, const std::string& root, const Pickle& pickle)
      : archive_(archive), root_(root), pickle_(pickle) {}

  std::vector<StoredTensor> read() const {
    const PickleValue& top = pickle_.values[pickle_.root];
    if (top.kind == PickleKind::kDict) {
      std::vector<StoredTensor> tensors = tensors_of(top);
      if (!tensors.empty() || top.items.empty()) return tensors;
      for (const std::string_view key : {"state_dict", "model", "model_state_dict"})
        if (const PickleValue* inner = member(top, key); inner != nullptr && inner->kind == PickleKind::kDict)
          return tensors_of(*inner);
    }
    throw Error(
        ErrorCode::kUnsupported, archive_.source(),
        "holds no dictionary of tensors at its top or under state_dict, model or model_state_dict; save "
        "model.state_dict() instead");
  }

 private:
  const PickleValue* member(const PickleValue& dict, std::string_view wanted) const {
    for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
      const PickleValue& key = pickle_.values[dict.items[i]];
      if (key.kind == PickleKind::kText && key.text == wanted) return &pickle_.values[dict.items[i + 1]];
    }
    return nullptr;
  }

  std::vector<StoredTensor> tensors_of(const PickleValue& dict) const {
    std::vector<StoredTensor> tensors;
    for (size_t i = 0; i + 1 < dict.items.size(); i += 2) {
      const PickleValue& key = pickle_.values[dict.items[i]];
      const PickleValue& value = pickle_.values[dict.items[i + 1]];
      if (key.kind == PickleKind::kText && value.kind == PickleKind::kTensor)
        tensors.push_back(
            describe(std::string(key.text), pickle_.tensors[static_cast<size_t>(value.number)]));
    }
    return tensors;
  }

  StoredTensor describe(std::string name, const PickleTensor& tensor) const {
    const auto fail = [&](const std::string& why) {
      return Error(ErrorCode::kCorruptFile, archive_.source(),
                   fmt::format("tensor \"{}\" {}; fetch or convert the file again", name, why));
    };
    const PickleStorage& storage = pickle_.storages[tensor.storage];
    const std::span<const std::byte> data = archive_.entry(fmt::format("{}data/{}", root_, storage.key));
    const size_t item = item_size(storage.dtype);
    if (storage.elements > data.size() / item)
      throw fail(fmt::format("needs {} elements of storage {}, which holds {}", storage.elements, storage.key,
                             data.size() / item));
    StoredTensor stored{.name = name};
    try {
      stored.shape = Shape(storage.dtype, tensor.sizes);
    } catch (const Error& error) {
      throw fail(
          fmt::format("has the impossible sizes [{}] ({})", fmt::join(tensor.sizes, ","), error.detail()));
    }
    const uint64_t extent = extent_of(tensor, fail);
    if (tensor.offset < 0 || static_cast<uint64_t>(tensor.offset) > storage.elements ||
        extent > storage.elements - static_cast<uint64_t>(tensor.offset))
      throw fail(fmt::format("spans {} elements from {} of a storage of {}", extent, tensor.offset,
                             storage.elements));
    if (stored.shape.bytes() > data.size() && stored.shape.bytes() > kMaxExpandedBytes)
      throw fail(fmt::format("repeats its storage into {} bytes", stored.shape.bytes()));
    stored.bytes = data.subspan(static_cast<size_t>(tensor.offset) * item, extent * item);
    if (extent > 0 && !is_row_major(tensor)) stored.strides = tensor.strides;
    return stored;
  }

  /// Elements from the first to the last, both included; 0 when an axis is empty.
  template <typename Fail>
  static uint64_t extent_of(const PickleTensor& tensor, const Fail& fail) {
    uint64_t last = 0;
    for (size_t axis = 0; axis < tensor.sizes.size(); ++axis) {
      if (tensor.sizes[axis] == 0) return 0;
      if (tensor.strides[axis] < 0)
        throw fail(fmt::format("has the negative stride {}", tensor.strides[axis]));
      uint64_t step = 0;
      if (__builtin_mul_overflow(static_cast<uint64_t>(tensor.sizes[axis] - 1),
                                 static_cast<uint64_t>(tensor.strides[axis]), &step) ||
          __builtin_add_overflow(last, step, &last) || last >= uint64_t{1} << 60)
        throw fail(fmt::format("has the impossible strides [{}]", fmt::join(tensor.strides, ",")));
    }
    return last + 1;
  }

  static bool is_row_major(const PickleTensor& tensor) {
    int64_t expected = 1;
    for (size_t axis = tensor.sizes.size(); axis-- > 0;) {
      if (tensor.sizes[axis] != 1 && tensor.strides[axis] != expected) return false;
      expected *= tensor.sizes[axis];
    }
    return true;
  }

  const ZipArchive& archive_;
  const std::string& root_;
  const Pickle& pickle_;
};

}  // namespace

TensorFile parse_torch_bin(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                           const std::string& source) {
  check_start(bytes, source);
  const ZipArchive archive(bytes, source);
  const std::string root = find_root(archive);
  if (const std::string order = root + "byteorder";
      archive.contains(order) && as_text(archive.entry(order)) != "little")
    throw Error(ErrorCode::kUnsupported, source,
                "was saved on a big-endian machine; save it again on a little-endian one");
  const Pickle pickle = unpickle(archive.entry(root + "data.pkl"), source);
  return TensorFile(source, std::move(owner), Reader(archive, root, pickle).read());
}

TensorFile open_torch_bin(const std::filesystem::path& path) {
  const std::shared_ptr<const MappedFile> file = MappedFile::open(path);
  TensorFile tensors = parse_torch_bin(file->bytes(), file, path.string());
  tensors.set_mapped(file);
  return tensors;
}

}  // namespace easydel::io
