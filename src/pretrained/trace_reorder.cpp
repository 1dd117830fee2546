#include "pretrained/trace_reorder.h"

#include "base/format.h"
#include "graph/ops.h"

namespace easydel {

Graph trace_reorder(const ReorderKey& key, std::span<const nn::CacheLayout> layout) {
  Graph graph;
  const Value rows = graph.parameter("rows", Shape(DType::kI32, {key.rows}));
  const auto reorder = [&](const std::string& name, int64_t length, int64_t heads, int64_t dim) {
    const Value cache =
        graph.parameter(name, Shape(key.cache_dtype, {key.batch, length, heads, dim}), ParameterKind::kState);
    if (key.rows == key.batch)
      graph.set_output_alias(name, take(cache, rows), name);
    else
      graph.set_output("reordered." + name, take(cache, rows));
  };
  const auto reorder_layers = [&](std::string_view name, int64_t length) {
    for (size_t layer = 0; layer < layout.size(); ++layer) {
      reorder(fmt::format("{}.{}.key", name, layer), length, layout[layer].kv_heads, layout[layer].key_dim);
      reorder(fmt::format("{}.{}.value", name, layer), length, layout[layer].kv_heads,
              layout[layer].value_dim);
    }
  };
  reorder_layers("cache", key.capacity);
  if (key.source_length > 0) reorder_layers("source", key.source_length);
  return graph;
}

}  // namespace easydel
