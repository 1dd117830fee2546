// The region of reduce and scatter: how two elements become one.
//
//   combiner_text(ReduceKind::kSum, DType::kF32);
//   //      ^bb0(%a: tensor<f32>, %b: tensor<f32>):
//   //        %c = stablehlo.add %a, %b : tensor<f32>
//   //        stablehlo.return %c : tensor<f32>
#pragma once

#include <string>

#include "engine/pjrt/emit/function_writer.h"
#include "graph/ops/indexing.h"

namespace easydel::pjrt {

/// %a is the element that was there, %b the new one.
std::string combiner_text(ReduceKind kind, DType dtype);

/// The scalar that `kind` leaves every other element unchanged with.
Operand neutral_element(FunctionWriter& writer, ReduceKind kind, DType dtype);

}  // namespace easydel::pjrt
