// get_decoder(), set_decoder() and get_encoder(): views of a model by the names of its parameters.
#include "easydel/model_part.h"

#include <algorithm>
#include <optional>
#include <ostream>

#include "base/format.h"
#include "easydel/error.h"
#include "pretrained/model_state.h"

namespace easydel {
namespace {

/// The name of a parameter in a part, its own or that of a copy; nothing for a parameter outside.
std::optional<std::string> name_in(const nn::ParameterSpec& spec, const std::string& prefix) {
  if (spec.name.starts_with(prefix)) return spec.name.substr(prefix.size());
  const auto copy =
      std::ranges::find_if(spec.copies, [&](const std::string& name) { return name.starts_with(prefix); });
  if (copy == spec.copies.end()) return std::nullopt;
  return copy->substr(prefix.size());
}

const std::deque<nn::ParameterSpec>& specs_of(const EDPretrainedModel::State& model) {
  return std::as_const(*model.module).parameters().specs();
}

[[noreturn]] void fail_without_part(const EDPretrainedModel::State& model, std::string_view operation,
                                    std::string_view part) {
  throw Error(
      ErrorCode::kUnsupported, std::string(operation),
      fmt::format("{} has no {}; parameter(name) gives any of its weights", model.model_class->name, part));
}

std::string decoder_prefix(const EDPretrainedModel::State& model, std::string_view operation) {
  std::optional<std::string> prefix = model.module->decoder_prefix();
  if (!prefix) fail_without_part(model, operation, "decoder");
  return *std::move(prefix);
}

std::string encoder_prefix(const EDPretrainedModel::State& model) {
  std::optional<std::string> prefix = model.module->encoder_prefix();
  if (!prefix) fail_without_part(model, "get_encoder", "encoder");
  return *std::move(prefix);
}

}  // namespace

std::vector<std::string> ModelPart::parameter_names() const {
  std::vector<std::string> names;
  for (const nn::ParameterSpec& spec : specs_of(*model_))
    if (std::optional<std::string> name = name_in(spec, prefix_)) names.push_back(*std::move(name));
  return names;
}

std::string ModelPart::full_name(std::string_view name) const {
  for (const nn::ParameterSpec& spec : specs_of(*model_))
    if (name_in(spec, prefix_) == name) return spec.name;
  throw Error(ErrorCode::kNotFound, "parameter",
              fmt::format("\"{}\" is not a parameter of the {} of this {}; parameter_names() lists them",
                          name, name_, model_->model_class->name));
}

Shape ModelPart::parameter_shape(std::string_view name) const {
  return model_->spec(full_name(name)).shape();
}

HostTensor ModelPart::parameter(std::string_view name) const {
  const nn::ParameterSpec& spec = model_->spec(full_name(name));
  model_->require_weights("parameter");
  return model_->weight(spec);
}

void MutableModelPart::set_parameter(std::string_view name, const HostTensor& value) {
  model_->set_parameter(full_name(name), value);
}

int64_t ModelPart::num_parameters() const {
  int64_t count = 0;
  for (const nn::ParameterSpec& spec : specs_of(*model_))
    if (name_in(spec, prefix_)) count += spec.shape().elements();
  return count;
}

std::string ModelPart::to_string() const {
  return fmt::format("{} of {}: {} parameters in {} tensors", name_, model_->model_class->name,
                     num_parameters(), parameter_names().size());
}

std::ostream& operator<<(std::ostream& stream, const ModelPart& part) {
  return stream << part.to_string();
}

ModelPart EDPretrainedModel::get_decoder() const {
  return {*state_, "decoder", decoder_prefix(*state_, "get_decoder")};
}
MutableModelPart EDPretrainedModel::get_decoder() {
  return {*state_, "decoder", decoder_prefix(*state_, "get_decoder")};
}
ModelPart EDPretrainedModel::get_encoder() const {
  return {*state_, "encoder", encoder_prefix(*state_)};
}
MutableModelPart EDPretrainedModel::get_encoder() {
  return {*state_, "encoder", encoder_prefix(*state_)};
}

void EDPretrainedModel::set_decoder(const ModelPart& decoder) {
  const std::string prefix = decoder_prefix(*state_, "set_decoder");
  state_->require_weights("set_decoder");
  const auto fail = [&](std::string detail) {
    throw Error(ErrorCode::kShapeMismatch, "set_decoder", std::move(detail));
  };
  struct Change {
    nn::ParameterSpec* spec;
    std::string name;                   ///< in the part
    std::vector<HostTensor> quantized;  ///< which may fail, and is done before anything is changed
  };
  std::vector<Change> changes;
  const std::vector<std::string> given = decoder.parameter_names();
  for (const nn::ParameterSpec& spec : specs_of(*state_)) {
    const std::optional<std::string> name = name_in(spec, prefix);
    if (!name) continue;
    if (std::ranges::find(given, *name) == given.end())
      fail(fmt::format("the given {} lacks \"{}\"; give one of the same architecture and depth",
                       decoder.to_string(), *name));
    const Shape shape = decoder.parameter_shape(*name);
    if (!std::ranges::equal(shape.dims(), spec.dims))
      fail(fmt::format("\"{}\" is {} in this model and {} in the given decoder; give one of the same sizes",
                       *name, spec.shape(), shape));
    Change& change = changes.emplace_back();
    change.spec = state_->module->parameters().find(spec.name);
    change.name = *name;
    if (spec.format != nullptr) change.quantized = state_->held_tensors(spec, decoder.parameter(*name));
  }
  if (given.size() > changes.size())
    fail(fmt::format("the given {} has more than this model's, of {} tensors; give one of the same depth",
                     decoder.to_string(), changes.size()));
  const std::lock_guard lock(state_->mutex);
  state_->programs.clear();  // they have the old weights bound
  for (const Change& change : changes) {
    if (change.quantized.empty())
      state_->set_weight(*change.spec, decoder.parameter(change.name).to(change.spec->dtype));
    else
      state_->set_held(*change.spec, change.quantized);
  }
}

}  // namespace easydel
