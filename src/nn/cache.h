// The tensors that hold the keys and values of a layer.
//
//   for (const CachePart& part : cache_parts(layout, DType::kI8, batch, capacity))
//     layer.*part.value = graph.parameter(part.name, part.shape, ParameterKind::kState);
#pragma once

#include <string_view>
#include <vector>

#include "nn/module.h"

namespace easydel::nn {

/// One tensor of a layer's cache.
struct CachePart {
  std::string_view name;
  Value LayerCache::*value;
  Shape shape;
};

/// Keys and values [batch, length, kv_heads, dim] of `dtype`. Those of kI8 are codes, and each is followed by its f32
/// scales [batch, length, kv_heads, 1] (quantize_rows()).
std::vector<CachePart> cache_parts(const CacheLayout& layout, DType dtype, int64_t batch, int64_t length);

/// The dtype of the keys and values of cross attention beside a cache of `dtype`: they are written once, and never as codes.
inline DType source_cache_dtype(DType dtype) {
  return dtype == DType::kI8 ? DType::kF32 : dtype;
}

}  // namespace easydel::nn
