#include "engine/native/lower/lowering.h"

namespace easydel::native {

// Each family file of lower/ registers its ops; the build writes the list of families.
#define EASYDEL_ENTRY(family) void register_##family(LoweringTable& table);
#include "native_lowerings.inc"
#undef EASYDEL_ENTRY

const LoweringTable& lowering_table() {
  static const LoweringTable kTable = [] {
    LoweringTable table;
#define EASYDEL_ENTRY(family) register_##family(table);
#include "native_lowerings.inc"
#undef EASYDEL_ENTRY
    return table;
  }();
  return kTable;
}

}  // namespace easydel::native
