// States: EasyDeL's own file, both forms there and back, and what is refused.
#include "easydel/state.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <random>

#include "base/json_file.h"
#include "io/safetensors.h"
#include "models/model_case.h"
#include "unit/io/io_test_support.h"
#include "unit/io/kill_testing.h"

namespace easydel::model_test {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path kGoldenState = EASYDEL_SOURCE_DIR "/tests/golden/easydel/st.easy";

EasyDeLState small_state(const OptimizerOptions& optimizer = {}) {
  return EasyDeLState::create(std::move(*EDPretrainedModel::from_pretrained(golden_folder("llama_untied"))),
                              optimizer);
}

void expect_same_state(const EasyDeLState& actual, const EasyDeLState& expected) {
  EXPECT_EQ(actual.step(), expected.step());
  EXPECT_EQ(actual.hyperparameters(), expected.hyperparameters());
  EXPECT_EQ(actual.optimizer().optimizer, expected.optimizer().optimizer);
  EXPECT_EQ(actual.optimizer().scheduler, expected.optimizer().scheduler);
  EXPECT_EQ(actual.optimizer().steps, expected.optimizer().steps);
  EXPECT_EQ(actual.optimizer().others, expected.optimizer().others);
  expect_same_weights(actual.model(), expected.model());
  ASSERT_EQ(actual.opt_state().has_value(), expected.opt_state().has_value());
  if (!expected.opt_state()) return;
  ASSERT_EQ(actual.opt_state()->size(), expected.opt_state()->size());
  for (const auto& [path, tensor] : *expected.opt_state())
    EXPECT_TRUE(is_identical(actual.opt_state()->at(path), tensor)) << path;
}

TEST(State, EasyDeLsFileIsRead) {
  const EasyDeLState state = EasyDeLState::load_state(kGoldenState);
  EXPECT_EQ(state.step(), 1);
  EXPECT_EQ(state.config().model_type(), "llama");
  EXPECT_EQ(state.config().integer("num_key_value_heads"), 2);
  EXPECT_EQ(state.optimizer().optimizer, "adamw");
  EXPECT_EQ(state.optimizer().scheduler, "none");
  EXPECT_EQ(state.optimizer().steps, 1e6);
  EXPECT_EQ(state.hyperparameters(), (StateValues{{"model_type", "llama"}}));
  EXPECT_EQ(state.model().num_parameters(), 22688);
  ASSERT_TRUE(state.opt_state());
  EXPECT_EQ(state.opt_state()->size(), 2u + 2 * 21);
  EXPECT_EQ(state.opt_state()->at("0/count").data<int32_t>()[0], 1);
  EXPECT_EQ(state.opt_state()->at("2/count").data<int32_t>()[0], 1);
  EXPECT_EQ(state.opt_state()->at("0/nu/params/lm_head/kernel").shape(), Shape(DType::kF32, {32, 64}));
}

TEST(State, BothFormsKeepEverything) {
  const io::ScratchDirectory scratch;
  EasyDeLState state = EasyDeLState::load_state(kGoldenState);
  state.hyperparameters()["note"] = "a text with: marks, (1, 2)";
  state.hyperparameters()["rate"] = 5e-05;
  state.hyperparameters()["nothing"] = std::monostate();
  state.hyperparameters()["flag"] = true;
  state.hyperparameters()["axes"] = OpaqueValue{"tuple", "(1, -1, 1, 1)"};
  state.set_step(41);
  for (const char* name : {"form.easy", "form"}) {
    state.save_state(scratch / name);
    expect_same_state(EasyDeLState::load_state(scratch / name), state);
    state.save_state(scratch / name, {.save_optimizer = false});
    const EasyDeLState bare = EasyDeLState::load_state(scratch / name, {.init_optimizer_state = true});
    EXPECT_EQ(bare.opt_state()->at("0/count").data<int32_t>()[0], 0);
    EXPECT_FALSE(EasyDeLState::load_state(scratch / name).opt_state());
  }
}

TEST(State, TheConfigurationKeepsItsTextsAndLists) {
  const io::ScratchDirectory scratch;
  const EasyDeLState state = small_state();
  for (const char* name : {"form.easy", "form"}) {
    state.save_state(scratch / name);
    EXPECT_EQ(EasyDeLState::load_state(scratch / name).config().json(), state.config().json());
  }
}

TEST(State, ShardsAndSavesReplaceEachOther) {
  const io::ScratchDirectory scratch;
  EasyDeLState state = small_state({.optimizer = "lion"});
  state.save_state(scratch / "run", {.max_shard_bytes = 8000});
  expect_same_state(EasyDeLState::load_state(scratch / "run"), state);
  state.set_step(2);
  state.save_state(scratch / "run");
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(scratch / "run")) ++files;
  EXPECT_EQ(files, 3u) << "metadata, parameters, optimizer";
  EXPECT_EQ(EasyDeLState::load_state(scratch / "run").step(), 2);
}

