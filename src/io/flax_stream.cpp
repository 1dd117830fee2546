#include "io/flax_stream.h"

#include <algorithm>
#include <optional>

#include "base/byte_cursor.h"
#include "base/format.h"
#include "base/mapped_file.h"
#include "easydel/error.h"
#include "io/msgpack.h"

namespace easydel::io {
namespace {

constexpr int8_t kArrayType = 1, kComplexType = 2, kScalarType = 3;
constexpr std::string_view kChunkedKey = "__msgpack_chunked_array__";
constexpr uint64_t kMaxPathParts = 64;

/// A document's leaf: a value, or an array whose name is still to be given.
using Document = std::variant<FlaxValue, StoredTensor>;

class DocumentReader {
 public:
  /// `what` names the leaf in errors.
  DocumentReader(std::span<const std::byte> bytes, const std::string& source, const std::string& what)
      : reader_(bytes, fmt::format("{} (\"{}\")", source, what)) {}

  Document read() {
    Document document = leaf();
    if (!reader_.at_end()) throw reader_.error("document", "goes on behind its value");
    return document;
  }

 private:
  Document leaf() {
    const MsgpackToken token = reader_.read("value");
    switch (token.kind) {
      case MsgpackKind::kNil:
        return FlaxValue();
      case MsgpackKind::kBool:
        return FlaxValue(token.boolean);
      case MsgpackKind::kInteger:
        return FlaxValue(token.integer);
      case MsgpackKind::kFloat:
        return FlaxValue(token.number);
      case MsgpackKind::kText:
        return FlaxValue(std::string(token.text()));
      case MsgpackKind::kExtension:
        return array(token);
      case MsgpackKind::kMap:
        return chunked(token.count);
      case MsgpackKind::kBinary:
      case MsgpackKind::kArray:
        break;
    }
    throw reader_.error(
        "value", fmt::format("is {}; leaves are arrays, numbers, texts and None", to_string(token.kind)));
  }

  StoredTensor array(const MsgpackToken& token) const {
    if (token.extension == kComplexType)
      throw Error(ErrorCode::kUnsupported, reader_.source(),
                  "is complex; easydel has no complex numbers, save its parts");
    if (token.extension != kArrayType && token.extension != kScalarType)
      throw reader_.error("value", fmt::format("is of extension type {}; Flax writes 1, 2 and 3",
                                               static_cast<int>(token.extension)));
    MsgpackReader reader(token.bytes, reader_.source());
    if (reader.read_array("array") != 3) throw reader.error("array", "is not [shape, dtype, bytes]");
    std::vector<int64_t> dims(reader.read_array("shape"));
    for (int64_t& dim : dims) dim = reader.read_integer("shape");
    const std::string_view dtype = reader.read_text("dtype");
    StoredTensor stored{.shape = make_shape(dtype, dims)};
    stored.bytes = reader.read_binary("data");
    if (!reader.at_end()) throw reader.error("array", "goes on behind its data");
    if (stored.bytes.size() != stored.shape.bytes())
      throw reader.error("data", fmt::format("has {} bytes where {} takes {}", stored.bytes.size(),
                                             stored.shape, stored.shape.bytes()));
    return stored;
  }

  Shape make_shape(std::string_view dtype, const std::vector<int64_t>& dims) const {
    DType known = DType::kAuto;
    try {
      known = parse_dtype(dtype);
    } catch (const Error&) {
    }
    if (known == DType::kAuto)
      throw Error(ErrorCode::kUnsupported, reader_.source(),
                  fmt::format("is of dtype {}, which easydel does not read", dtype));
    try {
      return {known, dims};
    } catch (const Error& error) {
      throw reader_.error("shape", fmt::format("is impossible: {}", error.detail()));
    }
  }

  /// {"0": first, "1": second, ...}, in that order.
  template <typename Entry>
  void numbered_map(std::string_view what, Entry entry) {
    const uint64_t count = reader_.read_map(what);
    for (uint64_t i = 0; i < count; ++i) {
      if (reader_.read_text(what) != std::to_string(i))
        throw reader_.error(what, "is not numbered from 0 upwards");
      entry();
    }
  }

