#include "engine/pjrt/emit/emission.h"

namespace easydel::pjrt {

// Each family file of ops/ registers its ops; the build writes the list of families.
#define EASYDEL_ENTRY(family) void register_##family(EmissionTable& table);
#include "pjrt_emissions.inc"
#undef EASYDEL_ENTRY

const EmissionTable& emission_table() {
  static const EmissionTable kTable = [] {
    EmissionTable table;
#define EASYDEL_ENTRY(family) register_##family(table);
#include "pjrt_emissions.inc"
#undef EASYDEL_ENTRY
    return table;
  }();
  return kTable;
}

}  // namespace easydel::pjrt
