// Models that are not causal language models compute what Transformers computes: every output of every golden run, natively,
// through XLA and over meshes of eight devices; encoder-decoders also answer as Transformers' generate() does.
#include <gmock/gmock.h>

#include <algorithm>

#include "models/model_case.h"
#include "unit/io/io_test_support.h"

namespace easydel::model_test {
namespace {

using ::testing::HasSubstr;

// T5 does not scale its scores, so that rounding weighs more: Transformers' own bf16 departs by 0.05 from its f32 here.
constexpr double kClassBf16Tolerance = 0.06;

/// "single", "right" and "left" (padding), "types": what Transformers was given and what it gave.
struct Run {
  std::map<std::string, HostTensor> tensors;

  HostTensor get(const std::string& name) const {
    const auto found = tensors.find(name);
    return found == tensors.end() ? HostTensor() : found->second;
  }
  ForwardInputs inputs() const {
    return {.input_ids = get("input_ids"),
            .attention_mask = get("attention_mask"),
            .position_ids = get("position_ids"),
            .output_hidden_states = true,
            .token_type_ids = get("token_type_ids"),
            .decoder_input_ids = get("decoder_input_ids"),
            .decoder_attention_mask = get("decoder_attention_mask")};
  }
};

std::map<std::string, Run> runs_of(const Golden& golden) {
  std::map<std::string, Run> runs;
  for (const auto& [name, tensor] : golden) {
    const size_t dot = name.find('.');
    if (name.substr(0, dot) != "greedy") runs[name.substr(0, dot)].tensors[name.substr(dot + 1)] = tensor;
  }
  return runs;
}

/// Compares the positions that the mask (which may be empty) shows; tensors [batch, ...] without a mask as wholes.
void expect_near(const HostTensor& actual, const HostTensor& expected, const HostTensor& mask,
                 double tolerance, const std::string& what) {
  ASSERT_EQ(actual.shape(), expected.shape()) << what;
  if (mask.empty() || expected.shape().dims().size() < 2 || expected.shape().dim(1) != mask.shape().dim(1)) {
    EXPECT_LE(relative_difference(actual, expected), tolerance) << what;
    return;
  }
  std::vector<float> shown, wanted;
  const size_t width = actual.data<float>().size() / mask.data<int32_t>().size();
  for (size_t token = 0; token < mask.data<int32_t>().size(); ++token) {
    if (mask.data<int32_t>()[token] == 0) continue;
    const auto part = actual.data<float>().subspan(token * width, width);
    const auto golden = expected.data<float>().subspan(token * width, width);
    shown.insert(shown.end(), part.begin(), part.end());
    wanted.insert(wanted.end(), golden.begin(), golden.end());
  }
  EXPECT_LE(relative_difference(shown, wanted), tolerance) << what;
}

/// One tensor of [layers + 1, batch, seq, hidden] against as many of [batch, seq, hidden].
void expect_layers_near(const std::vector<HostTensor>& actual, const HostTensor& expected,
                        const HostTensor& mask, double tolerance, const std::string& what) {
  ASSERT_EQ(static_cast<int64_t>(actual.size()), expected.empty() ? 0 : expected.shape().dim(0)) << what;
  for (size_t layer = 0; layer < actual.size(); ++layer) {
    const size_t size = expected.shape().bytes() / actual.size();
    const Shape shape(DType::kF32,
                      {expected.shape().dim(1), expected.shape().dim(2), expected.shape().dim(3)});
    const HostTensor part = HostTensor::copy_of(shape, expected.bytes().subspan(layer * size, size));
    expect_near(actual[layer], part, mask, tolerance, what + " " + std::to_string(layer));
  }
}

void expect_run(const EDPretrainedModel& model, const Run& run, const std::string& name, double tolerance) {
  const ForwardOutput output = model(run.inputs());
  const bool is_pair = !run.get("decoder_input_ids").empty();
  const HostTensor source_mask = run.get("attention_mask");
  const HostTensor mask = is_pair ? run.get("decoder_attention_mask") : source_mask;
  for (const auto& [field, tensor] : named_outputs()) {
    const std::string key(field);
    const HostTensor& actual = output.*tensor;
    const HostTensor expected = run.get(key);
    ASSERT_EQ(actual.empty(), expected.empty()) << name << ": " << key;
    if (actual.empty()) continue;
    // A pooled row begins with the padding where that is on the left.
    const bool is_pooled =
        expected.shape().dims().size() == 2 && !key.ends_with("t_logits") && !key.ends_with("d_logits");
    if (is_pooled && name == "left") continue;
    expect_near(actual, expected, key.starts_with("encoder") ? source_mask : mask, tolerance,
                name + ": " + key);
  }
  expect_layers_near(output.hidden_states, run.get("hidden_states"), mask, tolerance,
                     name + ": hidden state");
  expect_layers_near(output.encoder_hidden_states, run.get("encoder_hidden_states"), source_mask, tolerance,
                     name + ": encoder's hidden state");
}

void expect_all(const EDPretrainedModel& model, const Golden& golden, double tolerance = kTolerance) {
  const auto runs = runs_of(golden);
  ASSERT_GE(runs.size(), 3u);
  for (const auto& [name, run] : runs) expect_run(model, run, name, tolerance);
}

void expect_greedy_answers(const EDPretrainedModel& model, const Golden& golden) {
  const HostTensor& expected = golden.at("greedy.ids");
  const auto prompts = unpadded_rows(golden.at("greedy.prompts"), golden.at("greedy.mask"));
  const GenerationConfig greedy{.max_new_tokens = expected.shape().dim(1), .pad_token_id = 0};
  const auto together = model.generate(prompts, greedy);
  for (size_t row = 0; row < prompts.size(); ++row) {
    const auto length = static_cast<size_t>(expected.shape().dim(1));
    const auto wanted = expected.data<int32_t>().subspan(row * length, length);
    EXPECT_EQ(together[row].ids, std::vector<int32_t>(wanted.begin(), wanted.end())) << "row " << row;
    EXPECT_EQ(model.generate({prompts[row]}, greedy)[0].ids, together[row].ids) << "row " << row << " alone";
  }
}

class ClassParity : public PerModelCase {};

TEST_P(ClassParity, EveryOutputOfEveryRun) {
  expect_all(model(), golden());
}

TEST_P(ClassParity, InBf16OutputsAreNear) {
  const auto rounded = EDPretrainedModel::from_pretrained(folder());
  ASSERT_EQ(rounded->dtype(), DType::kBF16);
  expect_run(*rounded, runs_of(golden()).at("single"), "single", kClassBf16Tolerance);
}

TEST_P(ClassParity, TheArchitectureDecides) {
  EXPECT_EQ(model().task(), GetParam().task);
  EXPECT_EQ(model().class_name(), model().config().architectures().at(0));
  EXPECT_EQ(model().can_generate(), GetParam().task == ModelTask::kSeq2SeqLM);
  EXPECT_TRUE(model().load_report().missing.empty());
  EXPECT_TRUE(model().load_report().unexpected.empty());
}

TEST_P(ClassParity, GreedyAnswers) {
  if (model().can_generate())
    expect_greedy_answers(model(), golden());
  else
    EXPECT_THAT(coded_error_of([&] {
                  model().generate({{5, 6}}, {.max_new_tokens = 2});
                }),
                AllOf(HasSubstr("unsupported"), HasSubstr(model().class_name())));
}

TEST_P(ClassParity, SavingGivesTheSameModel) {
  const io::ScratchDirectory scratch;
  const auto original = EDPretrainedModel::from_pretrained(folder());
  original->save_pretrained(scratch / "saved");
  const auto saved = EDPretrainedModel::from_pretrained(scratch / "saved");
  EXPECT_TRUE(saved->load_report().unexpected.empty());
  EXPECT_EQ(saved->config().to_json(), original->config().to_json());
  EXPECT_EQ(saved->class_name(), original->class_name());
  EXPECT_EQ(std::filesystem::exists(scratch / "saved" / "generation_config.json"), original->can_generate());
  expect_same_weights(*saved, *original);
}

#define EASYDEL_INSTANTIATE_FOR_CLASS_CASES(suite)       \
  INSTANTIATE_TEST_SUITE_P(                              \
      Models, suite, ::testing::ValuesIn(class_cases()), \
      [](const ::testing::TestParamInfo<ModelCase>& row) { return std::string(row.param.name); })
EASYDEL_INSTANTIATE_FOR_CLASS_CASES(ClassParity);

class PjrtClassParity : public testing::TestWithParam<ModelCase> {
 protected:
  void SetUp() override {
    if (!missing_cpu_plugin().empty()) GTEST_SKIP() << missing_cpu_plugin();
  }