TEST(State, OptimizersMakeTheirTensors) {
  const EasyDeLState adamw = small_state(), lion = small_state({.optimizer = "lion"});
  const size_t parameters = adamw.model().parameter_names().size();
  EXPECT_EQ(adamw.opt_state()->size(), 2 + 2 * parameters);
  EXPECT_EQ(lion.opt_state()->size(), 2 + parameters);
  EXPECT_FALSE(small_state({.optimizer = "adafactor"}).opt_state());
  EXPECT_THAT(coded_error_of([] { small_state({.optimizer = "rmsprop"}).init_opt_state(); }),
              AllOf(HasSubstr("unsupported"), HasSubstr("rmsprop")));
  EXPECT_THAT(
      coded_error_of([] { small_state({.optimizer = "sgd9"}); }),
      AllOf(HasSubstr("invalid argument"), HasSubstr("sgd9"), HasSubstr("adamw adafactor lion rmsprop")));
  EXPECT_THAT(coded_error_of([] { small_state({.scheduler = "sine"}); }), HasSubstr("warm_up_cosine"));
}

TEST(State, AModelsStateSharesItsWeightsUntilTheyChange) {
  const auto model = EDPretrainedModel::from_pretrained(golden_folder("llama_untied"));
  EasyDeLState state = model->to_easydel_state();
  EXPECT_EQ(state.step(), 0);
  EXPECT_FALSE(state.opt_state());
  expect_same_weights(state.model(), *model);
  const std::string name = "model.norm.weight";
  const HostTensor before = model->parameter(name);
  EXPECT_EQ(state.model().parameter(name).bytes().data(), before.bytes().data());
  state.model().set_parameter(name, HostTensor::zeros(before.shape()));
  EXPECT_TRUE(is_identical(model->parameter(name), before));
  state.init_opt_state();
  EXPECT_THAT(state.to_string(),
              AllOf(HasSubstr("adamw Optimizer with none Scheduler"), HasSubstr("step : 0")));
  state.free_opt_state();
  state.shard_params();
  EXPECT_FALSE(state.opt_state());
}

TEST(State, ACutFileIsAnError) {
  const io::ScratchDirectory scratch;
  const std::string whole = io::read_text(kGoldenState);
  for (size_t size = 0; size < whole.size(); size += 1 + whole.size() / 97) {
    io::write_text(scratch / "cut.easy", whole.substr(0, size));
    EXPECT_NE(coded_error_of([&] { EasyDeLState::load_state(scratch / "cut.easy"); }), "") << size;
  }
}

