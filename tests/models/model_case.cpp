#include "models/model_case.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <ostream>

#include "easydel/error.h"
#include "engine/engine.h"
#include "io/safetensors.h"

namespace easydel::model_test {
namespace {

constexpr ModelCase kModelCases[] = {
    {.name = "gemma2", .model_type = "gemma2"},
    {.name = "gemma2_uncapped", .model_type = "gemma2"},
    {.name = "gemma2_v4", .model_type = "gemma2"},
    {.name = "gpt2", .model_type = "gpt2"},
    {.name = "gpt2_awkward", .model_type = "gpt2"},
    {.name = "gpt2_base", .model_type = "gpt2", .task = ModelTask::kBase},
    {.name = "gpt2_unscaled_v4", .model_type = "gpt2"},
    {.name = "llama_base", .model_type = "llama", .task = ModelTask::kBase},
    {.name = "llama_biases", .model_type = "llama"},
    {.name = "llama_dynamic_long", .model_type = "llama", .fixed_angles_until = 16},
    {.name = "llama_dynamic_long_v4", .model_type = "llama", .fixed_angles_until = 20},
    {.name = "llama_dynamic_short", .model_type = "llama", .fixed_angles_until = 128},
    {.name = "llama_grouped", .model_type = "llama"},
    {.name = "llama_head_dim", .model_type = "llama"},
    {.name = "llama_linear", .model_type = "llama"},
    {.name = "llama_linear_v4", .model_type = "llama"},
    {.name = "llama_llama3", .model_type = "llama"},
    {.name = "llama_llama3_v4", .model_type = "llama"},
    {.name = "llama_longrope_long", .model_type = "llama", .fixed_angles_until = 12},
    {.name = "llama_longrope_short", .model_type = "llama", .fixed_angles_until = 100},
    {.name = "llama_longrope_switch", .model_type = "llama", .fixed_angles_until = 32},
    {.name = "llama_longrope_v4", .model_type = "llama", .fixed_angles_until = 32},
    {.name = "llama_one_kv_head", .model_type = "llama"},
    {.name = "llama_theta_v4", .model_type = "llama"},
    {.name = "llama_untied", .model_type = "llama"},
    {.name = "llama_yarn", .model_type = "llama"},
    {.name = "llama_yarn_mscale", .model_type = "llama"},
    {.name = "llama_yarn_v4", .model_type = "llama"},
    {.name = "mistral_full_v4", .model_type = "mistral"},
    {.name = "mistral_window", .model_type = "mistral"},
    {.name = "mixtral", .model_type = "mixtral"},
    {.name = "mixtral_window_v4", .model_type = "mixtral"},
    {.name = "qwen2", .model_type = "qwen2"},
    {.name = "qwen2_base", .model_type = "qwen2", .task = ModelTask::kBase},
    {.name = "qwen2_windows", .model_type = "qwen2"},
    {.name = "qwen3", .model_type = "qwen3"},
    {.name = "qwen3_windows", .model_type = "qwen3"},
    {.name = "roberta_base", .model_type = "roberta", .task = ModelTask::kBase},
    {.name = "roberta_masked", .model_type = "roberta", .task = ModelTask::kMaskedLM},
    {.name = "roberta_masked_untied", .model_type = "roberta", .task = ModelTask::kMaskedLM},
    {.name = "roberta_questions", .model_type = "roberta", .task = ModelTask::kQuestionAnswering},
    {.name = "roberta_sequences", .model_type = "roberta", .task = ModelTask::kSequenceClassification},
    {.name = "roberta_tokens", .model_type = "roberta", .task = ModelTask::kTokenClassification},
    {.name = "t5", .model_type = "t5", .task = ModelTask::kSeq2SeqLM},
    {.name = "t5_base", .model_type = "t5", .task = ModelTask::kBase},
    {.name = "t5_gated_untied", .model_type = "t5", .task = ModelTask::kSeq2SeqLM},
    {.name = "t5_gated_v4", .model_type = "t5", .task = ModelTask::kSeq2SeqLM},
};

std::vector<ModelCase> cases_where(bool is_causal) {
  std::vector<ModelCase> cases;
  for (const ModelCase& row : kModelCases)
    if ((row.task == ModelTask::kCausalLM) == is_causal) cases.push_back(row);
  return cases;
}

}  // namespace

std::span<const ModelCase> all_cases() {
  return kModelCases;
}
std::vector<ModelCase> model_cases() {
  return cases_where(true);
}
std::vector<ModelCase> class_cases() {
  return cases_where(false);
}

const std::string& missing_cpu_plugin() {
  static const std::string kReason = [] {
    try {
      (void)make_engine("pjrt:cpu");
      return std::string();
    } catch (const Error& error) {
      return std::string(error.what());
    }
  }();
  return kReason;
}

std::ostream& operator<<(std::ostream& stream, const ModelCase& row) {
  return stream << row.name;
}

std::filesystem::path golden_folder(const std::string& name) {
  return std::filesystem::path(EASYDEL_SOURCE_DIR) / "tests/golden/models" / name;
}

std::unique_ptr<EDPretrainedModel> load_case(const std::string& name, const LoadOptions& options) {
  return EDPretrainedModel::from_pretrained(golden_folder(name), options);
}

Golden read_golden(const std::string& name) {
  const io::TensorFile file = io::open_safetensors(golden_folder(name) / "golden.safetensors");
  Golden golden;
  for (const io::StoredTensor& stored : file.tensors()) golden[stored.name] = file.tensor(stored);
  return golden;
}

double relative_difference(std::span<const float> actual, std::span<const float> expected) {
  constexpr double kInfinite = std::numeric_limits<double>::infinity();
  if (actual.size() != expected.size() || expected.empty()) return kInfinite;
  double greatest = 0;
  for (size_t i = 0; i < actual.size(); ++i) {
    if (!std::isfinite(actual[i])) return kInfinite;
    greatest =
        std::max(greatest, std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i])));
  }
  const auto [least, most] = std::minmax_element(expected.begin(), expected.end());
  return greatest / (static_cast<double>(*most) - static_cast<double>(*least));
}

