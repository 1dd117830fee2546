// The library's version.
//
//   std::cout << "easydel " << easydel::version() << '\n';   // "easydel 0.1.0"
#pragma once

#include <string_view>

namespace easydel {

/// "major.minor.patch", as in CHANGELOG.md.
std::string_view version();

}  // namespace easydel
