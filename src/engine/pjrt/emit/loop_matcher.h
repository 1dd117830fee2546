// LoopMatcher: decides whether a run of layers is one loop, by walking its trips in step.
//
//   LoopMatcher matcher(index, {.first_layer = 0, .period = 1, .trips = 30});
//   std::optional<LayerLoop> loop = matcher.match();
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "engine/pjrt/emit/layer_loops.h"

namespace easydel::pjrt {

/// What is asked of a graph again and again, made once.
class GraphIndex {
 public:
  GraphIndex(const Graph& graph, const Signature& signature);

  const Graph& graph() const { return graph_; }
  const Signature& signature() const { return signature_; }
  /// The nodes that read a value, in the graph's order, one entry per operand.
  const std::vector<int32_t>& users(ValueId value) const;
  /// The lowest layer that a node or what depends on it reads a stack for; kNone if no layer does.
  int64_t first_layer(int32_t node) const { return first_layer_[static_cast<size_t>(node)]; }
  /// The parameter of that layer in the stack `argument`, if the graph has it.
  std::optional<ValueId> parameter(size_t argument, int64_t layer) const;
  /// A node that does the same as `like` on these operands; -1 without one.
  int32_t find_node(const Node& like, const std::vector<ValueId>& operands) const;

  static constexpr int64_t kNone = INT64_MAX;

 private:
  const Graph& graph_;
  const Signature& signature_;
  std::map<ValueId, std::vector<int32_t>> users_;
  std::vector<int64_t> first_layer_;
  std::map<std::pair<size_t, int64_t>, ValueId> parameters_;
  std::map<std::vector<ValueId>, std::vector<int32_t>> by_operands_;
};

struct LayerRun {
  int64_t first_layer = 0, period = 1, trips = 0;
};

class LoopMatcher {
 public:
  LoopMatcher(const GraphIndex& index, const LayerRun& run) : index_(index), run_(run) {}
  std::optional<LayerLoop> match();

 private:
  /// The values at one place of the body, by trip.
  using Row = std::vector<ValueId>;

  bool add_anchors();
  bool add_updates();
  bool close_carries();
  bool is_sound() const;

  LoopSource source(const Row& row);
  std::optional<LoopSource> member_source(const Row& row);
  std::optional<LoopSource> body_source(const Row& row);
  std::optional<ValueId> continued(const Row& row);

  const GraphIndex& index_;
  LayerRun run_;
  LayerLoop loop_;
  std::map<Row, LoopSource> sources_;
  std::map<int32_t, std::vector<int32_t>> nodes_by_first_;  // each body node on every trip
  std::multimap<ValueId, const Row*> by_first_;  // the rows of sources_ by their first trip's value
  std::vector<Row> carried_;
};

}  // namespace easydel::pjrt
