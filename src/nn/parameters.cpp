#include "nn/parameters.h"

#include "base/format.h"
#include "easydel/error.h"

namespace easydel::nn {

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
