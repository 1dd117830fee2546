#include "nn/parameters.h"

#include "base/format.h"
#include "easydel/error.h"

namespace easydel::nn {

const ParameterSpec* ParameterSet::declare(ParameterSpec spec) {
  if (ParameterSpec* known = find(spec.name)) {
    if (known->dims != spec.dims)
      throw Error(ErrorCode::kShapeMismatch, "parameter",
                  fmt::format("\"{}\" is declared as [{}] and as [{}]", spec.name,
                              fmt::join(known->dims, ","), fmt::join(spec.dims, ",")));
    return known;
  }
  (void)Shape(spec.dtype, spec.dims);  // refuses impossible sizes
  specs_.push_back(std::move(spec));
  by_name_.emplace(specs_.back().name, &specs_.back());
  return &specs_.back();
}

ParameterSpec* ParameterSet::find(std::string_view name) {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

const ParameterSpec* ParameterSet::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

Scope Scope::operator/(std::string_view name) const {
  return Scope(*set_, prefix_.empty() ? std::string(name) : fmt::format("{}.{}", prefix_, name));
}

Weight Scope::weight(std::string_view leaf, std::vector<int64_t> dims, Initializer initializer,
                     ParameterRole role) const {
  return Weight(set_->declare({(*this / leaf).prefix(), std::move(dims), initializer, role}));
}

}  // namespace easydel::nn
