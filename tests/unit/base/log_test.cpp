#include "base/log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace easydel {
namespace {

TEST(Log, ReachesTheHandlerFromItsLevelOn) {
  std::vector<std::string> lines;
  log(LogLevel::kError, "dropped: nobody listens");
  set_log_handler(
      [&](LogLevel level, std::string_view message) {
        lines.push_back(std::string(to_string(level)) + ": " + std::string(message));
      },
      LogLevel::kWarning);
  EXPECT_FALSE(log_enabled(LogLevel::kInfo));
  log(LogLevel::kInfo, "dropped: below the level");
  log(LogLevel::kWarning, "one");
  log(LogLevel::kError, "two");
  set_log_handler({});
  EXPECT_FALSE(log_enabled(LogLevel::kError));
  log(LogLevel::kError, "dropped: nobody listens");
  EXPECT_EQ(lines, (std::vector<std::string>{"warning: one", "error: two"}));
}

}  // namespace
}  // namespace easydel
