#include "nn/parameters.h"

#include "base/format.h"
#include "easydel/error.h"
#include "graph/ops/indexing.h"
#include "graph/ops/movement.h"
#include "graph/ops/quantization.h"

namespace easydel::nn {

std::vector<int64_t> ParameterSpec::quantized_dims() const {
  return role == ParameterRole::kInOutKernel ? std::vector{dims[1], dims[0]} : dims;
}

std::vector<HeldTensor> ParameterSpec::held_as(std::string_view other_name) const {
  if (format == nullptr) return {{std::string(other_name), shape()}};
  std::vector<HeldTensor> tensors;
  for (const quantization::Part& part : format->parts)
    tensors.push_back({part.name(other_name), part.shape(quantized_dims()), part.items});
  return tensors;
}

uint64_t ParameterSpec::held_bytes() const {
  uint64_t bytes = 0;
  for (const HeldTensor& tensor : held()) bytes += tensor.shape.bytes();
  return bytes;
}

std::vector<Value> Weight::held_in(Graph& graph) const {
  std::vector<Value> values;
  for (const HeldTensor& tensor : spec_->held())
    values.push_back(graph.parameter(tensor.name, tensor.shape, ParameterKind::kWeight));
  return values;
}

Value Weight::in(Graph& graph) const {
  if (spec_ == nullptr) return {};
  const std::vector<Value> held = held_in(graph);
  if (spec_->format == nullptr) return held.front();
  const Value weight = dequantize(*spec_->format, held, spec_->quantized_dims().back(), spec_->dtype);
  return spec_->role == ParameterRole::kInOutKernel ? transpose(weight, std::vector<int64_t>{1, 0}) : weight;
}

Value Weight::multiply(Value x, const Weight& bias, WeightLayout layout) const {
  if (spec_->format == nullptr) return linear(x, in(x.graph()), bias.in(x.graph()), layout);
  return quantized_linear(x, *spec_->format, held_in(x.graph()), bias.in(x.graph()), spec_->dtype);
}

Value Weight::look_up(Value ids, DType dtype) const {
  if (spec_->format == nullptr) return embedding(in(ids.graph()), ids, dtype);
  std::vector<Value> rows;
  for (const Value& part : held_in(ids.graph())) rows.push_back(take(part, ids));
  return dequantize(*spec_->format, rows, spec_->dims.back(), dtype);
}

const ParameterSpec* ParameterSet::declare(ParameterSpec spec) {
  if (const ParameterSpec* known = find(spec.name)) {
    if (known->dims != spec.dims)
      throw Error(ErrorCode::kShapeMismatch, spec.name,
                  fmt::format("is shared by layers that want {} and {}", known->dims, spec.dims));
    return known;
  }
  static_cast<void>(spec.shape());  // throws for sizes that no memory holds, before anything asks for them
  ParameterSpec& added = specs_.emplace_back(std::move(spec));
  by_name_.emplace(added.name, &added);
  return &added;
}

ParameterSpec* ParameterSet::find(std::string_view name) {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

const ParameterSpec* ParameterSet::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

void ParameterSet::add_copy(std::string_view name, std::string copy) {
  find(name)->copies.push_back(std::move(copy));
}

Scope Scope::operator/(std::string_view name) const {
  return Scope(*set_, prefix_.empty() ? std::string(name) : fmt::format("{}.{}", prefix_, name));
}

Weight Scope::weight(std::string_view leaf, std::vector<int64_t> dims, Initializer initializer,
                     ParameterRole role, std::optional<PackedPlace> packed) const {
  return Weight(set_->declare({.name = (*this / leaf).prefix(),
                               .dims = std::move(dims),
                               .initializer = initializer,
                               .role = role,
                               .packed = std::move(packed)}));
}

}  // namespace easydel::nn
