#include "io/safetensors.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "io_test_support.h"

namespace easydel::io {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// A file of `header` and `data_bytes` zeros.
std::string file_of(const std::string& header, size_t data_bytes) {
  std::string text;
  for (size_t i = 0; i < 8; ++i)
    text.push_back(static_cast<char>(static_cast<uint8_t>(header.size() >> (8 * i))));
  return text + header + std::string(data_bytes, '\0');
}

std::string safetensors_error(const std::string& file) {
  return coded_error_of(
      [&] { parse_safetensors(std::as_bytes(std::span(file)), nullptr, "weights.safetensors"); });
}

TEST(Safetensors, ReadsWhatThePythonPackageWrites) {
  const TensorFile file = open_safetensors(golden("every_dtype.safetensors"));
  EXPECT_EQ(file.tensors().size(), 13u);
  EXPECT_EQ(file.metadata(), kTorchMetadata);
  EXPECT_EQ(file.shape("b.f32"), Shape(DType::kF32, {2, 3}));
  EXPECT_EQ(file.shape("scalar"), Shape(DType::kF32, {}));
  EXPECT_EQ(file.shape("empty"), Shape(DType::kF32, {0, 4}));
  EXPECT_THAT(file.tensor("b.f32").data<float>(), ::testing::ElementsAre(-2, -1.5, -1, -0.5, 0, 0.5));
  EXPECT_THAT(file.tensor("z.i64").data<int64_t>(), ::testing::ElementsAre(0, 1, 2));
  EXPECT_EQ(static_cast<float>(file.tensor("a.bf16").data<BFloat16>()[1]), -1.5f);
  EXPECT_EQ(static_cast<float>(file.tensor("c.f16").data<Float16>()[4]), 0.0f);
  EXPECT_TRUE(file.tensor("d.bool").data<bool>()[3]);
  EXPECT_TRUE(open_safetensors(golden("no_metadata.safetensors")).metadata().empty());
}

TEST(Safetensors, WritesTheBytesOfThePythonPackage) {
  const ScratchDirectory scratch;
  const TensorFile file = open_safetensors(golden("every_dtype.safetensors"));
  std::vector<std::pair<std::string, HostTensor>> tensors;
  for (const StoredTensor& stored : file.tensors())
    tensors.insert(tensors.begin(), {stored.name, file.tensor(stored)});
  write_safetensors(scratch / "again.safetensors", tensors);
  EXPECT_EQ(read_text(scratch / "again.safetensors"), read_text(golden("every_dtype.safetensors")));
  EXPECT_EQ(scratch.file_count(), 1u);
}

TEST(Safetensors, ReadsInPlaceAndKeepsTheFileMapped) {
  HostTensor tensor;
  {
    const TensorFile file = open_safetensors(golden("every_dtype.safetensors"));
    tensor = file.tensor("b.f32");
    EXPECT_EQ(tensor.bytes().data(), file.tensor("b.f32").bytes().data());
  }
  EXPECT_EQ(tensor.data<float>()[5], 0.5f);
}

TEST(Safetensors, CopiesWhatIsNotAligned) {
  // The header is one byte longer than a multiple of four.
  const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  std::string padded = header;
  while ((padded.size() + 8) % 4 != 1) padded += ' ';
  const std::string text = file_of(padded, 4);
  alignas(8) std::array<std::byte, 128> bytes{};
  std::memcpy(bytes.data(), text.data(), text.size());
  const TensorFile file = parse_safetensors(std::span(bytes).first(text.size()), nullptr, "memory");
  const HostTensor tensor = file.tensor("a");
  EXPECT_EQ(reinterpret_cast<uintptr_t>(tensor.data<float>().data()) % alignof(float), 0u);
  EXPECT_EQ(tensor.data<float>()[0], 0.0f);
}

TEST(Safetensors, EveryTruncationIsAnError) {
  const std::string whole = read_text(golden("every_dtype.safetensors"));
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_THAT(safetensors_error(whole.substr(0, size)), HasSubstr("corrupt file: weights.safetensors"))
        << size;
  EXPECT_THAT(safetensors_error(whole + "x"), HasSubstr("1 bytes after its last tensor"));
}

struct BadHeader {
  const char* name;
  std::string header;
  size_t data_bytes;
  std::vector<std::string> expected;
};

class SafetensorsBadHeader : public ::testing::TestWithParam<BadHeader> {};

TEST_P(SafetensorsBadHeader, IsNamed) {
  const std::string error = safetensors_error(file_of(GetParam().header, GetParam().data_bytes));
  EXPECT_THAT(error, HasSubstr("weights.safetensors"));
  for (const std::string& part : GetParam().expected) EXPECT_THAT(error, HasSubstr(part));
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"w":{"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

INSTANTIATE_TEST_SUITE_P(
    All, SafetensorsBadHeader,
    ::testing::Values(
        BadHeader{"Overlap",
                  R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                  R"("b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
                  6,
                  {"\"b\"", "overlaps"}},
        BadHeader{"Gap",
                  R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                  R"("b":{"dtype":"U8","shape":[1],"data_offsets":[5,6]}})",
                  6,
                  {"\"b\"", "gap"}},
        BadHeader{"OutOfRange", entry("U8", "[9]", "[0,9]"), 8, {"\"w\"", "truncated"}},
        BadHeader{"Backwards", entry("U8", "[4]", "[4,0]"), 4, {"\"w\"", "spans bytes 4 to 0"}},
        BadHeader{"WrongSize", entry("F32", "[3]", "[0,8]"), 8, {"\"w\"", "f32[3] takes 12 bytes"}},
        BadHeader{"ShapeOverflow",
                  entry("F32", "[4294967296,4294967296,4294967296]", "[0,0]"),
                  0,
                  {"\"w\"", "impossible shape"}},
        BadHeader{"OffsetOverflow",
                  entry("U8", "[1]", "[18446744073709551615,18446744073709551616]"),
                  1,
                  {"\"w\"", "data_offsets"}},
        BadHeader{"NegativeSize", entry("U8", "[-1]", "[0,1]"), 1, {"\"w\"", "-1", "shape"}},
        BadHeader{"FractionalSize", entry("U8", "[1.5]", "[0,1]"), 1, {"\"w\"", "1.5"}},
        BadHeader{"TooManyAxes", entry("U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]"), 1, {"\"w\"", "9 axes"}},
        BadHeader{"UnknownDType", entry("Q7", "[1]", "[0,1]"), 1, {"\"w\"", "unknown dtype \"Q7\""}},
        BadHeader{
            "ForeignDType", entry("F8_E4M3", "[1]", "[0,1]"), 1, {"unsupported", "\"w\"", "F8_E4M3", "BF16"}},
        BadHeader{"LowerCaseDType", entry("f32", "[1]", "[0,4]"), 4, {"\"w\"", "unknown dtype"}},
        BadHeader{"NoDType", R"({"w":{"shape":[1],"data_offsets":[0,1]}})", 1, {"\"w\"", "no \"dtype\""}},
        BadHeader{"NoOffsets", R"({"w":{"dtype":"U8","shape":[1]}})", 1, {"\"w\"", "no \"data_offsets\""}},
        BadHeader{"EntryIsNumber", R"({"w":3})", 0, {"\"w\"", "not an object"}},
        BadHeader{"MetadataIsNumber", R"({"__metadata__":{"format":3}})", 0, {"__metadata__", "format"}},
        BadHeader{"DuplicateKey",
                  R"({"w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
                  R"("w":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
                  0,
                  {"\"w\" appears twice"}},
        BadHeader{"BrokenJson", R"({"w":)", 0, {"not valid JSON at line 1"}},
        BadHeader{"NotAnObject", "[]", 0, {"begin with '{'"}},
        BadHeader{"TooDeep",
                  R"({"w":)" + std::string(100000, '[') + std::string(100000, ']') + "}",
                  0,
                  {"nested"}}),
    [](const auto& row) { return row.param.name; });

TEST(Safetensors, RefusesHugeHeaderSizesAndOtherFormats) {
  EXPECT_THAT(safetensors_error(std::string("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10)),
              HasSubstr("above the limit"));
  EXPECT_THAT(safetensors_error(std::string("\x40\0\0\0\0\0\0\0{}", 10)), HasSubstr("truncated"));
  EXPECT_THAT(safetensors_error("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("git lfs pull"));
  EXPECT_THAT(coded_error_of([] { open_safetensors("/nonexistent/model.safetensors"); }),
              AllOf(HasSubstr("not found"), HasSubstr("/nonexistent/model.safetensors")));
}

TEST(Safetensors, NamesTheMissingTensor) {
  const TensorFile file = open_safetensors(golden("no_metadata.safetensors"));
  EXPECT_THAT(coded_error_of([&] { file.tensor("b"); }), AllOf(HasSubstr("not found"), HasSubstr("\"b\"")));
}

TEST(Safetensors, RefusesToWriteWhatCouldNotBeRead) {
  const ScratchDirectory scratch;
  const HostTensor tensor = HostTensor::zeros({DType::kF32, {2}});
  EXPECT_THAT(coded_error_of([&] {
                write_safetensors(scratch / "a", {{"w", tensor}, {"w", tensor}});
              }),
              HasSubstr("two tensors are named \"w\""));
  EXPECT_THAT(coded_error_of([&] {
                write_safetensors(scratch / "a", {{"\xff", tensor}});
              }),
              HasSubstr("UTF-8"));
  EXPECT_EQ(scratch.file_count(), 0u);
}

}  // namespace
}  // namespace easydel::io
