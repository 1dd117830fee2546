#include "cli/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <map>

#include "base/layer_name.h"
#include "easydel/error.h"

namespace easydel::cli {
namespace {

constexpr size_t kShownCollectives = 8;

std::string bytes_text(uint64_t bytes) {
  constexpr std::array<std::string_view, 4> kUnits = {"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  for (; value >= 1000 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return fmt::format("{:.{}f} {}", value, value < 10 ? 2 : 1, kUnits[unit]);
}

// Layers that lie alike share a row.
struct Row {
  std::string name, shape, spec, shard;
  uint64_t bytes = 0;
  int count = 0;
};

std::vector<Row> parameter_rows(const ShardingPlan& plan, bool every) {
  std::vector<Row> rows;
  std::map<std::string, size_t> index;
  for (const ParameterPlan& parameter : plan.parameters) {
    Row row{.name = every ? parameter.name : any_layer(parameter.name),
            .shape = parameter.shape.to_string(),
            .spec = parameter.sharding.spec().to_string(),
            .shard = parameter.sharding.shard_shape(parameter.shape).to_string()};
    const auto [found, is_new] =
        index.emplace(fmt::format("{} {} {}", row.name, row.shape, row.spec), rows.size());
    if (is_new) rows.push_back(std::move(row));
    rows[found->second].bytes += parameter.bytes_per_device;
    ++rows[found->second].count;
  }
  return rows;
}

std::string collectives_text(std::string_view title, const StepPlan& step) {
  std::string text = fmt::format("\n## {}\n\n", title);
  if (step.collectives.empty()) return text + "Nothing is exchanged.\n";
  text += "| exchange | over | devices | each | times | in all |\n|---|---|---:|---:|---:|---:|\n";
  for (size_t i = 0; i < std::min(kShownCollectives, step.collectives.size()); ++i) {
    const CollectivePlan& row = step.collectives[i];
    text += fmt::format("| {}: {} | {} | {} | {} | {} | {} |\n", row.op, row.what, fmt::join(row.axes, ", "),
                        row.devices, bytes_text(row.bytes), row.count, bytes_text(row.total_bytes()));
  }
  if (step.collectives.size() > kShownCollectives)
    text += fmt::format("\n{} smaller kinds are left out.\n", step.collectives.size() - kShownCollectives);
  return text;
}

std::string programs_text(const ShardingPlan& plan) {
  std::vector<std::string> pieces;
  for (const PromptPiece& piece : plan.prompt_pieces)
    pieces.push_back(piece.tokens == piece.length
                         ? fmt::format("{}", piece.tokens)
                         : fmt::format("{} padded to {}", piece.tokens, piece.length));
  return fmt::format(
      "\n## Programs of a PJRT engine\n\nCompiled as they are needed, for {} positions; 1 decodes.\n"
      "A prompt of {} token{} is fed as {}.\n",
      fmt::join(plan.program_lengths, ", "), plan.prompt_length, plan.prompt_length == 1 ? "" : "s",
      fmt::join(pieces, ", then "));
}

nlohmann::ordered_json programs_json(const ShardingPlan& plan) {
  auto pieces = nlohmann::ordered_json::array();
  for (const PromptPiece& piece : plan.prompt_pieces)
    pieces.push_back({{"tokens", piece.tokens}, {"length", piece.length}});
  return {{"lengths", plan.program_lengths}, {"prompt", pieces}};
}

nlohmann::ordered_json collectives_json(const StepPlan& step) {
  auto rows = nlohmann::ordered_json::array();
  for (const CollectivePlan& row : step.collectives)
    rows.push_back({{"op", row.op},
                    {"what", row.what},
                    {"axes", row.axes},
                    {"devices", row.devices},
                    {"bytes", row.bytes},
                    {"count", row.count}});
  return {{"activation_bytes", step.activation_bytes}, {"collectives", rows}};
}

std::string verdict(const ShardingPlan& plan, uint64_t memory) {
  if (memory == 0) return "";
  const uint64_t needed = plan.bytes_per_device();
  if (needed <= memory)
    return fmt::format("\nIt **fits** in {}: {} stay free.\n", bytes_text(memory),
                       bytes_text(memory - needed));
  return fmt::format("\nIt **does not fit** in {}: {} are missing.\n", bytes_text(memory),
                     bytes_text(needed - memory));
}

}  // namespace

uint64_t parse_bytes(std::string_view text) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1},     {"B", 1},     {"kB", 1e3},   {"KB", 1e3},           {"MB", 1e6},
      {"GB", 1e9}, {"TB", 1e12}, {"KiB", 1024}, {"MiB", 1048576},      {"GiB", 1073741824},
      {"M", 1e6},  {"G", 1e9},   {"T", 1e12},   {"TiB", 1099511627776}};
  double number = 0;
  const auto [rest, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(rest, static_cast<size_t>(text.data() + text.size() - rest));
  for (const auto& [name, factor] : kUnits) {
    const double bytes = number * factor;
    if (status == std::errc() && unit == name && bytes >= 1 && bytes < 1e18)
      return static_cast<uint64_t>(bytes);
  }
  throw Error(ErrorCode::kInvalidArgument, "--device-memory",
              fmt::format("\"{}\" is no size; write 80GB, 24GiB or bytes", text));
}

