// Streams against the bytes and files that EasyDeL itself wrote (tests/golden/easydel).
#include "io/flax_stream.h"

#include <gmock/gmock.h>

#include "base/json_file.h"
#include "io/hub/sha256.h"
#include "nlohmann/json.hpp"
#include "unit/io/io_test_support.h"

namespace easydel::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::filesystem::path kGolden = EASYDEL_SOURCE_DIR "/tests/golden/easydel";

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

FlaxStream parse(const std::string& text) {
  return parse_flax_stream(std::as_bytes(std::span(text)), nullptr, "test");
}
std::string parse_error(const std::string& text) {
  return coded_error_of([&] { parse(text); });
}

std::string written(const std::vector<FlaxLeaf>& leaves, uint64_t chunk_bytes = uint64_t{1} << 30) {
  const ScratchDirectory scratch;
  AtomicFiles files;
  stage_flax_stream(files, scratch / "stream", leaves, ProgressTask(nullptr, "", 0), chunk_bytes);
  files.commit();
  return read_text(scratch / "stream");
}

FlaxLeaf tensor_leaf(FlaxPath path, const HostTensor& tensor) {
  return {std::move(path), LazyTensor{"t", tensor.shape(), [tensor] { return tensor; }}};
}

const HostTensor kMatrix = HostTensor::from<float>({2, 3}, {0, 1, 2, 3, 4, 5});
// What EasyDeL wrote for that array under ("a", "b").
const std::string kMatrixRecord = from_hex(
    "9292a161a162c429c7260193920203a7666c6f61743332c418000000000000803f0000004000004040000080400000a040");

TEST(FlaxStream, WritesEasyDeLsBytes) {
  EXPECT_EQ(written({tensor_leaf({"a", "b"}, kMatrix)}), kMatrixRecord);
  EXPECT_EQ(written({tensor_leaf({"s"}, HostTensor::from<int32_t>({}, {3}))}),
            from_hex("9291a173c411c70e019390a5696e743332c40403000000"));
  EXPECT_EQ(written({tensor_leaf({"h"}, HostTensor::from<float>({2}, {1.5f, -2.0f}).to(DType::kBF16))}),
            from_hex("9291a168c415c71201939102a862666c6f61743136c404c03f00c0"));
  EXPECT_EQ(written({{{"step"}, int64_t{7}}}), from_hex("9291a473746570c40107"));
  EXPECT_EQ(written({{{"n"}, FlaxValue()}}), from_hex("9291a16ec401c0"));
  EXPECT_EQ(written({{{"f"}, 0.5}}), from_hex("9291a166c409cb3fe0000000000000"));
  EXPECT_EQ(written({{{"t"}, true}}), from_hex("9291a174c401c3"));
}

