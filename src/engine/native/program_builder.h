// Builder: turns a graph into the steps, buffers and arena plan of a Program.
#pragma once

#include <vector>

#include "engine/native/memory_plan.h"
#include "engine/native/program.h"

namespace easydel::native {

class Program::Builder {
 public:
  Builder(Program& program, const std::map<std::string, Buffer, std::less<>>& weights, Isa isa);
  void build();

 private:
  /// A stretch of memory that one or more values share, one after the other.
  struct BufferRecord {
    BufferPlace place;
    size_t bytes = 0;
    int32_t first = 0;  ///< step that writes it first
    int32_t last = 0;   ///< last step that reads any of its values
    bool writable = false;
  };

  int32_t end() const { return program_.graph_.node_count(); }
  int32_t& last_use(ValueId id) {
    return last_use_[static_cast<size_t>(id.node)][static_cast<size_t>(id.output)];
  }
  size_t& buffer_of(ValueId id) {
    return buffer_of_[static_cast<size_t>(id.node)][static_cast<size_t>(id.output)];
  }

  void find_last_uses();
  void place_parameters(const std::map<std::string, Buffer, std::less<>>& weights);
  void place_constant(int32_t index);
  void lower_node(int32_t index);
  /// Node `index`, and those behind it that run in the same step.
  std::vector<int32_t> nodes_of_step(int32_t index) const;
  size_t place_first_output(int32_t index, OutputStorage storage);
  bool may_take_over(size_t buffer, int32_t index, size_t bytes) const;
  size_t new_arena_buffer(size_t bytes, int32_t first, int32_t last);
  size_t add_fixed(HostTensor tensor);
  void place_outputs();
  void finish();

  void add_copy_step(int32_t index, size_t source, size_t target, const Shape& shape);
  size_t add_tensor(size_t buffer, const Shape& shape);

  Program& program_;
  Isa isa_;
  std::vector<std::vector<int32_t>> last_use_;
  std::vector<std::vector<size_t>> buffer_of_;
  std::vector<BufferRecord> buffers_;
  std::vector<bool> is_lowered_;        // per node: an earlier one's step computes it
  std::vector<size_t> tensor_buffer_;   // per tensor of the program: its buffer
  std::vector<size_t> scratch_buffer_;  // per step: its scratch buffer, or SIZE_MAX
};

}  // namespace easydel::native
