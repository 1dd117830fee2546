// The tables over the vocabulary: replaced as they are, or resized.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/format.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "easydel/error.h"
#include "nn/decoder_config.h"
#include "nn/initialize.h"
#include "pretrained/model_state.h"

namespace easydel {
namespace {

/// Of the old rows' covariance, and of a bias the share of its deviation, as in Transformers.
constexpr double kSpread = 1e-9;

int64_t padded_size(int64_t size, const ResizeOptions& options) {
  const auto fail = [](std::string detail) {
    throw Error(ErrorCode::kInvalidArgument, "resize_token_embeddings", std::move(detail));
  };
  constexpr int64_t most = nn::kMostWidth;
  const int64_t multiple = options.pad_to_multiple_of;
  if (multiple < 0 || multiple > most)
    fail(fmt::format("pad_to_multiple_of is {}; it must be 0, for no padding, to {}", multiple, most));
  const int64_t padded =
      multiple == 0 || size < 1 || size > most ? size : (size + multiple - 1) / multiple * multiple;
  if (padded < 1 || padded > most)
    fail(fmt::format("the new size is {}; a vocabulary has 1 to {} tokens", padded, most));
  return padded;
}

/// The first `rows` rows of `table`, then those of `added`, which may be empty.
HostTensor with_rows(const HostTensor& table, int64_t rows, const HostTensor& added) {
  std::vector<int64_t> dims(table.shape().dims().begin(), table.shape().dims().end());
  dims[0] = rows + (added.empty() ? 0 : added.shape().dim(0));
  HostTensor result = HostTensor::uninitialized(table.shape().with_dims(dims));
  const size_t added_bytes = added.empty() ? 0 : added.bytes().size();
  const size_t kept_bytes = result.bytes().size() - added_bytes;
  std::memcpy(result.mutable_bytes().data(), table.bytes().data(), kept_bytes);
  if (added_bytes > 0)
    std::memcpy(result.mutable_bytes().data() + kept_bytes, added.bytes().data(), added_bytes);
  return result;
}

/// What stands behind the old rows, f32. A bias that is the head's own follows its old numbers too; one that stands for
/// itself beside a tied head is padded with what it begins as.
HostTensor added_rows(const nn::ParameterSpec& resized, const HostTensor& table, std::string_view head,
                      const ResizeOptions& options, ThreadPool& pool) {
  const int64_t rows = table.shape().dim(0), count = resized.dims[0] - rows;
  const bool is_bias = resized.dims.size() == 1;
  const bool is_of_head = !is_bias || (head.ends_with(".weight") && resized.name.ends_with(".bias") &&
                                       head.substr(0, head.rfind('.')) ==
                                           std::string_view(resized.name).substr(0, resized.name.rfind('.')));
  if (!options.mean_resizing || !is_of_head)
    return nn::initialize_rows(resized, rows, options.seed, DType::kF32, &pool);
  return nn::rows_near_mean(table, count, is_bias ? kSpread : std::sqrt(kSpread), resized.name, options.seed,
                            &pool);
}

/// Transformers refuses a padding token outside of the vocabulary.
void warn_of_padding(const EDPretrainedConfig& config, int64_t old_size, int64_t size) {
  for (const int32_t token : config.token_ids("pad_token_id"))
    if (token < old_size && token >= size)
      log(LogLevel::kWarning,
          fmt::format(
              "pad_token_id is {} and the vocabulary has {} tokens now; Transformers will not load the "
              "model unless config.json names another",
              token, size));
}

}  // namespace

void EDPretrainedModel::State::set_table(const std::string& operation, const std::string& name,
                                         const HostTensor& value) {
  const nn::ParameterSpec& table = spec(name);
  require_weights(operation);
  if (value.empty() || !std::ranges::equal(value.shape().dims(), table.dims))
    throw Error(
        ErrorCode::kShapeMismatch, operation,
        fmt::format("\"{}\" is {}, the new table {}; it must have as many rows and columns, and "
                    "resize_token_embeddings() changes the number of rows",
                    name, table.shape(), value.empty() ? std::string("empty") : value.shape().to_string()));
  set_parameter(name, value);
}

NamedShardings EDPretrainedModel::State::resized_shardings(const nn::Module& resized,
                                                           std::vector<std::string>& warnings) const {
  std::vector<std::string> before;
  NamedShardings old_rules, new_rules;
  if (sharding.auto_shard_params) {
    old_rules = model_shardings(*entry, *module, placement, sharding, sharding.partition_rules, {}, before);
    new_rules = model_shardings(*entry, resized, placement, sharding, sharding.partition_rules, {}, warnings);
  }
  std::erase_if(warnings, [&](const std::string& warning) {
    return std::ranges::find(before, warning) != before.end();
  });
  NamedShardings result = shardings;
  for (const nn::ParameterSpec& parameter : resized.parameters().specs()) {
    if (parameter.dims == spec(parameter.name).dims) continue;
    NamedSharding& place = result.at(parameter.name);
    const auto by_rule = old_rules.find(parameter.name);
    if (by_rule != old_rules.end() && by_rule->second == place) {
      place = new_rules.at(parameter.name);
      continue;
    }
    // It was put elsewhere since, and stays there.
    SpecAdjustment fit =
        fit_spec(place.spec(), parameter.shape(), place.mesh(), parameter.name, sharding.strict);
    place = NamedSharding(place.mesh(), std::move(fit.spec));
    warnings.insert(warnings.end(), fit.warnings.begin(), fit.warnings.end());
  }
  return result;
}

void EDPretrainedModel::State::resize_vocabulary(int64_t size, const ResizeOptions& options) {
  const std::lock_guard lock(mutex);
  EDPretrainedConfig resized_config = config;
  resized_config.set("vocab_size", fmt::format("{}", size));
  std::unique_ptr<nn::Module> resized = make_module(resized_config, model_class->task);
  for (nn::ParameterSpec& parameter : resized->parameters().specs()) {
    parameter.dtype = spec(parameter.name).dtype;
    parameter.format = spec(parameter.name).format;
  }
  std::vector<std::string> warnings;
  NamedShardings places = resized_shardings(*resized, warnings);

  ThreadPool pool;
  std::map<std::string, Buffer, std::less<>> tables;
  for (const nn::ParameterSpec& parameter : resized->parameters().specs()) {
    const nn::ParameterSpec& old = spec(parameter.name);
    if (!has_weights || parameter.dims == old.dims) continue;
    HostTensor added;
    if (parameter.dims[0] > old.dims[0])
      added = added_rows(parameter, weight(old), module->output_embedding_name(), options, pool);
    // Each part of a quantized table has the table's rows, so that those that stay keep their bits.
    std::vector<HostTensor> added_parts(old.held().size());
    if (!added.empty())
      added_parts = parameter.format == nullptr
                        ? std::vector{added.to(parameter.dtype)}
                        : quantization::encode(*parameter.format, added, parameter.name);
    const int64_t kept = std::min(parameter.dims[0], old.dims[0]);
    const std::vector<nn::HeldTensor> held = parameter.held();
    for (size_t part = 0; part < held.size(); ++part)
      tables.emplace(held[part].name,
                     engine->upload(with_rows(engine->download(weights.find(held[part].name)->second), kept,
                                              added_parts[part]),
                                    held_sharding(parameter, places.at(parameter.name), held[part])));
  }

  warn_of_padding(config, vocab_size, size);
  programs.clear();  // they have the old tables bound
  for (auto& [name, table] : tables) weights.insert_or_assign(name, std::move(table));
  module = std::move(resized);
  config = std::move(resized_config);
  shardings = std::move(places);
  vocab_size = size;
  for (std::string& warning : warnings) {
    log(LogLevel::kWarning, warning);
    report.unsharded.push_back(std::move(warning));
  }
}

int64_t EDPretrainedModel::resize_token_embeddings(int64_t new_size, const ResizeOptions& options) {
  const int64_t size = padded_size(new_size, options);
  if (size != state_->vocab_size) state_->resize_vocabulary(size, options);
  return size;
}

}  // namespace easydel
