#include "pretrained/trace_reorder.h"

#include "base/format.h"
#include "graph/ops.h"
#include "nn/cache.h"

namespace easydel {

Graph trace_reorder(const ReorderKey& key, std::span<const nn::CacheLayout> layout) {
  Graph graph;
  const Value rows = graph.parameter("rows", Shape(DType::kI32, {key.rows}));
  const auto reorder = [&](const std::string& name, const Shape& shape) {
    const Value cache = graph.parameter(name, shape, ParameterKind::kState);
    if (key.rows == key.batch)
      graph.set_output_alias(name, take(cache, rows), name);
    else
      graph.set_output("reordered." + name, take(cache, rows));
  };
  const auto reorder_layers = [&](std::string_view name, DType dtype, int64_t length) {
    for (size_t layer = 0; layer < layout.size(); ++layer)
      for (const nn::CachePart& part : nn::cache_parts(layout[layer], dtype, key.batch, length))
        reorder(fmt::format("{}.{}.{}", name, layer, part.name), part.shape);
  };
  reorder_layers("cache", key.cache_dtype, key.capacity);
  if (key.source_length > 0)
    reorder_layers("source", nn::source_cache_dtype(key.cache_dtype), key.source_length);
  return graph;
}

}  // namespace easydel
