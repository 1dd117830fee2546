#include "easydel/state.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "base/format.h"
#include "easydel/error.h"
#include "nn/partition_rules.h"
#include "pretrained/model_state.h"
#include "pretrained/state_files.h"
#include "pretrained/state_values.h"

namespace easydel {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModelType = "model_type";

/// Which copies of the parameters an optimizer keeps; nothing for one whose tensors this version does not make.
std::vector<std::string_view> moments_of(std::string_view optimizer) {
  if (optimizer == "adamw") return {"mu", "nu"};
  if (optimizer == "lion") return {"mu"};
  return {};
}

bool is_easy_file(const fs::path& path, StateFormat format) {
  return format == StateFormat::kEasy || (format == StateFormat::kAuto && path.extension() == ".easy");
}

/// Optax's chain: the moments, the weight decay, which keeps nothing, and the schedule.
std::optional<OptimizerState> fresh_state(const EDPretrainedModel& model, const OptimizerOptions& optimizer) {
  const std::vector<std::string_view> moments = moments_of(optimizer.optimizer);
  if (moments.empty()) return std::nullopt;
  const HostTensor zero = HostTensor::zeros({DType::kI32, {}});
  OptimizerState state = {{"0/count", zero}, {"2/count", zero}};
  const nn::ParameterSet& parameters = std::as_const(*model.state().module).parameters();
  for (const nn::ParameterSpec& parameter : parameters.specs())
    for (const std::string_view moment : moments)
      state.emplace(fmt::format("0/{}/params/{}", moment, nn::flax_path(parameters, parameter)),
                    HostTensor::zeros(nn::flax_shape(parameter)));
  return state;
}

/// Moments must be of the model's parameters, in their shapes.
void check_moments(const EDPretrainedModel& model, const OptimizerState& state, const std::string& source) {
  std::map<std::string, Shape, std::less<>> shapes;
  const nn::ParameterSet& parameters = std::as_const(*model.state().module).parameters();
  for (const nn::ParameterSpec& parameter : parameters.specs())
    shapes.emplace(nn::flax_path(parameters, parameter), nn::flax_shape(parameter));
  for (const auto& [path, tensor] : state)
    for (const std::string_view moment : {"/mu/params/", "/nu/params/"}) {
      const size_t at = path.find(moment);
      if (at == path.npos) continue;
      const auto shape = shapes.find(path.substr(at + moment.size()));
      if (shape == shapes.end())
        throw Error(ErrorCode::kCorruptFile, source,
                    fmt::format("the optimizer's \"{}\" is of no parameter of the model", path));
      if (!std::ranges::equal(shape->second.dims(), tensor.shape().dims()))
        throw Error(ErrorCode::kShapeMismatch, source,
                    fmt::format("the optimizer's \"{}\" is {}; its parameter is {}", path, tensor.shape(),
                                shape->second));
    }
}

}  // namespace

EasyDeLState::EasyDeLState(EDPretrainedModel model, OptimizerOptions optimizer, StateValues hyperparameters)
    : model_(std::move(model)),
      optimizer_(std::move(optimizer)),
      hyperparameters_(std::move(hyperparameters)) {
  hyperparameters_.insert_or_assign(kModelType, config().model_type());
}

EasyDeLState EasyDeLState::create(EDPretrainedModel model, const OptimizerOptions& optimizer,
                                  StateValues hyperparameters) {
  model.state().require_weights("create");
  check_optimizer(optimizer, ErrorCode::kInvalidArgument, "create");
  EasyDeLState state(std::move(model), optimizer, std::move(hyperparameters));
  state.opt_state_ = fresh_state(state.model_, optimizer);
  return state;
}

EasyDeLState EDPretrainedModel::to_easydel_state() const {
  state_->require_weights("to_easydel_state");
  EDPretrainedModel model;
  model.state_ = state_->share();
  return {std::move(model), {}, {}};
}

EasyDeLState EasyDeLState::load_state(const fs::path& path, const LoadStateOptions& options) {
  if (options.init_optimizer_state && !options.load_optimizer)
    throw Error(ErrorCode::kInvalidArgument, "load_state",
                "load_optimizer is false and init_optimizer_state true; free or make the optimizer's state, "
                "not both");
  if (options.dtype != DType::kAuto) require_weight_dtype(options.dtype, "load_state");
  if (!fs::exists(path))
    throw Error(ErrorCode::kNotFound, "load_state",
                fmt::format("{} does not exist; give a state's directory or .easy file", path.string()));
  StateFile file = fs::is_directory(path) ? read_state_directory(path, options) : read_easy(path, options);
  auto model_state = std::make_unique<EDPretrainedModel::State>(
      std::move(file.config), std::nullopt, options.engine, options.sharding, /*with_weights=*/true);
  model_state->generation_config = file.generation_config
                                       ? std::move(*file.generation_config)
                                       : GenerationConfig::from_model_config(model_state->config);
  const std::unique_ptr<EDPretrainedModel> model =
      EDPretrainedModel::State::load(std::move(model_state), file.parameters,
                                     {.dtype = options.dtype, .progress = options.progress}, "load_state");
  if (file.opt_state) check_moments(*model, *file.opt_state, path.string());
  EasyDeLState state(std::move(*model), std::move(file.optimizer), std::move(file.hyperparameters));
  state.step_ = file.step;
  state.opt_state_ = std::move(file.opt_state);
  if (options.init_optimizer_state) state.init_opt_state();
  return state;
}

void EasyDeLState::save_state(const fs::path& path, const SaveStateOptions& options) const {
  if (options.dtype != DType::kAuto) require_weight_dtype(options.dtype, "save_state");
  if (is_easy_file(path, options.format))
    write_easy(*this, path, options);
  else
    write_state_directory(*this, path, options);
}

void EasyDeLState::set_step(int64_t step) {
  if (step < 0)
    throw Error(ErrorCode::kInvalidArgument, "set_step",
                fmt::format("{} is below 0; steps are counted", step));
  step_ = step;
}

void EasyDeLState::init_opt_state() {
  if (opt_state_) return;
  opt_state_ = fresh_state(model_, optimizer_);
  if (!opt_state_)
    throw Error(
        ErrorCode::kUnsupported, "init_opt_state",
        fmt::format("this version does not make the tensors of {}; use adamw or lion", optimizer_.optimizer));
}

void EasyDeLState::shard_params(bool fully_sharded_data_parallel, const PartitionRules& rules) {
  model_.shard_model(rules.empty() ? model_.get_partition_rules(fully_sharded_data_parallel) : rules);
}

std::string EasyDeLState::to_string() const {
  int64_t optimizer_elements = 0;
  if (opt_state_)
    for (const auto& [name, tensor] : *opt_state_) optimizer_elements += tensor.shape().elements();
  std::string model = model_.to_string();
  for (size_t line = model.find('\n'); line != model.npos; line = model.find('\n', line + 3))
    model.insert(line + 1, "  ");
  std::vector<std::string_view> names;
  for (const auto& [name, value] : hyperparameters_) names.push_back(name);
  return fmt::format(
      "EasyDeLState(\n  step : {}\n  module : {}\n  params : {} Parameters\n  tx : {} Optimizer with {} "
      "Scheduler\n"
      "  opt_state : {}\n  hyperparameters : {}\n)",
      step_, model, model_.num_parameters(), optimizer_.optimizer, optimizer_.scheduler,
      opt_state_ ? fmt::format("{} Parameters", optimizer_elements) : "none", fmt::join(names, ", "));
}

std::ostream& operator<<(std::ostream& stream, const EasyDeLState& state) {
  return stream << state.to_string();
}

}  // namespace easydel
