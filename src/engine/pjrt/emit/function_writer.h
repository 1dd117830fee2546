// FunctionWriter: writes the body of one function, an operation per line, and names the values.
//
//   FunctionWriter writer;
//   Operand x{"%arg0", Shape(DType::kF32, {2, 3})};
//   Operand y = writer.same_type("add", {x, writer.full(1.0, x.shape)});
//   writer.text();   // "    %0 = stablehlo.constant dense<1.0> : tensor<2x3xf32>\n    %1 = stablehlo.add %arg0, ..."
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/host_tensor.h"

namespace easydel::pjrt {

/// A value of the function that is being written.
struct Operand {
  std::string name;  ///< "%arg0", "%12", "%3#1"
  Shape shape;

  DType dtype() const { return shape.dtype(); }
};
using Operands = std::vector<Operand>;

class FunctionWriter {
 public:
  const std::string& text() const { return text_; }

  /// An op of StableHLO whose operands and result have one type.
  Operand same_type(std::string_view op, const Operands& operands);
  /// `op` with its dialect, `arguments` between operands and types: "stablehlo.transpose", ", dims = [1, 0]".
  Operand call(std::string_view op, const Operands& operands, std::string_view arguments,
               const Shape& result);
  /// The generic form, for ops with regions; `properties` without braces.
  Operands generic(std::string_view op, const Operands& operands, std::string_view properties,
                   std::string_view region, std::span<const Shape> results);
  /// Calls `body` to write what each trip makes of `values`, in order from `initial` on: the text of a while operation
  /// whose trips count from 0 (i32). Inside, the values have `names`. Returns those after the last trip.
  using LoopBody = std::function<Operands(const Operand& trip, const Operands& values)>;
  Operands counted_loop(int64_t trips, const Operands& initial, std::span<const std::string> names,
                        const LoopBody& body);
  /// Any single operation, from behind "=" on.
  Operand define(std::string_view operation, const Shape& result);

  Operand constant(const HostTensor& literal);
  /// `value` in every element; integers must be exact in a double.
  Operand full(double value, const Shape& shape);
  Operand compare(std::string_view direction, const Operand& x, const Operand& y);
  /// `predicate` is a scalar or has the branches' dims.
  Operand select(const Operand& predicate, const Operand& on_true, const Operand& on_false);
  /// StableHLO's own conversion; `x` itself where nothing changes.
  Operand convert(const Operand& x, DType dtype);
  /// A scalar in every element.
  Operand broadcast(const Operand& scalar, std::span<const int64_t> dims);
  Operand reshape(const Operand& x, std::span<const int64_t> dims);

 private:
  std::string text_;
  int next_ = 0;
};

/// How StableHLO compares elements of the dtype: "FLOAT", "SIGNED" or "UNSIGNED".
std::string_view comparison_type(DType dtype);
/// "a, b".
std::string names_text(const Operands& operands);
/// "[1, 2]".
std::string list_text(std::span<const int64_t> values);
/// "array<i64: 1, 2>"; "array<i64>" when empty.
std::string array_text(std::span<const int64_t> values);

}  // namespace easydel::pjrt
