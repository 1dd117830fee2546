// The rows of the model tests: one per folder of tests/golden/models, a tiny random model of each architecture and
// rotary embedding with what Transformers computes for it. A new model is a row here and in cases.py; the battery of
// the other files runs on every causal language model, that of class_parity_test.cpp on the other classes:
//
//   class Forward : public PerModelCase {};
//   TEST_P(Forward, LogitsAreThoseOfTransformers) { ... golden().at("logits") ... }
//   EASYDEL_INSTANTIATE_FOR_MODEL_CASES(Forward);
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "easydel/model.h"

namespace easydel::model_test {

struct ModelCase {
  const char* name;        ///< the folder
  const char* model_type;  ///< of its config.json
  /// A text past this length changes the rotary angles of all its tokens. Keys that are cached keep the angles of
  /// their own step, as in Transformers, so that cached and whole passes differ there by design. 0: never.
  int64_t fixed_angles_until = 0;
  ModelTask task = ModelTask::kCausalLM;
};

/// Sorted by name.
std::span<const ModelCase> all_cases();
/// The causal language models, and the others, whose golden data are runs of named inputs and outputs.
std::vector<ModelCase> model_cases();
std::vector<ModelCase> class_cases();
std::ostream& operator<<(std::ostream& stream, const ModelCase& row);

std::filesystem::path golden_folder(const std::string& name);
std::unique_ptr<EDPretrainedModel> load_case(const std::string& name, const LoadOptions& options = {});
inline const std::filesystem::path kShippedModel = EASYDEL_SOURCE_DIR "/data/tiny-shakespeare";

/// The tensors of a case's golden.safetensors, by name.
using Golden = std::map<std::string, HostTensor>;
Golden read_golden(const std::string& name);

/// Of results in f32 and in bf16: a share of the range of what is compared.
inline constexpr double kTolerance = 1e-4, kBf16Tolerance = 0.03;
/// Where the same engine computes both sides.
inline constexpr double kSameEngineTolerance = 1e-5;

/// The greatest difference of two f32 tensors of one element count, divided by the range of `expected`; infinite when the
/// counts differ or a number is not finite.
double relative_difference(std::span<const float> actual, std::span<const float> expected);
double relative_difference(const HostTensor& actual, const HostTensor& expected);

/// Tokens as the i32 tensor [rows, length].
HostTensor token_rows(const std::vector<std::vector<int32_t>>& rows);
/// Columns [begin, end) of [batch, length] or [batch, length, width].
HostTensor columns(const HostTensor& tensor, int64_t begin, int64_t end);
std::vector<int32_t> tokens_of(const HostTensor& tensor);
/// What is left of each row without its padding.
std::vector<std::vector<int32_t>> unpadded_rows(const HostTensor& ids, const HostTensor& mask);

/// Why pjrt:cpu cannot run here; empty when it can.
const std::string& missing_cpu_plugin();

/// Whether two tensors agree in dtype, dims and every bit.
bool is_identical(const HostTensor& a, const HostTensor& b);
/// Expects the same parameters with the same bits.
void expect_same_weights(const EDPretrainedModel& actual, const EDPretrainedModel& expected);

/// A test with a row's golden data and its model in f32.
class PerModelCase : public ::testing::TestWithParam<ModelCase> {
 protected:
  std::filesystem::path folder() const { return golden_folder(GetParam().name); }
  const Golden& golden() const { return golden_; }
  const HostTensor& golden(const std::string& name) const { return golden_.at(name); }
  const EDPretrainedModel& model() const { return *model_; }

 private:
  Golden golden_ = read_golden(GetParam().name);
  std::unique_ptr<EDPretrainedModel> model_ =
      EDPretrainedModel::from_pretrained(folder(), {.dtype = DType::kF32});
};

#define EASYDEL_INSTANTIATE_FOR_MODEL_CASES(suite)       \
  INSTANTIATE_TEST_SUITE_P(                              \
      Models, suite, ::testing::ValuesIn(model_cases()), \
      [](const ::testing::TestParamInfo<ModelCase>& row) { return std::string(row.param.name); })

}  // namespace easydel::model_test
