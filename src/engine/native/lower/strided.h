// Strided copies: the common part of transpose, slice, broadcast, reverse, pad, concatenate and dynamic
// slices.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/thread_pool.h"
#include "easydel/shape.h"

namespace easydel::native {

/// Places of a grid of elements in a buffer: element (i, j, ...) is at offset + i * strides[0] + j *
/// strides[1] + ... Counted in elements; strides may be zero or negative.
struct StridedView {
  std::vector<int64_t> dims;
  std::vector<int64_t> strides;
  int64_t offset = 0;
};

/// Row-major strides of dims.
std::vector<int64_t> row_major_strides(std::span<const int64_t> dims);

/// The whole of a contiguous tensor.
StridedView contiguous_view(std::span<const int64_t> dims);

/// Copies the elements at `source` to those at `target`; both have the same dims.
class StridedCopy {
 public:
  StridedCopy(const StridedView& source, const StridedView& target, size_t item_bytes);
  /// Offsets (in elements) are added to those of the views: for positions known only at run time.
  void run(const std::byte* source, std::byte* target, ThreadPool& pool, int64_t source_offset = 0,
           int64_t target_offset = 0) const;

 private:
  void copy_rows(const std::byte* source, std::byte* target, int64_t begin, int64_t end) const;

  std::vector<int64_t> dims_, source_strides_, target_strides_;  // outer axes
  int64_t source_start_ = 0, target_start_ = 0;
  int64_t rows_ = 1;                                        // product of the outer axes
  int64_t length_ = 1, source_step_ = 1, target_step_ = 1;  // the innermost axis
  size_t item_bytes_;
};

}  // namespace easydel::native
