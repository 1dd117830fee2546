// OpKernel: one op of the native engine outside of a program, on memory that others own.
//
//   OpKernel kernel(node, shapes, detected_isa(), pool);
//   kernel.run(operands, results);    // pointers, in the node's order
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/native/lower/lowering.h"

namespace easydel::native {

class OpKernel {
 public:
  static bool exists(const OpInfo& op) { return lowering_table().find(op) != nullptr; }

  /// `inputs` are the shapes of the node's operands. The pool must live longer. Throws what the op's lowering throws.
  OpKernel(const Node& node, std::span<const Shape> inputs, Isa isa, ThreadPool& pool);

  /// Contiguous, row-major, aligned to their element. Safe to call from several threads; they take turns on the pool.
  void run(std::span<std::byte* const> inputs, std::span<std::byte* const> outputs) const;

 private:
  std::vector<Shape> inputs_, outputs_;
  ThreadPool& pool_;
  Step step_;
};

}  // namespace easydel::native
