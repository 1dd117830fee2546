#include "easydel/shape.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "easydel/error.h"

namespace easydel {

Shape::Shape(DType dtype, std::span<const int64_t> dims) : dtype_(dtype) {
  if (dims.size() > kMaxRank)
    throw Error(ErrorCode::kInvalidArgument, "shape",
                fmt::format("{} axes; at most {} are supported", dims.size(), kMaxRank));
  constexpr int64_t kMaxElements = int64_t{1} << 59;
  rank_ = static_cast<int>(dims.size());
  bool empty = false;
  for (int axis = 0; axis < rank_; ++axis) {
    const int64_t dim = dims[axis];
    if (dim < 0)
      throw Error(ErrorCode::kInvalidArgument, "shape",
                  fmt::format("axis {} has the negative size {}", axis, dim));
    if (dim == 0) empty = true;
    if (dim > 0 && (__builtin_mul_overflow(elements_, dim, &elements_) || elements_ > kMaxElements))
      throw Error(ErrorCode::kInvalidArgument, "shape",
                  fmt::format("[{}] is too large", fmt::join(dims, ",")));
    dims_[axis] = dim;
  }
  if (empty) elements_ = 0;
}

int64_t Shape::dim(int axis) const {
  const int index = axis < 0 ? axis + rank_ : axis;
  if (index < 0 || index >= rank_)
    throw Error(ErrorCode::kInvalidArgument, "shape",
                fmt::format("axis {} of {} does not exist", axis, to_string()));
  return dims_[index];
}

std::string Shape::to_string() const {
  return fmt::format("{}[{}]", easydel::to_string(dtype_), fmt::join(dims(), ","));
}

}  // namespace easydel
