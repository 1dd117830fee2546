#include "engine/pjrt/emit/layer_loops.h"

#include <algorithm>
#include <limits>

#include "base/format.h"
#include "engine/pjrt/emit/loop_matcher.h"

namespace easydel::pjrt {
namespace {

// Kinds of layers that alternate come in twos, threes (two recurrent, one attention), fours and sixes.
constexpr int64_t kMaxPeriod = 8;

/// What each layer computes, as numbers that are equal for layers which may be trips of one loop: which ops on which
/// rows of which stacks, with what came from other layers as an unknown.
class LayerKinds {
 public:
  LayerKinds(const Graph& graph, const Signature& signature) : graph_(graph), signature_(signature) {
    const auto nodes = static_cast<size_t>(graph.node_count());
    layers_.assign(nodes, kNoLayer);
    kinds_.assign(nodes, 0);
    for (int32_t node = 0; node < graph.node_count(); ++node) classify(node);
    for (const auto& [layer, readers] : readers_) layer_kinds_[layer] = kind_of(layer, readers);
    // What comes into the first layer is made by no layer, so it looks unlike the others.
    if (!layer_kinds_.empty()) layer_kinds_.begin()->second = kAnyKind;
  }

  /// Layers by number; kAnyKind may be any.
  const std::map<int64_t, int64_t>& layers() const { return layer_kinds_; }

  static constexpr int64_t kAnyKind = -1;

 private:
  static constexpr int64_t kNoLayer = -1;

  /// The last layer whose rows a node depends on, and the number of its kind within that layer.
  void classify(int32_t index) {
    const Node& node = graph_.node(index);
    int64_t& layer = layers_[static_cast<size_t>(index)];
    if (const StackRow* row = signature_.row({index, 0})) {
      layer = row->layer;
      kinds_[static_cast<size_t>(index)] = number(fmt::format("row of {}", row->argument));
      return;
    }
    bool reads = false;
    for (const ValueId input : node.inputs) layer = std::max(layer, layer_of(input));
    std::string work = fmt::format("{}{}", node.op->name, node.attributes.to_string());
    for (const Shape& shape : node.outputs) work += fmt::format(" {}", shape);
    for (const ValueId input : node.inputs) {
      reads = reads || signature_.row(input) != nullptr;
      if (layer_of(input) == kNoLayer)
        work += fmt::format(" ={}.{}", input.node, input.output);
      else if (layer_of(input) < layer)
        work += fmt::format(" before {}", graph_.shape(input));
      else
        work += fmt::format(" {}.{}", kinds_[static_cast<size_t>(input.node)], input.output);
    }
    kinds_[static_cast<size_t>(index)] = number(work);
    if (reads) readers_[layer].push_back(index);
  }

  /// Of all that leads to the readers of the layer's rows within the layer.
  int64_t kind_of(int64_t layer, const std::vector<int32_t>& readers) {
    std::set<int32_t> seen(readers.begin(), readers.end());
    std::vector<int32_t> open = readers;
    std::set<int64_t> kinds;
    while (!open.empty()) {
      const int32_t node = open.back();
      open.pop_back();
      kinds.insert(kinds_[static_cast<size_t>(node)]);
      for (const ValueId input : graph_.node(node).inputs)
        if (layer_of(input) == layer && seen.insert(input.node).second) open.push_back(input.node);
    }
    return number(fmt::format("layer {}", fmt::join(kinds, " ")));
  }

  int64_t layer_of(ValueId value) const { return layers_[static_cast<size_t>(value.node)]; }
  int64_t number(const std::string& work) {
    return numbers_.try_emplace(work, static_cast<int64_t>(numbers_.size())).first->second;
  }

  const Graph& graph_;
  const Signature& signature_;
  std::vector<int64_t> layers_, kinds_;  // by node
  std::map<std::string, int64_t> numbers_;
  std::map<int64_t, std::vector<int32_t>> readers_;  // by layer
  std::map<int64_t, int64_t> layer_kinds_;
};

/// The longest runs of each period, those that save most layers first; of two that save the same the shorter body.
std::vector<LayerRun> runs_of(const std::map<int64_t, int64_t>& kinds) {
  std::vector<LayerRun> runs;
  const auto add = [&](int64_t first, int64_t period, int64_t layers) {
    if (layers >= 2 * period) runs.push_back({first, period, layers / period});
  };
  const auto repeats = [&](int64_t layer, int64_t period) {
    const auto here = kinds.find(layer), there = kinds.find(layer + period);
    return here != kinds.end() && there != kinds.end() &&
           (here->second == there->second || here->second == LayerKinds::kAnyKind);
  };
  for (int64_t period = 1; period <= kMaxPeriod; ++period) {
    for (auto layer = kinds.begin(); layer != kinds.end(); ++layer) {
      const int64_t first = layer->first;
      if (repeats(first - 1, period)) continue;  // inside a run
      int64_t end = first;
      while (repeats(end, period)) ++end;
      add(first, period, end - first + period);
      // The first layer may be a kind of its own after all.
      if (layer == kinds.begin()) add(first + 1, period, end - first + period - 1);
    }
  }
  std::ranges::stable_sort(runs, [](const LayerRun& a, const LayerRun& b) {
    const auto saved = [](const LayerRun& run) { return (run.trips - 1) * run.period; };
    return saved(a) > saved(b);
  });
  return runs;
}

}  // namespace

std::vector<LayerLoop> find_layer_loops(const Graph& graph, const Signature& signature) {
  if (signature.rows().empty()) return {};
  const LayerKinds kinds(graph, signature);
  const GraphIndex index(graph, signature);
  std::vector<LayerLoop> loops;
  std::set<int64_t> taken;
  for (const LayerRun& run : runs_of(kinds.layers())) {
    const int64_t end = run.first_layer + run.trips * run.period;
    const auto overlap = taken.lower_bound(run.first_layer);
    if (overlap != taken.end() && *overlap < end) continue;
    std::optional<LayerLoop> loop = LoopMatcher(index, run).match();
    if (!loop) continue;
    for (int64_t layer = run.first_layer; layer < end; ++layer) taken.insert(layer);
    loops.push_back(std::move(*loop));
  }
  return loops;
}

}  // namespace easydel::pjrt
