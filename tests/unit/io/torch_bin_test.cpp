#include "io/torch_bin.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/json_file.h"
#include "io_test_support.h"

namespace easydel::io {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(TorchBin, ReadsEveryDtypeAndLayout) {
  const TensorFile file = open_torch_bin(golden("state.bin"));
  const nlohmann::json expected = read_json_file(golden("state.golden.json"));
  EXPECT_EQ(file.tensors().size(), expected["values"].size());
  for (const auto& [name, values] : expected["values"].items()) {
    SCOPED_TRACE(name);
    const HostTensor tensor = file.tensor(name);
    const auto dims = expected["shapes"][name].get<std::vector<int64_t>>();
    EXPECT_EQ(tensor.shape(), Shape(tensor.dtype(), dims));
    const HostTensor wide = tensor.to(DType::kF64);
    const std::span<const double> numbers = wide.data<double>();
    EXPECT_EQ(std::vector<double>(numbers.begin(), numbers.end()), values.get<std::vector<double>>());
  }
  EXPECT_EQ(file.shape("bf16").dtype(), DType::kBF16);
  EXPECT_EQ(file.shape("bool").dtype(), DType::kBool);
}

TEST(TorchBin, SharesStorageInPlace) {
  const TensorFile file = open_torch_bin(golden("state.bin"));
  EXPECT_EQ(file.tensor("tied.a").bytes().data(), file.tensor("tied.b").bytes().data());
}

TEST(TorchBin, FindsTheStateDictionaryOfATrainingCheckpoint) {
  const TensorFile file = open_torch_bin(golden("nested.bin"));
  ASSERT_EQ(file.tensors().size(), 1u);
  EXPECT_EQ(file.tensor("weight").data<float>()[1], -1.5f);
}

TEST(TorchBin, EveryTruncationIsAnError) {
  const std::string whole = read_text(golden("nested.bin"));
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string part = whole.substr(0, size);
    EXPECT_THAT(
        coded_error_of([&] { parse_torch_bin(std::as_bytes(std::span(part)), nullptr, "weights.bin"); }),
        HasSubstr("weights.bin"))
        << size;
  }
}

struct BadFile {
  const char* name;
  const char* file;
  std::vector<std::string> expected;
};

class TorchBinBadFile : public ::testing::TestWithParam<BadFile> {};

TEST_P(TorchBinBadFile, IsNamed) {
  const std::string error = coded_error_of([] { open_torch_bin(golden(GetParam().file)); });
  EXPECT_THAT(error, HasSubstr(GetParam().file));
  for (const std::string& part : GetParam().expected) EXPECT_THAT(error, HasSubstr(part));
}

INSTANTIATE_TEST_SUITE_P(
    All, TorchBinBadFile,
    ::testing::Values(
        BadFile{
            "OsSystem", "hostile/os_system.bin", {"unsupported", "posix.system", "run code", "safetensors"}},
        BadFile{"Eval", "hostile/eval.bin", {"eval", "run code"}},
        BadFile{"StackGlobal", "hostile/stack_global.bin", {"posix.system", "run code"}},
        BadFile{"Inst", "hostile/inst.bin", {"os.system", "run code"}},
        BadFile{"WholeModule", "module.bin", {"torch.nn.modules.linear.Linear", "run code"}},
        BadFile{"UnknownMemo", "hostile/unknown_memo.bin", {"memo place 7"}},
        BadFile{"Deep", "hostile/deep.bin", {}},
        BadFile{"DeepLists", "hostile/deep_lists.bin", {"no dictionary of tensors"}},
        BadFile{"Recursive", "hostile/recursive.bin", {"no dictionary of tensors"}},
        BadFile{"RecursiveDict", "hostile/recursive_dict.bin", {"no dictionary of tensors"}},
        BadFile{"TruncatedText", "hostile/truncated.bin", {"corrupt file", "truncated"}},
        BadFile{"NoStop", "hostile/no_stop.bin", {"corrupt file", "opcode"}},
        BadFile{"Underflow", "hostile/underflow.bin", {"corrupt file", "empty stack"}},
        BadFile{"Compressed", "hostile/compressed.bin", {"unsupported", "data.pkl is compressed"}},
        BadFile{"PastStorage",
                "hostile/past_storage.bin",
                {"\"w\"", "spans 4 elements from 1 of a storage of 4"}},
        BadFile{"HugeStride", "hostile/huge_stride.bin", {"\"w\"", "strides"}},
        BadFile{"NegativeStride", "hostile/negative_stride.bin", {"\"w\"", "negative stride"}},
        BadFile{"NegativeOffset", "hostile/negative_offset.bin", {"\"w\"", "from -1"}},
        BadFile{"HugeSize", "hostile/huge_size.bin", {"\"w\"", "impossible sizes"}},
        BadFile{"CutAtTheEnd", "hostile/cut.bin", {"corrupt file", "truncated"}},
        BadFile{"CutInHalf", "hostile/half.bin", {"corrupt file", "truncated"}},
        BadFile{"Legacy", "legacy.bin", {"unsupported", "before 1.6", "torch.save"}},
        BadFile{"NotAZip", "every_dtype.safetensors", {"corrupt file", "not a PyTorch checkpoint"}}),
    [](const auto& row) { return row.param.name; });

TEST(TorchBin, HostileTemplateIsFineWhenNotTamperedWith) {
  EXPECT_THAT(open_torch_bin(golden("hostile/fine.bin")).tensor("w").data<float>(),
              ::testing::ElementsAre(1, 2, 3, 4));
}

TEST(TorchBin, AHugeMemoIndexCostsNothing) {
  EXPECT_TRUE(open_torch_bin(golden("hostile/huge_memo.bin")).tensors().empty());
}

}  // namespace
}  // namespace easydel::io