double relative_difference(const HostTensor& actual, const HostTensor& expected) {
  return relative_difference(actual.data<float>(), expected.data<float>());
}

HostTensor token_rows(const std::vector<std::vector<int32_t>>& rows) {
  std::vector<int32_t> all;
  for (const std::vector<int32_t>& row : rows) all.insert(all.end(), row.begin(), row.end());
  const auto length = static_cast<int64_t>(rows.at(0).size());
  return HostTensor::from<int32_t>({static_cast<int64_t>(rows.size()), length}, all);
}

HostTensor columns(const HostTensor& tensor, int64_t begin, int64_t end) {
  std::vector<int64_t> dims(tensor.shape().dims().begin(), tensor.shape().dims().end());
  const auto length = static_cast<size_t>(dims[1]);
  const size_t column_bytes = tensor.shape().bytes() / (static_cast<size_t>(dims[0]) * length);
  dims[1] = end - begin;
  HostTensor result = HostTensor::uninitialized(tensor.shape().with_dims(dims));
  const size_t part = static_cast<size_t>(end - begin) * column_bytes;
  for (size_t row = 0; row < static_cast<size_t>(dims[0]); ++row)
    std::memcpy(result.mutable_bytes().data() + row * part,
                tensor.bytes().data() + (row * length + static_cast<size_t>(begin)) * column_bytes, part);
  return result;
}

std::vector<int32_t> tokens_of(const HostTensor& tensor) {
  const std::span<const int32_t> tokens = tensor.data<int32_t>();
  return {tokens.begin(), tokens.end()};
}

std::vector<std::vector<int32_t>> unpadded_rows(const HostTensor& ids, const HostTensor& mask) {
  std::vector<std::vector<int32_t>> rows;
  const auto length = static_cast<size_t>(ids.shape().dim(1));
  for (size_t i = 0; i < ids.data<int32_t>().size(); ++i) {
    if (i % length == 0) rows.emplace_back();
    if (mask.data<int32_t>()[i] != 0) rows.back().push_back(ids.data<int32_t>()[i]);
  }
  return rows;
}

bool is_identical(const HostTensor& a, const HostTensor& b) {
  return a.shape() == b.shape() && std::ranges::equal(a.bytes(), b.bytes());
}

void expect_same_weights(const EDPretrainedModel& actual, const EDPretrainedModel& expected) {
  ASSERT_EQ(actual.parameter_names(), expected.parameter_names());
  for (const std::string& name : expected.parameter_names())
    EXPECT_TRUE(is_identical(actual.parameter(name), expected.parameter(name))) << name;
}

}  // namespace easydel::model_test