  StoredTensor chunked(uint64_t pairs) {
    std::vector<int64_t> dims;
    std::vector<StoredTensor> chunks;
    bool is_chunked = false, has_shape = false;
    for (uint64_t i = 0; i < pairs; ++i) {
      const std::string_view key = reader_.read_text("key");
      if (key == kChunkedKey && !is_chunked) {
        is_chunked = reader_.read(MsgpackKind::kBool, key).boolean;
      } else if (key == "shape" && !has_shape) {
        has_shape = true;
        numbered_map("shape", [&] { dims.push_back(reader_.read_integer("shape")); });
      } else if (key == "chunks" && chunks.empty()) {
        numbered_map("chunks",
                     [&] { chunks.push_back(array(reader_.read(MsgpackKind::kExtension, "chunk"))); });
      } else {
        break;
      }
    }
    if (!is_chunked || !has_shape || chunks.empty())
      throw reader_.error("value", "is a map; of maps, leaves may be chunked arrays only");
    StoredTensor joined = chunks.front();
    const DType dtype = joined.shape.dtype();
    joined.shape = make_shape(to_string(dtype), dims);
    uint64_t bytes = joined.bytes.size();
    for (size_t i = 1; i < chunks.size(); ++i) {
      if (chunks[i].shape.dtype() != dtype) throw reader_.error("chunks", "are of several dtypes");
      bytes += chunks[i].bytes.size();
      joined.more.push_back(chunks[i].bytes);
    }
    if (bytes != joined.shape.bytes())
      throw reader_.error("chunks", fmt::format("have {} bytes where {} takes {}", bytes, joined.shape,
                                                joined.shape.bytes()));
    return joined;
  }

