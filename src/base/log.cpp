#include "base/log.h"

#include <atomic>
#include <mutex>
#include <utility>

namespace easydel {
namespace {

constexpr int kNobody = static_cast<int>(LogLevel::kError) + 1;

struct State {
  std::mutex mutex;
  LogHandler handler;
  std::atomic<int> least{kNobody};  ///< read without the mutex, so that dropped messages cost nothing
};

State& state() {
  static State instance;
  return instance;
}

}  // namespace

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "unknown";
}

void set_log_handler(LogHandler handler, LogLevel least) {
  const std::lock_guard lock(state().mutex);
  state().least = handler ? static_cast<int>(least) : kNobody;
  state().handler = std::move(handler);
}

bool log_enabled(LogLevel level) {
  return static_cast<int>(level) >= state().least.load(std::memory_order_relaxed);
}

void log(LogLevel level, std::string_view message) {
  if (!log_enabled(level)) return;
  const std::lock_guard lock(state().mutex);
  if (state().handler) state().handler(level, message);
}

}  // namespace easydel
