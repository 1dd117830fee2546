#include "io/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>

#include "base/byte_cursor.h"
#include "base/format.h"
#include "base/json_file.h"
#include "base/mapped_file.h"
#include "easydel/error.h"

namespace easydel::io {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the Python package's limit
constexpr std::string_view kMetadataKey = "__metadata__";

struct DTypeName {
  DType dtype;
  std::string_view name;
};
// In the order of the Python package's enumeration, which sorts a file's tensors (the last comes first).
constexpr std::array kDTypes = {
    DTypeName{DType::kBool, "BOOL"}, DTypeName{DType::kU8, "U8"},     DTypeName{DType::kI8, "I8"},
    DTypeName{DType::kF16, "F16"},   DTypeName{DType::kBF16, "BF16"}, DTypeName{DType::kI32, "I32"},
    DTypeName{DType::kU32, "U32"},   DTypeName{DType::kF32, "F32"},   DTypeName{DType::kF64, "F64"},
    DTypeName{DType::kI64, "I64"},
};
constexpr std::array<std::string_view, 13> kForeignDTypes = {
    "F4",          "F6_E2M3", "F6_E3M2", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ",
    "F8_E5M2FNUZ", "I16",     "U16",     "U64",     "C64",     "C128"};

size_t rank_of(DType dtype) {
  const auto* row = std::find_if(kDTypes.begin(), kDTypes.end(),
                                 [&](const DTypeName& entry) { return entry.dtype == dtype; });
  if (row == kDTypes.end())
    throw Error(ErrorCode::kInvalidArgument, "save",
                fmt::format("{} cannot be stored in a safetensors file", dtype));
  return static_cast<size_t>(row - kDTypes.begin());
}

/// Reads one entry of the header; `source` and the tensor's name appear in every error.
class EntryReader {
 public:
  EntryReader(const std::string& source, const std::string& name, const Json& entry)
      : source_(source), name_(name), entry_(entry) {
    if (!entry.is_object()) throw error("is not an object");
  }

  Shape shape() const {
    const DType dtype = read_dtype();
    const Json& dims = member("shape");
    if (!dims.is_array()) throw error("has a shape that is not a list");
    if (dims.size() > Shape::kMaxRank)
      throw Error(ErrorCode::kUnsupported, source_,
                  fmt::format("tensor \"{}\" has {} axes; at most {} are supported", name_, dims.size(),
                              Shape::kMaxRank));
    std::vector<int64_t> sizes;
    for (const Json& dim : dims) sizes.push_back(static_cast<int64_t>(read_size(dim, "shape")));
    try {
      return Shape(dtype, sizes);
    } catch (const Error&) {
      throw error(fmt::format("has the impossible shape [{}]", fmt::join(sizes, ",")));
    }
  }

  std::pair<uint64_t, uint64_t> offsets() const {
    const Json& pair = member("data_offsets");
    if (!pair.is_array() || pair.size() != 2) throw error("has data_offsets that are not [begin, end]");
    return {read_size(pair[0], "data_offsets"), read_size(pair[1], "data_offsets")};
  }

  Error error(std::string_view why) const {
    return Error(ErrorCode::kCorruptFile, source_,
                 fmt::format("tensor \"{}\" {}; fetch or convert the file again", name_, why));
  }

 private:
  const Json& member(const char* key) const {
    const auto found = entry_.find(key);
    if (found == entry_.end()) throw error(fmt::format("has no \"{}\"", key));
    return *found;
  }

  uint64_t read_size(const Json& number, std::string_view what) const {
    if (!number.is_number_unsigned() || number.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX))
      throw error(fmt::format("has {} in its {}, which is not a size", number.dump(-1, ' ', true), what));
    return number.get<uint64_t>();
  }

  DType read_dtype() const {
    const Json& value = member("dtype");
    if (!value.is_string()) throw error("has a dtype that is not a text");
    const auto& text = value.get_ref<const std::string&>();
    for (const DTypeName& row : kDTypes)
      if (row.name == text) return row.dtype;
    if (std::find(kForeignDTypes.begin(), kForeignDTypes.end(), text) != kForeignDTypes.end())
      throw Error(
          ErrorCode::kUnsupported, source_,
          fmt::format("tensor \"{}\" is of dtype {}, which easydel does not read; save it as BF16 or F32",
                      name_, text));
    throw error(fmt::format("is of the unknown dtype \"{}\"", text));
  }

