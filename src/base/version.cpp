#include "easydel/version.h"

namespace easydel {

std::string_view version() {
  return EASYDEL_VERSION;
}

}  // namespace easydel
