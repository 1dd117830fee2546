#include <vector>

#include "graph/op.h"

namespace easydel {

// Each family file of graph/ops lists its ops; the build writes the list of families.
#define EASYDEL_ENTRY(family) std::span<const OpInfo* const> family##_ops();
#include "op_families.inc"
#undef EASYDEL_ENTRY

std::span<const OpInfo* const> all_ops() {
  static const std::vector<const OpInfo*> kOps = [] {
    std::vector<const OpInfo*> ops;
#define EASYDEL_ENTRY(family) \
  for (const OpInfo* op : family##_ops()) ops.push_back(op);
#include "op_families.inc"
#undef EASYDEL_ENTRY
    return ops;
  }();
  return kOps;
}

const OpInfo* find_op(std::string_view name) {
  for (const OpInfo* op : all_ops())
    if (op->name == name) return op;
  return nullptr;
}

}  // namespace easydel
