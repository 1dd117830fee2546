// What Mixtral has of its own: experts in tensors that hold all of them, keys of its configuration.
#include <gmock/gmock.h>

#include <cstring>

#include "io/checkpoint.h"
#include "io/safetensors.h"
#include "models/model_case.h"
#include "models/registry.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kExperts = 4, kHidden = 32, kInner = 48;

/// Tensors of one shape, one behind the other.
HostTensor stack(const std::vector<HostTensor>& parts, std::vector<int64_t> dims) {
  HostTensor whole = HostTensor::uninitialized(parts.at(0).shape().with_dims(dims));
  size_t at = 0;
  for (const HostTensor& part : parts) {
    std::memcpy(whole.mutable_bytes().data() + at, part.bytes().data(), part.bytes().size());
    at += part.bytes().size();
  }
  return whole;
}

/// The golden case with its experts as Transformers 5 holds them in memory.
class PackedExperts : public ::testing::Test {
 protected:
  PackedExperts() {
    std::filesystem::copy(golden_folder("mixtral") / "config.json", scratch_ / "config.json");
    const io::Checkpoint checkpoint = io::Checkpoint::open(golden_folder("mixtral"));
    for (const std::string& name : checkpoint.names())
      if (name.find("block_sparse_moe") == std::string::npos) tensors_[name] = checkpoint.tensor(name);
    for (const std::string layer : {"model.layers.0", "model.layers.1"}) {
      const std::string stored = layer + ".block_sparse_moe.", packed = layer + ".mlp.";
      std::vector<HostTensor> into, back;
      for (int64_t expert = 0; expert < kExperts; ++expert) {
        const std::string prefix = stored + "experts." + std::to_string(expert);
        into.push_back(checkpoint.tensor(prefix + ".w1.weight"));
        into.push_back(checkpoint.tensor(prefix + ".w3.weight"));
        back.push_back(checkpoint.tensor(prefix + ".w2.weight"));
      }
      tensors_[packed + "experts.gate_up_proj"] = stack(into, {kExperts, 2 * kInner, kHidden});
      tensors_[packed + "experts.down_proj"] = stack(back, {kExperts, kHidden, kInner});
      tensors_[packed + "gate.weight"] = checkpoint.tensor(stored + "gate.weight");
    }
  }

  std::unique_ptr<EDPretrainedModel> load() const {
    io::write_safetensors(scratch_ / "model.safetensors", {tensors_.begin(), tensors_.end()});
    return EDPretrainedModel::from_pretrained(scratch_.path());
  }

  io::ScratchDirectory scratch_;
  std::map<std::string, HostTensor> tensors_;
};

TEST_F(PackedExperts, AreRead) {
  const auto packed = load();
  EXPECT_TRUE(packed->load_report().unexpected.empty());
  expect_same_weights(*packed, *EDPretrainedModel::from_pretrained(golden_folder("mixtral")));
}

TEST_F(PackedExperts, OfAnotherSizeAreNamed) {
  const std::string name = "model.layers.1.mlp.experts.down_proj";
  tensors_[name] = HostTensor::zeros({DType::kBF16, {kExperts - 1, kHidden, kInner}});
  EXPECT_THAT(coded_error_of([&] { load(); }),
              ::testing::AllOf(HasSubstr("1 tensor(s)"), HasSubstr("experts.3.w2.weight"),
                               HasSubstr("bf16[3,32,48]")));
}

TEST(Mixtral, ImpossibleConfigurationsAreNamed) {
  EDPretrainedConfig config = EDPretrainedConfig::from_pretrained(golden_folder("mixtral"));
  config.set("num_experts_per_tok", "5");
  EXPECT_THAT(coded_error_of([&] { make_module(config); }),
              HasSubstr("num_experts_per_tok is 5 and num_local_experts 4"));
}

}  // namespace
}  // namespace easydel::model_test
