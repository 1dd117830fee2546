// EasyDeLState: a model in training: its parameters and configuration, the step, the optimizer's tensors and what else
// describes the run.
//
//   auto model = easydel::EDPretrainedModel::from_pretrained("data/tiny-shakespeare");
//   auto state = easydel::EasyDeLState::create(std::move(*model), {.optimizer = "lion"});
//   state.save_state("run");                         // a directory that is replaced whole
//   state.save_state("run.easy");                    // EasyDeL's single file
//   auto resumed = easydel::EasyDeLState::load_state("run");
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include "easydel/model.h"

namespace easydel {

/// A Python value of a type that easydel does not know ("tuple", ...), kept as EasyDeL wrote it.
struct OpaqueValue {
  std::string type, text;
  friend bool operator==(const OpaqueValue&, const OpaqueValue&) = default;
};
/// None, or a value.
using StateValue = std::variant<std::monostate, bool, int64_t, double, std::string, OpaqueValue>;
using StateValues = std::map<std::string, StateValue, std::less<>>;

/// EasyDeL's tx_init: what the optimizer is made of.
struct OptimizerOptions {
  std::string optimizer = "adamw";  ///< adamw, adafactor, lion or rmsprop
  std::string scheduler = "none";   ///< none, linear, cosine, warm_up_linear or warm_up_cosine
  double steps = 1e6;               ///< of the schedule
  StateValues others = {};          ///< learning_rate and the like, by name
};

/// The optimizer's tensors by their path in Optax's tree: "0/count", "0/mu/params/model/norm/kernel", ... They lie as
/// EasyDeL's files have them: kernels [in, out] (EDPretrainedModel::parameter_path()).
using OptimizerState = std::map<std::string, HostTensor, std::less<>>;

enum class StateFormat : uint8_t {
  kAuto,       ///< by name: a file for names that end in ".easy", else a directory
  kDirectory,  ///< metadata.json and safetensors, the optimizer's in files of their own
  kEasy,       ///< EasyDeL's single msgpack file
};

struct SaveStateOptions {
  StateFormat format = StateFormat::kAuto;
  bool save_optimizer = true;                 ///< false: without the optimizer's tensors
  DType dtype = DType::kAuto;                 ///< converts the parameters; kAuto keeps theirs
  uint64_t max_shard_bytes = 50'000'000'000;  ///< of tensor data per file of a directory
  ProgressSink* progress = nullptr;
};

struct LoadStateOptions {
  DType dtype = DType::kAuto;  ///< of the parameters; kAuto keeps the file's
  /// Replaces the configuration. EasyDeL's own files keep its numbers only, and lose hidden_act, rope_scaling, ...
  std::optional<EDPretrainedConfig> config;
  bool load_optimizer = true;         ///< false: without the optimizer's tensors
  bool init_optimizer_state = false;  ///< makes them fresh where the file has none
  EngineOptions engine;
  ShardingOptions sharding;
  ProgressSink* progress = nullptr;
};

/// Movable, not copyable.
class EasyDeLState {
 public:
  /// At step 0, with the fresh tensors of adamw or lion; adafactor's and rmsprop's are not made in this version.
  /// Error(kInvalidArgument) lists the optimizers or the schedulers that there are.
  static EasyDeLState create(EDPretrainedModel model, const OptimizerOptions& optimizer = {},
                             StateValues hyperparameters = {});
  /// Reads either form. Error(kNotFound), Error(kCorruptFile) and Error(kShapeMismatch) name the file and the entry;
  /// Error(kInvalidArgument) when both load_optimizer is off and init_optimizer_state on.
  static EasyDeLState load_state(const std::filesystem::path& path, const LoadStateOptions& options = {});
  /// Writes either form; a file or directory of an earlier save is replaced whole or stays whole, also when the process
  /// is killed.
  void save_state(const std::filesystem::path& path, const SaveStateOptions& options = {}) const;

  int64_t step() const { return step_; }
  /// Error(kInvalidArgument) for a negative one.
  void set_step(int64_t step);
  EDPretrainedModel& model() { return model_; }
  const EDPretrainedModel& model() const { return model_; }
  const EDPretrainedConfig& config() const { return model_.config(); }
  const OptimizerOptions& optimizer() const { return optimizer_; }
  /// What the run was made with; "model_type" is always there.
  StateValues& hyperparameters() { return hyperparameters_; }
  const StateValues& hyperparameters() const { return hyperparameters_; }

  /// Unset when there is none, as in a model that only runs.
  std::optional<OptimizerState>& opt_state() { return opt_state_; }
  const std::optional<OptimizerState>& opt_state() const { return opt_state_; }
  /// Makes fresh tensors unless there are some. Error(kUnsupported) for optimizers but adamw and lion.
  void init_opt_state();
  void free_opt_state() { opt_state_.reset(); }

  /// Moves the parameters to where the model's rules for fully sharded data parallelism or tensor parallelism, or other
  /// rules, put them.
  void shard_params(bool fully_sharded_data_parallel = true, const PartitionRules& rules = {});

  /// Step, model, parameters, optimizer, hyperparameters: a few lines for people.
  std::string to_string() const;

 private:
  friend class EDPretrainedModel;
  EasyDeLState(EDPretrainedModel model, OptimizerOptions optimizer, StateValues hyperparameters);

  int64_t step_ = 0;
  EDPretrainedModel model_;
  OptimizerOptions optimizer_;
  StateValues hyperparameters_;
  std::optional<OptimizerState> opt_state_;
};

std::ostream& operator<<(std::ostream& stream, const EasyDeLState& state);

}  // namespace easydel