TEST(State, HostileFilesAreNamed) {
  const io::ScratchDirectory scratch;
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string text = io::read_text(kGoldenState);
    text.replace(text.find(from), from.size(), to);
    io::write_text(scratch / "bad.easy", text);
    return coded_error_of([&] { EasyDeLState::load_state(scratch / "bad.easy"); });
  };
  EXPECT_THAT(replaced("optimizer<*VALUE*>adamw", "optimizer<*VALUE*>adamq"),
              AllOf(HasSubstr("corrupt file"), HasSubstr("adamq"), HasSubstr("known: adamw")));
  EXPECT_THAT(replaced("<*VALUE*>1000000.0", "<*VALUE*>system(()"), HasSubstr("is no float"));
  EXPECT_THAT(replaced("<*VALUE*>llama", "<*VALUE*>lxama"),
              AllOf(HasSubstr("unsupported"), HasSubstr("lxama")));
  EXPECT_THAT(replaced("step", "stop"), HasSubstr("no \"step\""));

  small_state().save_state(scratch / "run");
  const nlohmann::json metadata = read_json_file(scratch / "run" / "metadata.json");
  const auto changed = [&](const char* key, const nlohmann::json& value) {
    nlohmann::json other = metadata;
    other[key] = value;
    write_json_file(scratch / "run" / "metadata.json", other);
    return coded_error_of([&] { EasyDeLState::load_state(scratch / "run"); });
  };
  EXPECT_THAT(changed("parameters", {"../run/parameters-1.safetensors"}), HasSubstr("same directory"));
  EXPECT_THAT(changed("parameters", {"gone.safetensors"}), HasSubstr("not found"));
  EXPECT_THAT(changed("step", -1), HasSubstr("step"));
  EXPECT_THAT(changed("version", 2), AllOf(HasSubstr("unsupported"), HasSubstr("version 2")));
  EXPECT_THAT(changed("format", "other"), HasSubstr("not the metadata of a state"));
  EXPECT_THAT(changed("tx_init", {{"optimizer", 3}}), HasSubstr("another type"));
  EXPECT_THAT(coded_error_of([&] { EasyDeLState::load_state(scratch / "nowhere"); }),
              HasSubstr("does not exist"));

  EasyDeLState odd = small_state();
  odd.opt_state()->at("0/mu/params/model/norm/kernel") = HostTensor::zeros({DType::kF32, {3}});
  odd.save_state(scratch / "odd");
  EXPECT_THAT(coded_error_of([&] { EasyDeLState::load_state(scratch / "odd"); }),
              AllOf(HasSubstr("shape mismatch"), HasSubstr("0/mu/params/model/norm/kernel")));
}

TEST(State, AKilledSaveLeavesAWholeState) {
  const io::ScratchDirectory scratch;
  EasyDeLState state = small_state();
  state.save_state(scratch / "run");
  state.model().save_pretrained(scratch / "model");
  std::mt19937 random(1);
  std::uniform_int_distribution<int> wait(100, 20'000);
  const std::string name = "model.norm.weight";
  const Shape shape = state.model().parameter_shape(name);
  for (int round = 1; round <= 100; ++round) {
    // The step is written into a parameter and a moment: all three must be of one save.
    std::vector<float> values(static_cast<size_t>(shape.elements()), static_cast<float>(round));
    const HostTensor marked = HostTensor::from<float>({shape.dim(0)}, values);
    const int64_t before = EasyDeLState::load_state(scratch / "run").step();
    state.set_step(round);
    state.model().set_parameter(name, marked);
    state.opt_state()->at("0/mu/params/model/norm/kernel") = marked;
    io::run_until_killed(
        [&] {
          state.save_state(scratch / "run");
          state.model().save_pretrained(scratch / "model");
        },
        wait(random));
    const EasyDeLState found = EasyDeLState::load_state(scratch / "run");
    EXPECT_TRUE(found.step() == before || found.step() == round) << found.step();
    const auto first_of = [](const HostTensor& tensor) { return tensor.to(DType::kF32).data<float>()[0]; };
    if (found.step() > 0) {
      EXPECT_EQ(first_of(found.model().parameter(name)), static_cast<float>(found.step()));
      EXPECT_EQ(first_of(found.opt_state()->at("0/mu/params/model/norm/kernel")),
                static_cast<float>(found.step()));
    }
    EXPECT_TRUE(EDPretrainedModel::from_pretrained(scratch / "model")->load_report().missing.empty());
  }
}

}  // namespace
}  // namespace easydel::model_test
