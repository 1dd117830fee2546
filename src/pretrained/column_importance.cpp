// column_importance(): mean products of what linear layers multiply, over a text.
#include <algorithm>
#include <functional>

#include "base/format.h"
#include "easydel/error.h"
#include "pretrained/column_products.h"
#include "pretrained/model_state.h"

namespace easydel {
namespace {

/// Positions [0, length) of one row.
HostTensor counted(int64_t length) {
  HostTensor positions = HostTensor::uninitialized(Shape(DType::kI32, {1, length}));
  for (int64_t i = 0; i < length; ++i)
    positions.mutable_data<int32_t>()[static_cast<size_t>(i)] = static_cast<int32_t>(i);
  return positions;
}

}  // namespace

ColumnImportance EDPretrainedModel::State::column_importance(std::span<const int32_t> ids,
                                                             int64_t context) const {
  const std::string operation = "column_importance";
  require_weights(operation);
  require_generation(operation);
  if (module->encoder() != nullptr)
    throw Error(ErrorCode::kUnsupported, operation,
                "it reads texts with models of one part; quantize encoder-decoders without a calibration");
  const auto size = static_cast<int64_t>(ids.size());
  const int64_t length = std::min({context, size, max_positions});
  if (length < 1)
    throw Error(ErrorCode::kInvalidArgument, operation,
                fmt::format("{} tokens in windows of {}; give at least one of each", size, context));
  const auto outside = std::ranges::find_if(ids, [&](int32_t id) { return id < 0 || id >= vocab_size; });
  if (outside != ids.end())
    throw Error(ErrorCode::kInvalidArgument, operation,
                fmt::format("token {} is outside the vocabulary of {} tokens", *outside, vocab_size));
  const HostTensor positions = counted(length);
  const HostTensor lengths = HostTensor::from<int32_t>({1}, {static_cast<int32_t>(length)});
  TracedProgram traced = traced_program({.seq = length, .column_products = true}, program_source());
  std::vector<std::string> names;
  for (const Output& output : traced.graph.outputs()) names.push_back(output.name);
  traced.options.bindings = weights;
  const std::unique_ptr<Executable> executable = engine->compile(std::move(traced.graph), traced.options);
  ColumnImportance importance;  // sums, until all are there
  int64_t tokens = 0;
  // A last window that is shorter would be a program of its own.
  for (; tokens + length <= size; tokens += length) {
    const auto window = ids.subspan(static_cast<size_t>(tokens), static_cast<size_t>(length));
    const std::vector<Buffer> arguments = {
        upload_rows(HostTensor::from<int32_t>(std::vector<int64_t>{1, length}, window)),
        upload_rows(positions), upload_rows(lengths)};
    const std::vector<Buffer> results = executable->run(arguments);
    for (size_t index = 0; index < results.size(); ++index) {
      if (!names[index].starts_with(kColumnProducts)) continue;
      const HostTensor products = engine->download(results[index]);
      const std::string name = names[index].substr(kColumnProducts.size());
      const auto [sum, is_new] = importance.try_emplace(name);
      if (is_new) sum->second = HostTensor::zeros(products.shape());
      const std::span<float> to = sum->second.mutable_data<float>();
      std::ranges::transform(to, products.data<float>(), to.begin(), std::plus<>());
    }
  }
  for (auto& [name, sum] : importance)
    for (float& product : sum.mutable_data<float>()) product /= static_cast<float>(tokens);
  return importance;
}

ColumnImportance EDPretrainedModel::column_importance(std::span<const int32_t> ids, int64_t context) const {
  const std::lock_guard lock(state_->mutex);
  return state_->column_importance(ids, context);
}

}  // namespace easydel
