#include "engine/native/lower/strided.h"

#include <algorithm>
#include <cstring>

#include "engine/native/lower/dispatch.h"

namespace easydel::native {

std::vector<int64_t> row_major_strides(std::span<const int64_t> dims) {
  std::vector<int64_t> strides(dims.size(), 1);
  for (size_t axis = dims.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * dims[axis];
  return strides;
}

StridedView contiguous_view(std::span<const int64_t> dims) {
  return {{dims.begin(), dims.end()}, row_major_strides(dims), 0};
}

StridedCopy::StridedCopy(const StridedView& source, const StridedView& target, size_t item_bytes)
    : source_start_(source.offset), target_start_(target.offset), item_bytes_(item_bytes) {
  // Axes that follow each other in both buffers become one, so that the innermost run is as long as possible.
  for (size_t axis = 0; axis < source.dims.size(); ++axis) {
    if (source.dims[axis] == 1) continue;
    const bool merges = !dims_.empty() &&
                        source_strides_.back() == source.strides[axis] * source.dims[axis] &&
                        target_strides_.back() == target.strides[axis] * source.dims[axis];
    if (merges) {
      dims_.back() *= source.dims[axis];
      source_strides_.back() = source.strides[axis];
      target_strides_.back() = target.strides[axis];
    } else {
      dims_.push_back(source.dims[axis]);
      source_strides_.push_back(source.strides[axis]);
      target_strides_.push_back(target.strides[axis]);
    }
  }
  if (!dims_.empty()) {
    length_ = dims_.back();
    source_step_ = source_strides_.back();
    target_step_ = target_strides_.back();
    dims_.pop_back();
    source_strides_.pop_back();
    target_strides_.pop_back();
  }
  for (const int64_t dim : dims_) rows_ *= dim;
}

void StridedCopy::run(const std::byte* source, std::byte* target, ThreadPool& pool, int64_t source_offset,
                      int64_t target_offset) const {
  constexpr int64_t kGrainBytes = 1 << 16;
  const auto item = static_cast<int64_t>(item_bytes_);
  const std::byte* from = source + (source_start_ + source_offset) * item;
  std::byte* to = target + (target_start_ + target_offset) * item;
  if (length_ == 0 || rows_ == 0) return;
  const int64_t grain = std::max<int64_t>(1, kGrainBytes / (length_ * item));
  pool.parallel_for(rows_, grain, [&](int64_t begin, int64_t end) { copy_rows(from, to, begin, end); });
}

void StridedCopy::copy_rows(const std::byte* source, std::byte* target, int64_t begin, int64_t end) const {
  with_bytes(item_bytes_, [&](auto tag) {
    using T = typename decltype(tag)::type;
    const auto* from = reinterpret_cast<const T*>(source);
    auto* to = reinterpret_cast<T*>(target);
    for (int64_t row = begin; row < end; ++row) {
      int64_t source_at = 0, target_at = 0;
      for (int64_t rest = row, axis = static_cast<int64_t>(dims_.size()) - 1; axis >= 0; --axis) {
        const auto a = static_cast<size_t>(axis);
        const int64_t coordinate = rest % dims_[a];
        rest /= dims_[a];
        source_at += coordinate * source_strides_[a];
        target_at += coordinate * target_strides_[a];
      }
      if (source_step_ == 1 && target_step_ == 1) {
        std::memcpy(to + target_at, from + source_at, static_cast<size_t>(length_) * sizeof(T));
      } else {
        for (int64_t i = 0; i < length_; ++i)
          to[target_at + i * target_step_] = from[source_at + i * source_step_];
      }
    }
  });
}

}  // namespace easydel::native
