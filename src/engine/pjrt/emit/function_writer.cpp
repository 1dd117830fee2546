#include "engine/pjrt/emit/function_writer.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "engine/pjrt/emit/literal.h"

namespace easydel::pjrt {
namespace {

std::vector<std::string> type_texts(std::span<const Shape> shapes) {
  std::vector<std::string> types;
  for (const Shape& shape : shapes) types.push_back(type_text(shape));
  return types;
}

std::string types_text(std::span<const Shape> shapes) {
  return fmt::format("({})", fmt::join(type_texts(shapes), ", "));
}

/// The lines of a region, further in.
std::string indented(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size() - 1) + 1;
    text += fmt::format("  {}", lines.substr(0, end));
    lines.remove_prefix(end);
  }
  return text;
}

std::vector<Shape> shapes_of(const Operands& operands) {
  std::vector<Shape> shapes;
  for (const Operand& operand : operands) shapes.push_back(operand.shape);
  return shapes;
}

}  // namespace

std::string_view comparison_type(DType dtype) {
  if (is_float(dtype)) return "FLOAT";
  return is_signed_integer(dtype) ? "SIGNED" : "UNSIGNED";
}

std::string names_text(const Operands& operands) {
  std::vector<std::string_view> names;
  for (const Operand& operand : operands) names.push_back(operand.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string list_text(std::span<const int64_t> values) {
  return fmt::format("[{}]", fmt::join(values, ", "));
}

std::string array_text(std::span<const int64_t> values) {
  return values.empty() ? "array<i64>" : fmt::format("array<i64: {}>", fmt::join(values, ", "));
}

Operand FunctionWriter::define(std::string_view operation, const Shape& result) {
  const int id = next_++;
  text_ += fmt::format("    %{} = {}\n", id, operation);
  return {fmt::format("%{}", id), result};
}

Operand FunctionWriter::same_type(std::string_view op, const Operands& operands) {
  const Shape& shape = operands.front().shape;
  return define(fmt::format("stablehlo.{} {} : {}", op, names_text(operands), type_text(shape)), shape);
}

Operand FunctionWriter::call(std::string_view op, const Operands& operands, std::string_view arguments,
                             const Shape& result) {
  return define(fmt::format("{} {}{} : {} -> {}", op, names_text(operands), arguments,
                            types_text(shapes_of(operands)), type_text(result)),
                result);
}

Operands FunctionWriter::generic(std::string_view op, const Operands& operands, std::string_view properties,
                                 std::string_view region, std::span<const Shape> results) {
  const int id = next_++;
  const std::string count = results.size() == 1 ? "" : fmt::format(":{}", results.size());
  const std::string body = region.empty() ? "" : fmt::format(" ({{\n{}    }})", region);
  const std::string result_types = results.size() == 1 ? type_text(results[0]) : types_text(results);
  text_ += fmt::format("    %{}{} = \"{}\"({}) <{{{}}}>{} : {} -> {}\n", id, count, op, names_text(operands),
                       properties, body, types_text(shapes_of(operands)), result_types);
  Operands values;
  for (size_t index = 0; index < results.size(); ++index)
    values.push_back(
        {results.size() == 1 ? fmt::format("%{}", id) : fmt::format("%{}#{}", id, index), results[index]});
  return values;
}

Operands FunctionWriter::counted_loop(int64_t trips, const Operands& initial,
                                      std::span<const std::string> names, const LoopBody& body) {
  const Shape counter(DType::kI32, {});
  const Operand trip{"%trip", counter};
  const auto return_line = [](const Operands& values) {
    return fmt::format("    stablehlo.return {} : {}\n", names_text(values),
                       fmt::join(type_texts(shapes_of(values)), ", "));
  };
  Operands first = {full(0, counter)}, inside;
  first.insert(first.end(), initial.begin(), initial.end());
  std::string bindings = fmt::format("\n        %trip = {}", first[0].name);
  for (size_t index = 0; index < initial.size(); ++index) {
    inside.push_back({names[index], initial[index].shape});
    bindings += fmt::format(",\n        {} = {}", names[index], initial[index].name);
  }
  const int id = next_++;

  std::string before = std::exchange(text_, "");
  const Operand goes_on = compare("LT", trip, full(static_cast<double>(trips), counter));
  const std::string condition = std::exchange(text_, "") + return_line({goes_on});
  Operands next = {same_type("add", {trip, full(1, counter)})};
  const Operands made = body(trip, inside);
  next.insert(next.end(), made.begin(), made.end());
  const std::string action = std::exchange(text_, std::move(before)) + return_line(next);

  text_ += fmt::format("    %{}:{} = stablehlo.while({}\n    ) : {}\n    cond {{\n{}    }} do {{\n{}    }}\n",
                       id, first.size(), bindings, fmt::join(type_texts(shapes_of(first)), ", "),
                       indented(condition), indented(action));
  Operands results;
  for (size_t index = 0; index < initial.size(); ++index)
    results.push_back({fmt::format("%{}#{}", id, index + 1), initial[index].shape});
  return results;
}

Operand FunctionWriter::constant(const HostTensor& literal) {
  if (const auto text = literal_text(literal))
    return define(fmt::format("stablehlo.constant {} : {}", *text, type_text(literal.shape())),
                  literal.shape());
  return convert(constant(literal.to(DType::kU8)), literal.dtype());
}

Operand FunctionWriter::full(double value, const Shape& shape) {
  const std::string number = shape.elements() == 0 ? "" : number_text(value, shape.dtype());
  return define(fmt::format("stablehlo.constant dense<{}> : {}", number, type_text(shape)), shape);
}

Operand FunctionWriter::compare(std::string_view direction, const Operand& x, const Operand& y) {
  const Shape result = x.shape.with_dtype(DType::kBool);
  const std::string type = type_text(x.shape);
  return define(fmt::format("stablehlo.compare {}, {}, {}, {} : ({}, {}) -> {}", direction, x.name, y.name,
                            comparison_type(x.dtype()), type, type, type_text(result)),
                result);
}

Operand FunctionWriter::select(const Operand& predicate, const Operand& on_true, const Operand& on_false) {
  return define(fmt::format("stablehlo.select {} : {}, {}", names_text({predicate, on_true, on_false}),
                            type_text(predicate.shape), type_text(on_true.shape)),
                on_true.shape);
}

Operand FunctionWriter::convert(const Operand& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  return call("stablehlo.convert", {x}, "", x.shape.with_dtype(dtype));
}

Operand FunctionWriter::broadcast(const Operand& scalar, std::span<const int64_t> dims) {
  return call("stablehlo.broadcast_in_dim", {scalar}, ", dims = []", scalar.shape.with_dims(dims));
}

Operand FunctionWriter::reshape(const Operand& x, std::span<const int64_t> dims) {
  return call("stablehlo.reshape", {x}, "", x.shape.with_dims(dims));
}

}  // namespace easydel::pjrt
