// A sharding plan on the terminal.
//
//   print(plan_text(plan_sharding(config, options), {.device_memory = parse_bytes("80GB")}));
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "easydel/plan.h"

namespace easydel::cli {

struct PlanView {
  uint64_t device_memory = 0;  ///< bytes of each device; 0: not known
  bool parameters = false;     ///< one row per parameter instead of one per kind
};

/// "80GB", "24GiB", "512MB" or plain bytes. Throws Error(kInvalidArgument) that shows the text.
uint64_t parse_bytes(std::string_view text);

/// Markdown: bytes per device, whether they fit, a row per parameter, the largest exchanges of each step.
std::string plan_text(const ShardingPlan& plan, const PlanView& view);
/// The fields that docs/cli.md lists.
nlohmann::ordered_json plan_json(const ShardingPlan& plan, const PlanView& view);

}  // namespace easydel::cli
