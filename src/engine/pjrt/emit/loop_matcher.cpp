#include "engine/pjrt/emit/loop_matcher.h"

#include <algorithm>

namespace easydel::pjrt {
namespace {

// A body hands on a stream or two; more means that the trips were cut at the wrong place.
constexpr size_t kMaxCarries = 16;

bool same_literal(const HostTensor& a, const HostTensor& b) {
  return a.empty() == b.empty() && (a.empty() || std::ranges::equal(a.bytes(), b.bytes()));
}

/// Whether two nodes do the same, whatever they do it to.
bool same_work(const Node& a, const Node& b) {
  return a.op == b.op && a.outputs == b.outputs && a.inputs.size() == b.inputs.size() &&
         a.attributes == b.attributes && same_literal(a.literal, b.literal);
}

}  // namespace

GraphIndex::GraphIndex(const Graph& graph, const Signature& signature)
    : graph_(graph), signature_(signature), first_layer_(static_cast<size_t>(graph.node_count()), kNone) {
  for (const auto& [value, row] : signature.rows()) parameters_[{row.argument, row.layer}] = value;
  for (int32_t node = 0; node < graph.node_count(); ++node) {
    const std::vector<ValueId>& inputs = graph.node(node).inputs;
    for (const ValueId input : inputs) users_[input].push_back(node);
    if (!inputs.empty()) by_operands_[inputs].push_back(node);
  }
  for (int32_t node = graph.node_count() - 1; node >= 0; --node) {
    int64_t& own = first_layer_[static_cast<size_t>(node)];
    for (const ValueId input : graph.node(node).inputs) {
      if (const StackRow* row = signature.row(input)) own = std::min(own, row->layer);
    }
    for (const ValueId input : graph.node(node).inputs) {
      int64_t& before = first_layer_[static_cast<size_t>(input.node)];
      before = std::min(before, own);
    }
  }
}

const std::vector<int32_t>& GraphIndex::users(ValueId value) const {
  static const std::vector<int32_t> kNobody;
  const auto found = users_.find(value);
  return found == users_.end() ? kNobody : found->second;
}

std::optional<ValueId> GraphIndex::parameter(size_t argument, int64_t layer) const {
  const auto found = parameters_.find({argument, layer});
  if (found == parameters_.end()) return std::nullopt;
  return found->second;
}

int32_t GraphIndex::find_node(const Node& like, const std::vector<ValueId>& operands) const {
  const auto found = by_operands_.find(operands);
  if (found == by_operands_.end()) return -1;
  for (const int32_t node : found->second)
    if (same_work(graph_.node(node), like)) return node;
  return -1;
}

std::optional<LayerLoop> LoopMatcher::match() {
  loop_.first_layer = run_.first_layer;
  loop_.period = run_.period;
  loop_.trips = run_.trips;
  if (!add_anchors() || !add_updates() || !close_carries() || !is_sound()) return std::nullopt;
  std::ranges::sort(loop_.body, {}, &LoopNode::node);
  return std::move(loop_);
}

/// Every reader of a stack's row: what the body computes leads to one of them, or on to the next trip.
bool LoopMatcher::add_anchors() {
  const std::vector<Argument>& arguments = index_.signature().arguments();
  for (size_t argument = 0; argument < arguments.size(); ++argument) {
    if (!arguments[argument].is_stack()) continue;
    for (int64_t offset = 0; offset < run_.period; ++offset) {
      std::vector<const std::vector<int32_t>*> users;
      for (int64_t trip = 0; trip < run_.trips; ++trip) {
        const auto parameter = index_.parameter(argument, run_.first_layer + trip * run_.period + offset);
        if (parameter) users.push_back(&index_.users(*parameter));
      }
      if (users.empty()) continue;
      if (users.size() != static_cast<size_t>(run_.trips)) return false;
      for (const auto* of_trip : users)
        if (of_trip->size() != users.front()->size()) return false;
      for (size_t user = 0; user < users.front()->size(); ++user) {
        Row row;
        for (const auto* of_trip : users) row.push_back({(*of_trip)[user], 0});
        if (source(row).kind != LoopSource::Kind::kBody) return false;
      }
    }
  }
  return true;
}

/// The new rows of states: the outputs that take them over.
bool LoopMatcher::add_updates() {
  const Graph& graph = index_.graph();
  for (const Result& result : index_.signature().results()) {
    if (result.outputs.size() < 2) continue;
    std::map<int64_t, ValueId> by_layer;
    for (const size_t output : result.outputs) {
      const auto parameter = static_cast<size_t>(graph.outputs()[output].aliased_parameter);
      by_layer[index_.signature().row(graph.parameters()[parameter].value)->layer] =
          graph.outputs()[output].value;
    }
    for (int64_t offset = 0; offset < run_.period; ++offset) {
      Row states, values;
      for (int64_t trip = 0; trip < run_.trips; ++trip) {
        const int64_t layer = run_.first_layer + trip * run_.period + offset;
        const auto state = index_.parameter(static_cast<size_t>(result.argument), layer);
        if (!state) continue;
        states.push_back(*state);
        values.push_back(by_layer.at(layer));
      }
      if (states.empty() || states == values) continue;  // no such states, or none is written
      if (states.size() != static_cast<size_t>(run_.trips)) return false;
      const LoopSource state = source(states), value = source(values);
      if (state.kind != LoopSource::Kind::kMember || value.kind != LoopSource::Kind::kBody) return false;
      loop_.updates.push_back({state.index, value.value});
    }
  }
  return true;
}

/// A carry's value of the trip after is the body's at the same place; the last trip's goes on to what follows.
bool LoopMatcher::close_carries() {
  for (size_t index = 0; index < carried_.size(); ++index) {
    if (index == kMaxCarries) return false;
    const Row carried = carried_[index];
    Row next(carried.begin() + 1, carried.end());
    const std::optional<ValueId> last = continued(next);
    if (!last) return false;
    next.push_back(*last);
    const LoopSource from = source(next);
    if (from.kind != LoopSource::Kind::kBody) return false;
    loop_.carries.push_back({carried.front(), from.value, *last});
  }
  return true;
}

/// Nodes belong to one trip, what comes from outside does not depend on them, and outside reads only what is handed on.
bool LoopMatcher::is_sound() const {
  const Graph& graph = index_.graph();
  if (loop_.body.empty() || loop_.nodes.size() != loop_.body.size() * static_cast<size_t>(loop_.trips))
    return false;
  std::set<ValueId> handed_on;
  for (const LoopCarry& carry : loop_.carries) handed_on.insert(carry.last);
  const auto is_inside = [&](ValueId value) { return loop_.nodes.contains(value.node); };

  std::vector<bool> depends(static_cast<size_t>(graph.node_count()));
  for (int32_t node = 0; node < graph.node_count(); ++node) {
    const bool inside = loop_.nodes.contains(node);
    depends[static_cast<size_t>(node)] = inside;
    for (const ValueId input : graph.node(node).inputs) {
      if (depends[static_cast<size_t>(input.node)]) depends[static_cast<size_t>(node)] = true;
      if (!inside && is_inside(input) && !handed_on.contains(input)) return false;
    }
  }
  const auto is_outside = [&](ValueId value) { return !depends[static_cast<size_t>(value.node)]; };
  for (const LoopCarry& carry : loop_.carries)
    if (!is_outside(carry.initial)) return false;
  for (const LoopNode& node : loop_.body)
    for (const LoopSource& operand : node.operands)
      if (operand.kind == LoopSource::Kind::kInvariant && !is_outside(operand.value)) return false;

  std::set<std::pair<size_t, int64_t>> updated;
  for (const LoopUpdate& update : loop_.updates)
    for (int64_t trip = 0; trip < loop_.trips; ++trip)
      updated.emplace(loop_.members[update.member].argument, loop_.members[update.member].row(trip));
  for (const Output& output : graph.outputs()) {
    if (!is_inside(output.value) || handed_on.contains(output.value)) continue;
    if (output.aliased_parameter < 0) return false;
    const Parameter& state = graph.parameters()[static_cast<size_t>(output.aliased_parameter)];
    const StackRow* row = index_.signature().row(state.value);
    if (row == nullptr || !updated.contains({row->argument, row->row})) return false;
  }
  return true;
}

LoopSource LoopMatcher::source(const Row& row) {
  const Node& first = index_.graph().node(row.front());
  const auto is_same = [&](ValueId value) {
    const Node& node = index_.graph().node(value);
    return value == row.front() ||
           (node.op == &kConstantOp && same_work(node, first));  // large constants are not merged
  };
  if (std::ranges::all_of(row, is_same)) return {LoopSource::Kind::kInvariant, 0, row.front()};
  if (const auto found = sources_.find(row); found != sources_.end()) return found->second;
  std::optional<LoopSource> found = member_source(row);
  if (!found) found = body_source(row);
  if (!found) {
    found = {LoopSource::Kind::kCarry, carried_.size(), row.front()};
    carried_.push_back(row);
  }
  const auto entry = sources_.emplace(row, *found).first;
  by_first_.emplace(row.front(), &entry->first);
  return *found;
}

std::optional<LoopSource> LoopMatcher::member_source(const Row& row) {
  const StackRow* first = index_.signature().row(row[0]);
  const StackRow* second = index_.signature().row(row[1]);
  if (first == nullptr || second == nullptr) return std::nullopt;
  const LoopMember member{first->argument, first->row, second->row - first->row};
  for (size_t trip = 0; trip < row.size(); ++trip) {
    const StackRow* here = index_.signature().row(row[trip]);
    const auto step = static_cast<int64_t>(trip);
    if (here == nullptr || here->argument != member.argument || here->row != member.row(step) ||
        here->layer != first->layer + step * run_.period)
      return std::nullopt;
  }
  loop_.members.push_back(member);
  return LoopSource{LoopSource::Kind::kMember, loop_.members.size() - 1, row.front()};
}

std::optional<LoopSource> LoopMatcher::body_source(const Row& row) {
  const Graph& graph = index_.graph();
  const Node& first = graph.node(row.front());
  // What a layer before the run reads too was computed there.
  if (first.inputs.empty() || index_.first_layer(row.front().node) < run_.first_layer) return std::nullopt;
  for (const ValueId value : row)
    if (value.output != row.front().output || !same_work(graph.node(value), first)) return std::nullopt;
  LoopNode body{row.front().node, {}};
  for (size_t operand = 0; operand < first.inputs.size(); ++operand) {
    Row operands;
    for (const ValueId value : row) operands.push_back(graph.node(value).inputs[operand]);
    body.operands.push_back(source(operands));
  }
  std::vector<int32_t> nodes;
  for (const ValueId value : row) nodes.push_back(value.node);
  const auto [known, is_new] = nodes_by_first_.try_emplace(body.node, nodes);
  if (!is_new && known->second != nodes) return std::nullopt;
  if (is_new) {
    loop_.nodes.insert(nodes.begin(), nodes.end());
    loop_.body.push_back(std::move(body));
  }
  return LoopSource{LoopSource::Kind::kBody, 0, row.front()};
}

/// The value that follows a row which lacks the last trip.
std::optional<ValueId> LoopMatcher::continued(const Row& row) {
  const auto [begin, end] = by_first_.equal_range(row.front());
  for (auto known = begin; known != end; ++known)
    if (std::equal(row.begin(), row.end(), known->second->begin())) return known->second->back();
  const Node& first = index_.graph().node(row.front());
  if (first.op == &kParameterOp || first.inputs.empty()) return row.front();
  std::vector<ValueId> operands;
  for (size_t operand = 0; operand < first.inputs.size(); ++operand) {
    Row before;
    for (const ValueId value : row) {
      if (!same_work(index_.graph().node(value), first)) return std::nullopt;
      before.push_back(index_.graph().node(value).inputs[operand]);
    }
    const std::optional<ValueId> last = continued(before);
    if (!last) return std::nullopt;
    operands.push_back(*last);
  }
  const int32_t node = index_.find_node(first, operands);
  if (node < 0) return std::nullopt;
  return ValueId{node, row.front().output};
}

}  // namespace easydel::pjrt