std::string plan_text(const ShardingPlan& plan, const PlanView& view) {
  std::string text = fmt::format("# Plan for {} device{}: {}\n\n", plan.mesh.device_count(),
                                 plan.mesh.device_count() == 1 ? "" : "s", plan.mesh.to_string());
  text += fmt::format("Weights in {}, {} row{}, prompts of {} tokens, a cache of {} positions.\n\n",
                      to_string(plan.dtype), plan.batch, plan.batch == 1 ? "" : "s", plan.prompt_length,
                      plan.cache_length);
  text += "| on each device | bytes |\n|---|---:|\n";
  text += fmt::format("| weights ({} in all) | {} |\n", bytes_text(plan.total_weight_bytes),
                      bytes_text(plan.weight_bytes));
  text += fmt::format("| key-value cache, {} | {} |\n", plan.cache_sharding.spec().to_string(),
                      bytes_text(plan.cache_bytes));
  text += fmt::format("| activations (estimate) | {} |\n", bytes_text(plan.activation_bytes()));
  text += fmt::format("| **together** | **{}** |\n", bytes_text(plan.bytes_per_device()));
  text += verdict(plan, view.device_memory);
  for (const std::string& warning : plan.warnings) text += fmt::format("\nNote: {}.\n", warning);

  text += "\n## Parameters\n\nSpecs are for the stored shapes: linear weights are [out, in].\n\n";
  text += "| parameter | shape | spec | on each device | bytes |\n|---|---|---|---|---:|\n";
  for (const Row& row : parameter_rows(plan, view.parameters))
    text += fmt::format("| {}{} | {} | {} | {} | {} |\n", row.name,
                        row.count > 1 ? fmt::format(" ({} layers)", row.count) : "", row.shape, row.spec,
                        row.shard, bytes_text(row.bytes));
  text += collectives_text("Exchanged in a decoding step (estimate)", plan.decode);
  text += collectives_text(fmt::format("Exchanged in a prefill of {} tokens (estimate)", plan.prompt_length),
                           plan.prefill);
  return text + programs_text(plan);
}

nlohmann::ordered_json plan_json(const ShardingPlan& plan, const PlanView& view) {
  auto parameters = nlohmann::ordered_json::array();
  for (const ParameterPlan& parameter : plan.parameters)
    parameters.push_back({{"name", parameter.name},
                          {"path", parameter.path},
                          {"shape", parameter.shape.dims()},
                          {"spec", parameter.sharding.spec().to_string()},
                          {"shard_shape", parameter.sharding.shard_shape(parameter.shape).dims()},
                          {"bytes_per_device", parameter.bytes_per_device}});
  nlohmann::ordered_json axes = nlohmann::ordered_json::object();
  for (size_t axis = 0; axis < plan.mesh.axis_names().size(); ++axis)
    axes[plan.mesh.axis_names()[axis]] = plan.mesh.axis_dims()[axis];
  nlohmann::ordered_json json = {{"mesh", axes},
                                 {"devices", plan.mesh.device_count()},
                                 {"dtype", to_string(plan.dtype)},
                                 {"batch", plan.batch},
                                 {"prompt_tokens", plan.prompt_length},
                                 {"cache_positions", plan.cache_length},
                                 {"bytes_per_device",
                                  {{"weights", plan.weight_bytes},
                                   {"cache", plan.cache_bytes},
                                   {"activations", plan.activation_bytes()},
                                   {"total", plan.bytes_per_device()}}},
                                 {"total_weight_bytes", plan.total_weight_bytes}};
  if (view.device_memory > 0) {
    json["device_memory"] = view.device_memory;
    json["fits"] = plan.bytes_per_device() <= view.device_memory;
  }
  json["cache_spec"] = plan.cache_sharding.spec().to_string();
  json["parameters"] = parameters;
  json["decode"] = collectives_json(plan.decode);
  json["prefill"] = collectives_json(plan.prefill);
  json["programs"] = programs_json(plan);
  json["warnings"] = plan.warnings;
  return json;
}

}  // namespace easydel::cli