  static void expect_parity(LayerLayout layers, std::vector<int64_t> axis_dims, bool fully_sharded = true) {
    LoadOptions options{.dtype = DType::kF32, .engine = {.engine = "pjrt:cpu", .layers = layers}};
    options.sharding.sharding_axis_dims = std::move(axis_dims);
    options.sharding.fully_sharded_data_parallel = fully_sharded;
    const auto model = EDPretrainedModel::from_pretrained(golden_folder(GetParam().name), options);
    const Golden golden = read_golden(GetParam().name);
    expect_all(*model, golden);
    if (model->can_generate()) expect_greedy_answers(*model, golden);
  }
};

TEST_P(PjrtClassParity, EveryOutputOfEveryRun) {
  expect_parity(LayerLayout::kUnrolled, {});
}

TEST_P(PjrtClassParity, LayersInALoopGiveTheSame) {
  expect_parity(LayerLayout::kLoop, {});
}

TEST_P(PjrtClassParity, OverEightDevices) {
  expect_parity(LayerLayout::kUnrolled, {1, 2, 2, 2});
  expect_parity(LayerLayout::kUnrolled, {2, 1, 4, 1}, /*fully_sharded=*/false);
}

EASYDEL_INSTANTIATE_FOR_CLASS_CASES(PjrtClassParity);

}  // namespace
}  // namespace easydel::model_test
