#include "nn/cache.h"

namespace easydel::nn {

std::vector<CachePart> cache_parts(const CacheLayout& layout, DType dtype, int64_t batch, int64_t length) {
  const auto shape = [&](DType part_dtype, int64_t dim) {
    return Shape(part_dtype, {batch, length, layout.kv_heads, dim});
  };
  const CachePart keys{"key", &LayerCache::key, shape(dtype, layout.key_dim)};
  const CachePart values{"value", &LayerCache::value, shape(dtype, layout.value_dim)};
  if (dtype != DType::kI8) return {keys, values};
  const Shape scales = shape(DType::kF32, 1);
  return {keys,
          {"key_scale", &LayerCache::key_scale, scales},
          values,
          {"value_scale", &LayerCache::value_scale, scales}};
}

}  // namespace easydel::nn
