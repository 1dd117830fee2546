// Logging from inside the library; include/easydel/log.h says where messages go.
//
//   if (log_enabled(LogLevel::kWarning)) log(LogLevel::kWarning, fmt::format("{} is not used", name));
#pragma once

#include <string_view>

#include "easydel/log.h"

namespace easydel {

/// Whether a message of this level would reach a handler: ask before building a costly message.
bool log_enabled(LogLevel level);

/// Passes a message on, or drops it.
void log(LogLevel level, std::string_view message);

}  // namespace easydel
