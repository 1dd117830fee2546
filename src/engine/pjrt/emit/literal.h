// Types and constants in MLIR's textual form.
//
//   type_text(Shape(DType::kU8, {2, 3}));                      // "tensor<2x3xui8>"
//   literal_text(HostTensor::from<float>({2}, {0.5f, 0.5f}));  // "dense<0.5>"
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "easydel/host_tensor.h"

namespace easydel::pjrt {

/// "f32", "ui8", "i1"; Error(kInternal) for kAuto.
std::string_view element_type_text(DType dtype);
/// "tensor<2x3xf32>"; "tensor<f32>" for a scalar.
std::string type_text(const Shape& shape);

/// The attribute of a constant: equal elements as one number, others as a hexadecimal string of their bytes.
/// Nothing for differing bools, whose bytes MLIR's versions pack differently: emit them as numbers and convert.
std::optional<std::string> literal_text(const HostTensor& literal);

/// One number of `dtype`: the shortest decimal that reads back as the same bits; bits for infinities and NaN.
std::string number_text(double value, DType dtype);

}  // namespace easydel::pjrt
