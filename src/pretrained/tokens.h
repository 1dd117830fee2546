// Host tensors of tokens: checking and cutting them for programs.
//
//   const HostTensor ids = as_tokens(inputs.input_ids, "input_ids", "forward");   // i32 [batch, length]
//   const HostTensor padded = pad_right(ids, 16, 0);                              // [batch, 16]
#pragma once

#include <string_view>

#include "easydel/host_tensor.h"

namespace easydel {

/// As i32. Error(kShapeMismatch) that names the tensor unless it holds integers or bools [batch, length].
HostTensor as_tokens(const HostTensor& tensor, std::string_view name, std::string_view operation);

/// i32 [batch, length] of ones: a mask that hides nothing.
HostTensor ones(int64_t batch, int64_t length);
/// Columns [begin, end) of an i32 [batch, seq] tensor.
HostTensor columns(const HostTensor& tensor, int64_t begin, int64_t end);
/// An i32 [batch, seq] tensor with `fill` behind each row up to `length`.
HostTensor pad_right(const HostTensor& tensor, int64_t length, int32_t fill);
/// The first `seq` positions of a [batch, length, ...] tensor.
HostTensor without_padding(const HostTensor& tensor, int64_t seq);

}  // namespace easydel
