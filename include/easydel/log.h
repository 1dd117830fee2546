// Log messages: what the library has to say beside results and errors, such as a tensor that was left unused.
//
//   easydel::set_log_handler([](easydel::LogLevel level, std::string_view message) {
//     std::cerr << easydel::to_string(level) << ": " << message << '\n';
//   });
//
// The library never prints: without a handler messages are dropped. The `easydel` program installs one on stderr.
#pragma once

#include <functional>
#include <string_view>

namespace easydel {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// "debug", "info", "warning" or "error".
std::string_view to_string(LogLevel level);

using LogHandler = std::function<void(LogLevel level, std::string_view message)>;

/// Sends messages of `least` and above to `handler`, for the whole process; an empty one drops them. The handler may
/// be called from any thread, one call at a time, and must not log itself.
void set_log_handler(LogHandler handler, LogLevel least = LogLevel::kInfo);

}  // namespace easydel
