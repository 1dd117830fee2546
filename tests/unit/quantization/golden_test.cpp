// The formats against others' code: GGUF's blocks as the gguf package reads them, its errors where it encodes, e4m3fn as
// torch has it, nf4 as it is defined.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "io/safetensors.h"
#include "quantization/blocks.h"
#include "quantization/format.h"
#include "quantization/fp8.h"

namespace easydel::quantization {
namespace {

constexpr std::string_view kGguf[] = {"q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q4_k", "q5_k", "q6_k"};

const std::map<std::string, HostTensor>& golden() {
  static const std::map<std::string, HostTensor> tensors = [] {
    const io::TensorFile file =
        io::open_safetensors(EASYDEL_SOURCE_DIR "/tests/golden/quantization/formats.safetensors");
    std::map<std::string, HostTensor> result;
    for (const io::StoredTensor& stored : file.tensors()) result[stored.name] = file.tensor(stored);
    return result;
  }();
  return tensors;
}

/// The root mean square of what encoding changes.
double error_of_encoding(const Format& format, const HostTensor& weights) {
  const HostTensor near = decode(format, encode(format, weights, "w"), weights.shape());
  double sum = 0;
  for (size_t i = 0; i < weights.data<float>().size(); ++i)
    sum += std::pow(static_cast<double>(near.data<float>()[i] - weights.data<float>()[i]), 2);
  return std::sqrt(sum / static_cast<double>(weights.data<float>().size()));
}

TEST(GoldenFormats, GgufBlocksAreTheWeightsOfTheGgufPackage) {
  for (const std::string_view name : kGguf) {
    const HostTensor& blocks = golden().at(std::string(name) + ".blocks");
    const HostTensor& weights = golden().at(std::string(name) + ".weights");
    const Format& found = format(name);
    ASSERT_EQ(found.parts.size(), 1u);
    ASSERT_EQ(found.parts[0].shape(weights.shape().dims()), blocks.shape()) << name;
    const HostTensor decoded = decode(found, std::vector{blocks}, weights.shape());
    EXPECT_TRUE(std::ranges::equal(decoded.bytes(), weights.bytes())) << name;
  }
}

TEST(GoldenFormats, EncodingIsNoWorseThanTheGgufPackage) {
  const HostTensor& weights = golden().at("weights");
  for (const std::string_view name : {"q8_0", "q4_0", "q4_1", "q5_0", "q5_1"}) {
    const auto theirs = static_cast<double>(golden().at(std::string(name) + ".error").data<float>()[0]);
    const double ours = error_of_encoding(format(name), weights);
    RecordProperty("error_of_" + std::string(name), std::to_string(ours / theirs));
    // Theirs rounds for a scale of f32 that is then stored in f16.
    EXPECT_LE(ours, theirs * (name == "q8_0" ? 1.0 : 0.98)) << name;
  }
}

// The package has no encoder for them: they must lie among those that it has as their sizes do.
TEST(GoldenFormats, KFormatsAreAsGoodAsTheirSizes) {
  const HostTensor& weights = golden().at("weights");
  const auto error = [&](std::string_view name) { return error_of_encoding(format(name), weights); };
  EXPECT_LT(error("q4_k"), error("q4_0"));
  EXPECT_LT(error("q5_k"), error("q5_0"));
  EXPECT_LT(error("q6_k"), 0.6 * error("q5_k"));
  EXPECT_LT(error("q8_0"), 0.35 * error("q6_k"));
}

TEST(GoldenFormats, Fp8CodesAreTorchsNumbers) {
  const std::span<const float> numbers = golden().at("e4m3fn").data<float>();
  ASSERT_EQ(numbers.size(), 256u);
  for (size_t code = 0; code < numbers.size(); ++code) {
    const float found = Fp8E4M3::to_float(static_cast<Byte>(code));
    EXPECT_TRUE(found == numbers[code] || (std::isnan(found) && std::isnan(numbers[code]))) << code;
  }
}

// Numbers and the middles between them: the nearest is found, and of two the even one.
TEST(GoldenFormats, Fp8RoundsToTheNearestCode) {
  const std::span<const float> numbers = golden().at("e4m3fn").data<float>();
  for (size_t code = 0; code < 0x7e; ++code) {
    EXPECT_EQ(fp8_code(numbers[code]), code);
    EXPECT_EQ(fp8_code(-(numbers[code] + numbers[code + 1]) / 2), 0x80 + code + code % 2);
  }
  EXPECT_EQ(fp8_code(1e9f), 0x7e);
}

TEST(GoldenFormats, Nf4IsMadeOfTheQuantilesOfTheNormalDistribution) {
  const std::span<const float> table = golden().at("nf4").data<float>();
  ASSERT_EQ(table.size(), std::size(Nf4::kTable));
  for (size_t i = 0; i < table.size(); ++i) EXPECT_NEAR(Nf4::kTable[i], table[i], 2e-7) << i;
}

}  // namespace
}  // namespace easydel::quantization