  const std::string& source_;
  const std::string& name_;
  const Json& entry_;
};

struct Range {
  uint64_t begin, end;
};

/// The format wants the bytes covered exactly: sorted by offset, each tensor begins where the last one ended.
std::vector<StoredTensor> place(std::vector<StoredTensor> tensors, const std::vector<Range>& ranges,
                                std::span<const std::byte> data, const std::string& source) {
  std::vector<size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::pair(ranges[a].begin, ranges[a].end) < std::pair(ranges[b].begin, ranges[b].end);
  });
  std::vector<StoredTensor> placed;
  placed.reserve(tensors.size());
  uint64_t end = 0;
  for (const size_t i : order) {
    StoredTensor& stored = tensors[i];
    const auto fail = [&](const std::string& why) {
      return Error(ErrorCode::kCorruptFile, source,
                   fmt::format("tensor \"{}\" {}; fetch or convert the file again", stored.name, why));
    };
    if (ranges[i].begin != end)
      throw fail(fmt::format("begins at byte {} where {} was expected: it {}", ranges[i].begin, end,
                             ranges[i].begin < end ? "overlaps another tensor" : "leaves a gap"));
    if (ranges[i].end > data.size())
      throw fail(
          fmt::format("ends at byte {} of only {}: the file is truncated", ranges[i].end, data.size()));
    end = ranges[i].end;
    stored.bytes = data.subspan(ranges[i].begin, ranges[i].end - ranges[i].begin);
    placed.push_back(std::move(stored));
  }
  if (end != data.size())
    throw Error(ErrorCode::kCorruptFile, source,
                fmt::format("holds {} bytes after its last tensor; fetch or convert the file again",
                            data.size() - end));
  return placed;
}

Metadata read_metadata(const Json& value, const std::string& source) {
  Metadata metadata;
  if (value.is_null()) return metadata;
  if (!value.is_object())
    throw Error(ErrorCode::kCorruptFile, source, "has a __metadata__ that is not an object");
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string())
      throw Error(ErrorCode::kCorruptFile, source,
                  fmt::format("has a __metadata__ \"{}\" that is not a text", key));
    metadata.emplace(key, text.get<std::string>());
  }
  return metadata;
}

std::string_view read_header(ByteCursor& cursor) {
  constexpr std::string_view kLfsPointer = "version https://git-lfs";
  if (cursor.remaining() >= kLfsPointer.size() && cursor.text(kLfsPointer.size(), "start") == kLfsPointer)
    throw Error(ErrorCode::kCorruptFile, cursor.source(),
                "is a Git LFS pointer, not the weights; fetch them with git lfs pull");
  cursor.seek(0, "start");
  const uint64_t size = cursor.read_u64("header size");
  if (size > kMaxHeaderBytes)
    throw cursor.error("header size", size, "is above the limit of 100 MB; this is not a safetensors file");
  if (size > cursor.remaining())
    throw cursor.error("header size", size,
                       fmt::format("is above the {} bytes that follow; the file is truncated, fetch it again",
                                   cursor.remaining()));
  const std::string_view header = cursor.text(size, "header");
  if (!header.starts_with('{'))
    throw Error(ErrorCode::kCorruptFile, cursor.source(),
                "has a header that does not begin with '{'; this is not a safetensors file");
  return header;
}

}  // namespace

TensorFile parse_safetensors(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                             const std::string& source) {
  ByteCursor cursor(bytes, source);
  const Json header =
      parse_json(read_header(cursor), source + " (header)", {.max_depth = 16, .allow_duplicate_keys = false});
  const std::span<const std::byte> data = cursor.slice(cursor.remaining(), "data");
  std::vector<StoredTensor> tensors;
  std::vector<Range> ranges;
  Metadata metadata;
  for (const auto& [name, entry] : header.items()) {
    if (name == kMetadataKey) {
      metadata = read_metadata(entry, source);
      continue;
    }
    const EntryReader reader(source, name, entry);
    const Shape shape = reader.shape();
    const auto [begin, end] = reader.offsets();
    if (end < begin || end - begin != shape.bytes())
      throw reader.error(
          fmt::format("spans bytes {} to {} but {} takes {} bytes", begin, end, shape, shape.bytes()));
    tensors.push_back({.name = name, .shape = shape});
    ranges.push_back({begin, end});
  }
  return TensorFile(source, std::move(owner), place(std::move(tensors), ranges, data, source),
                    std::move(metadata));
}