  MsgpackReader reader_;
};

FlaxPath read_path(MsgpackReader& reader) {
  const uint64_t parts = reader.read_array("key");
  if (parts == 0 || parts > kMaxPathParts)
    throw reader.error("key", fmt::format("has {} parts; 1 to {} are possible", parts, kMaxPathParts));
  FlaxPath path;
  for (uint64_t i = 0; i < parts; ++i) path.emplace_back(reader.read_text("key"));
  return path;
}

bool is_plain(const std::string& part) {
  return !part.empty() && part.find_first_of("./") == std::string::npos;
}

/// What comes before each run of a leaf's data.
struct Piece {
  std::string head;
  uint64_t begin = 0, size = 0;  ///< the run, in the tensor's bytes
};

void append_array(std::vector<Piece>& pieces, const Shape& shape, uint64_t begin) {
  std::string head;
  msgpack_append_array(head, 3);
  msgpack_append_array(head, static_cast<uint64_t>(shape.rank()));
  for (const int64_t dim : shape.dims()) msgpack_append_integer(head, dim);
  msgpack_append_text(head, numpy_name(shape.dtype()));
  msgpack_append_binary(head, shape.bytes());
  std::string& extension = pieces.back().head;
  msgpack_append_extension(extension, kArrayType, head.size() + shape.bytes());
  extension += head;
  pieces.back().begin = begin;
  pieces.back().size = shape.bytes();
}

std::vector<Piece> array_pieces(const Shape& shape, uint64_t chunk_bytes) {
  std::vector<Piece> pieces(1);
  if (shape.bytes() <= chunk_bytes) {
    append_array(pieces, shape, 0);
    return pieces;
  }
  const auto item = static_cast<int64_t>(item_size(shape.dtype()));
  const int64_t step = std::max<int64_t>(1, static_cast<int64_t>(chunk_bytes) / item);
  const int64_t count = (shape.elements() + step - 1) / step;
  std::string& head = pieces.back().head;
  msgpack_append_map(head, 3);
  msgpack_append_text(head, kChunkedKey);
  msgpack_append_bool(head, true);
  msgpack_append_text(head, "shape");
  msgpack_append_map(head, static_cast<uint64_t>(shape.rank()));
  for (int axis = 0; axis < shape.rank(); ++axis) {
    msgpack_append_text(head, std::to_string(axis));
    msgpack_append_integer(head, shape.dim(axis));
  }
  msgpack_append_text(head, "chunks");
  msgpack_append_map(head, static_cast<uint64_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    if (i > 0) pieces.emplace_back();
    msgpack_append_text(pieces.back().head, std::to_string(i));
    const int64_t begin = i * step, end = std::min(begin + step, shape.elements());
    append_array(pieces, shape.with_dims({end - begin}), static_cast<uint64_t>(begin * item));
  }
  return pieces;
}

std::string scalar_document(const FlaxValue& value) {
  std::string out;
  std::visit(
      [&]<typename T>(const T& held) {
        if constexpr (std::is_same_v<T, std::monostate>)
          msgpack_append_nil(out);
        else if constexpr (std::is_same_v<T, bool>)
          msgpack_append_bool(out, held);
        else if constexpr (std::is_same_v<T, int64_t>)
          msgpack_append_integer(out, held);
        else if constexpr (std::is_same_v<T, double>)
          msgpack_append_float(out, held);
        else
          msgpack_append_text(out, held);
      },
      value);
  return out;
}

/// `[path, document]` up to the document's first byte.
std::string record_head(const FlaxPath& path, uint64_t document_bytes) {
  std::string head;
  msgpack_append_array(head, 2);
  msgpack_append_array(head, path.size());
  for (const std::string& part : path) msgpack_append_text(head, part);
  msgpack_append_binary(head, document_bytes);
  return head;
}

void write_tensor(AtomicFile& file, const FlaxPath& path, const LazyTensor& lazy, uint64_t chunk_bytes) {
  const std::vector<Piece> pieces = array_pieces(lazy.shape, chunk_bytes);
  uint64_t document_bytes = 0;
  for (const Piece& piece : pieces) document_bytes += piece.head.size() + piece.size;
  if (document_bytes > UINT32_MAX)
    throw Error(
        ErrorCode::kUnsupported, "save",
        fmt::format("tensor \"{}\" takes {} bytes; a msgpack leaf has less than 2^32, write safetensors",
                    lazy.name, document_bytes));
  file.write(record_head(path, document_bytes));
  const HostTensor tensor = lazy.load();
  if (tensor.shape() != lazy.shape)
    throw Error(
        ErrorCode::kShapeMismatch, "save",
        fmt::format("tensor \"{}\" was announced as {} but is {}", lazy.name, lazy.shape, tensor.shape()));
  for (const Piece& piece : pieces) {
    file.write(piece.head);
    file.write(tensor.bytes().subspan(piece.begin, piece.size));
  }
}

}  // namespace

FlaxPath split_path(std::string_view joined, char separator) {
  FlaxPath path;
  for (size_t end = 0; end != joined.npos;) {
    end = joined.find(separator);
    path.emplace_back(joined.substr(0, end));
    if (end != joined.npos) joined.remove_prefix(end + 1);
  }
  return path;
}

FlaxStream parse_flax_stream(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                             const std::string& source) {
  MsgpackReader reader(bytes, source);
  std::vector<StoredTensor> tensors;
  std::vector<FlaxScalar> scalars;
  while (!reader.at_end()) {
    if (reader.read_array("record") != 2) throw reader.error("record", "is not [path, document]");
    FlaxPath path = read_path(reader);
    const std::string name = fmt::format("{}", fmt::join(path, "."));
    Document document = DocumentReader(reader.read_binary("document"), source, name).read();
    if (auto* tensor = std::get_if<StoredTensor>(&document)) {
      if (!std::ranges::all_of(path, is_plain))
        throw reader.error("key",
                           fmt::format("\"{}\" of an array has an empty part, a dot or a slash", name));
      tensor->name = name;
      tensors.push_back(std::move(*tensor));
    } else {
      scalars.push_back({std::move(path), std::get<FlaxValue>(std::move(document))});
    }
  }
  return {TensorFile(source, std::move(owner), std::move(tensors)), std::move(scalars)};
}

FlaxStream open_flax_stream(const std::filesystem::path& path) {
  const std::shared_ptr<const MappedFile> file = MappedFile::open(path);
  FlaxStream stream = parse_flax_stream(file->bytes(), file, path.string());
  stream.tensors.set_mapped(file);
  return stream;
}

TensorFile open_easydel_parameters(const std::filesystem::path& path) {
  // A stream's first eight bytes, taken for the size of a safetensors header, are far above any file's.
  const std::shared_ptr<const MappedFile> file = MappedFile::open(path);
  constexpr auto kPairOfParts = std::byte{0x92};
  const bool starts_as_stream = !file->bytes().empty() && file->bytes().front() == kPairOfParts;
  if (starts_as_stream) {
    ByteCursor cursor(file->bytes(), path.string());
    if (cursor.remaining() < 8 || cursor.read_u64("header size") > cursor.remaining())
      return open_flax_stream(path).tensors;
  }
  return open_safetensors(path);
}

void stage_flax_stream(AtomicFiles& files, const std::filesystem::path& path,
                       std::span<const FlaxLeaf> leaves, const ProgressTask& task, uint64_t chunk_bytes) {
  AtomicFile& file = files.add(path);
  for (const FlaxLeaf& leaf : leaves) {
    if (const auto* tensor = std::get_if<LazyTensor>(&leaf.value)) {
      write_tensor(file, leaf.path, *tensor, chunk_bytes);
      task.advance(tensor->shape.bytes());
      continue;
    }
    const std::string document = scalar_document(std::get<FlaxValue>(leaf.value));
    file.write(record_head(leaf.path, document.size()));
    file.write(document);
  }
  file.finish();
}

}  // namespace easydel::io