TEST(FlaxStream, ReadsEasyDeLsBytes) {
  // The tensors are views of it.
  const std::string bytes = kMatrixRecord + from_hex("9291a473746570c401079291a16ec401c0") +
                            from_hex("9291a26e70c412d8039390a7666c6f61743332c4040000c03f");
  const FlaxStream stream = parse(bytes);
  ASSERT_EQ(stream.tensors.tensors().size(), 2u);
  EXPECT_EQ(stream.tensors.shape("a.b"), kMatrix.shape());
  EXPECT_THAT(stream.tensors.tensor("a.b").data<float>(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(stream.tensors.tensor("np").data<float>(), ElementsAre(1.5f)) << "a number of NumPy's";
  ASSERT_EQ(stream.scalars.size(), 2u);
  EXPECT_THAT(stream.scalars[0].path, ElementsAre("step"));
  EXPECT_EQ(std::get<int64_t>(stream.scalars[0].value), 7);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(stream.scalars[1].value));
}

/// Expects what expected.json lists of an array.
void expect_array(const HostTensor& tensor, const nlohmann::json& wanted, const std::string& name) {
  EXPECT_EQ(tensor.dtype(), parse_dtype(wanted.at("dtype").get<std::string>())) << name;
  EXPECT_THAT(tensor.shape().dims(),
              ::testing::ElementsAreArray(wanted.at("shape").get<std::vector<int64_t>>()));
  hub::Sha256 hash;
  hash.update(tensor.bytes());
  EXPECT_EQ(hash.hex(), wanted.at("sha256").get<std::string>()) << name;
}

TEST(FlaxStream, ParametersAreWhatOtherReadersFind) {
  const nlohmann::json expected = read_json_file(kGolden / "expected.json");
  for (const char* name : {"llama_safe", "llama_msgpack"}) {
    const TensorFile file = open_easydel_parameters(kGolden / name / "easydel-model.parameters");
    EXPECT_EQ(file.tensors().size(), expected.at(name).size());
    for (const auto& [tensor, wanted] : expected.at(name).items())
      expect_array(file.tensor(tensor), wanted, tensor);
  }
}

TEST(FlaxStream, AStateIsWhatOtherReadersFind) {
  const nlohmann::json expected = read_json_file(kGolden / "expected.json").at("st.easy");
  const FlaxStream stream = open_flax_stream(kGolden / "st.easy");
  EXPECT_EQ(stream.tensors.tensors().size() + stream.scalars.size(), expected.size());
  size_t scalar = 0;
  for (const nlohmann::json& entry : expected) {
    const auto path = entry.at(0).get<FlaxPath>();
    const nlohmann::json& wanted = entry.at(1);
    std::string name = path[0];
    for (size_t i = 1; i < path.size(); ++i) name += "." + path[i];
    if (wanted.contains("sha256")) {
      expect_array(stream.tensors.tensor(name), wanted, name);
      continue;
    }
    ASSERT_LT(scalar, stream.scalars.size());
    EXPECT_EQ(stream.scalars[scalar].path, path);
    const FlaxValue& value = stream.scalars[scalar++].value;
    if (wanted.at("value").is_boolean())
      EXPECT_EQ(std::get<bool>(value), wanted.at("value")) << name;
    else if (wanted.at("value").is_number_float())
      EXPECT_EQ(std::get<double>(value), wanted.at("value")) << name;
    else
      EXPECT_EQ(std::get<int64_t>(value), wanted.at("value")) << name;
  }
}

TEST(FlaxStream, LargeArraysGoInChunks) {
  const std::string text = written({tensor_leaf({"a"}, kMatrix)}, 16);
  EXPECT_THAT(text, HasSubstr("__msgpack_chunked_array__"));
  const FlaxStream stream = parse(text);
  EXPECT_EQ(stream.tensors.tensors()[0].more.size(), 1u);
  EXPECT_EQ(stream.tensors.shape("a"), kMatrix.shape());
  EXPECT_THAT(stream.tensors.tensor("a").data<float>(), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(FlaxStream, ChunksHaveFlaxsBytes) {
  // flax.serialization.msgpack_serialize(np.arange(3, dtype=np.int32)) with MAX_CHUNK_SIZE = 8, as leaf ("a",).
  EXPECT_EQ(
      written({tensor_leaf({"a"}, HostTensor::from<int32_t>({3}, {0, 1, 2}))}, 8),
      from_hex("9291a161c45a83b95f5f6d73677061636b5f6368756e6b65645f61727261795f5fc3a5736861706581a13003"
               "a66368756e6b7382a130c71301939102a5696e743332c4080000000001000000a131c70f01939101a5696e743332c"
               "40402000000"));
}

TEST(FlaxStream, ACutAnywhereIsAnError) {
  const std::string text = kMatrixRecord + written({tensor_leaf({"c"}, kMatrix)}, 8);
  for (size_t size = 1; size < text.size(); ++size) {
    if (size == kMatrixRecord.size()) continue;  // a shorter, whole stream
    EXPECT_THAT(parse_error(text.substr(0, size)), HasSubstr("corrupt file: test")) << size;
  }
}

TEST(FlaxStream, HostileRecordsAreNamed) {
  // The array of kMatrixRecord begins at byte 8 with its extension's head.
  std::string wrong_extension = kMatrixRecord;
  wrong_extension[10] = 9;
  EXPECT_THAT(parse_error(wrong_extension), AllOf(HasSubstr("\"a.b\""), HasSubstr("extension type 9")));
  std::string complex = kMatrixRecord;
  complex[10] = 2;
  EXPECT_THAT(parse_error(complex), AllOf(HasSubstr("unsupported"), HasSubstr("complex")));
  std::string shape = kMatrixRecord;
  shape[13] = 4;
  EXPECT_THAT(parse_error(shape), HasSubstr("has 24 bytes where f32[4,3] takes 48"));
  std::string negative = kMatrixRecord;
  negative[13] = '\xff';
  EXPECT_THAT(parse_error(negative), HasSubstr("impossible"));
  std::string dtype = kMatrixRecord;
  dtype[16] = 'g';
  EXPECT_THAT(parse_error(dtype), AllOf(HasSubstr("unsupported"), HasSubstr("gloat32")));
  EXPECT_THAT(parse_error(kMatrixRecord + kMatrixRecord), HasSubstr("two tensors named \"a.b\""));
  EXPECT_THAT(parse_error(from_hex("9290c401c0")), HasSubstr("has 0 parts"));
  EXPECT_THAT(parse_error(from_hex("9291a161c40190")), HasSubstr("is an array"));
  EXPECT_THAT(parse_error(from_hex("9291a161c40180")), HasSubstr("is a map"));
  EXPECT_THAT(parse_error(from_hex("9291a161c402c0c0")), HasSubstr("goes on behind its value"));
  EXPECT_THAT(parse_error(from_hex("9391a161c401c0")), HasSubstr("not [path, document]"));
  std::string escaping = kMatrixRecord;
  escaping[3] = '/';
  EXPECT_THAT(parse_error(escaping), HasSubstr("a dot or a slash"));
}

TEST(FlaxStream, ManyNestedArraysAreRefusedAtTheFirst) {
  EXPECT_THAT(parse_error(from_hex("92") + std::string(100'000, '\x91')), HasSubstr("is an array"));
}

TEST(FlaxStream, ParametersAreToldApartByContent) {
  const ScratchDirectory scratch;
  const auto names = [&] {
    std::vector<std::string> found;
    const TensorFile file = open_easydel_parameters(scratch / "p");
    for (const StoredTensor& tensor : file.tensors()) found.push_back(tensor.name);
    return found;
  };
  write_text(scratch / "p", kMatrixRecord);
  EXPECT_THAT(names(), ElementsAre("a.b"));
  // Headers of every length, the one among them whose first byte is a stream's.
  for (size_t length = 1; length < 100; ++length) {
    const std::string name(length, 'n');
    write_safetensors(scratch / "p", {{name, kMatrix}}, {});
    EXPECT_THAT(names(), ElementsAre(name));
  }
  write_text(scratch / "p", "");
  EXPECT_NE(coded_error_of(names), "");
  write_text(scratch / "p", "no weights at all");
  EXPECT_THAT(coded_error_of(names), HasSubstr("not a safetensors file"));
}

}  // namespace
}  // namespace easydel::io