TensorFile open_safetensors(const std::filesystem::path& path) {
  const std::shared_ptr<const MappedFile> file = MappedFile::open(path);
  TensorFile tensors = parse_safetensors(file->bytes(), file, path.string());
  tensors.set_mapped(file);
  return tensors;
}

SafetensorsLayout layout_safetensors(std::span<const LazyTensor> tensors, const Metadata& metadata) {
  SafetensorsLayout layout;
  layout.order.resize(tensors.size());
  std::iota(layout.order.begin(), layout.order.end(), size_t{0});
  std::sort(layout.order.begin(), layout.order.end(), [&](size_t a, size_t b) {
    const size_t left = rank_of(tensors[a].shape.dtype()), right = rank_of(tensors[b].shape.dtype());
    return left != right ? left > right : tensors[a].name < tensors[b].name;
  });
  std::set<std::string_view> seen;
  std::string text = "{";
  const auto append = [&](std::string_view name, const nlohmann::ordered_json& value) {
    if (text.size() > 1) text += ',';
    text += nlohmann::ordered_json(name).dump() + ':' + value.dump();
  };
  try {
    if (!metadata.empty()) append(kMetadataKey, metadata);
    for (const size_t i : layout.order) {
      const LazyTensor& tensor = tensors[i];
      if (tensor.name == kMetadataKey || !seen.insert(tensor.name).second)
        throw Error(ErrorCode::kInvalidArgument, "save",
                    fmt::format("two tensors are named \"{}\"; rename one of them", tensor.name));
      const uint64_t begin = layout.data_bytes;
      layout.data_bytes += tensor.shape.bytes();
      append(tensor.name,
             {{"dtype", kDTypes[rank_of(tensor.shape.dtype())].name},
              {"shape", std::vector<int64_t>(tensor.shape.dims().begin(), tensor.shape.dims().end())},
              {"data_offsets", {begin, layout.data_bytes}}});
    }
  } catch (const Json::type_error& error) {
    throw Error(ErrorCode::kInvalidArgument, "save",
                fmt::format("a tensor's name is not valid UTF-8 ({})", error.what()));
  }
  text += '}';
  text.append((8 - text.size() % 8) % 8, ' ');
  for (size_t i = 0; i < 8; ++i)
    layout.header.push_back(static_cast<char>(static_cast<uint8_t>(uint64_t{text.size()} >> (8 * i))));
  layout.header += text;
  return layout;
}

void stage_safetensors(AtomicFiles& files, const std::filesystem::path& path,
                       std::span<const LazyTensor> tensors, const Metadata& metadata,
                       const ProgressTask& task) {
  const SafetensorsLayout layout = layout_safetensors(tensors, metadata);
  AtomicFile& file = files.add(path, layout.file_bytes());
  file.write(layout.header);
  for (const size_t i : layout.order) {
    const HostTensor tensor = tensors[i].load();
    if (tensor.shape() != tensors[i].shape)
      throw Error(ErrorCode::kShapeMismatch, "save",
                  fmt::format("tensor \"{}\" was announced as {} but is {}", tensors[i].name,
                              tensors[i].shape, tensor.shape()));
    file.write(tensor.bytes());
    task.advance(tensor.bytes().size());
  }
  file.finish();
}

void write_safetensors(const std::filesystem::path& path,
                       const std::vector<std::pair<std::string, HostTensor>>& tensors,
                       const Metadata& metadata) {
  std::vector<LazyTensor> lazy;
  lazy.reserve(tensors.size());
  for (const auto& [name, tensor] : tensors)
    lazy.push_back({name, tensor.shape(), [&held = tensor] { return held; }});
  AtomicFiles files;
  stage_safetensors(files, path, lazy, metadata, ProgressTask(nullptr, "", 0));
  files.commit();
}

}  // namespace easydel::io
