// TerminalProgress: draws the progress of one task on stderr: a bar on a terminal, a line at the end of each long task
// elsewhere.
#pragma once

#include <chrono>
#include <string>

#include "easydel/progress.h"

namespace easydel::cli {

class TerminalProgress : public ProgressSink {
 public:
  TerminalProgress();

  void begin(std::string_view label, uint64_t total, ProgressUnit unit) override;
  void advance(uint64_t amount) override;
  void end() override;

 private:
  using Clock = std::chrono::steady_clock;

  void draw();
  std::string amounts() const;

  bool terminal_;
  std::string label_;
  uint64_t done_ = 0, total_ = 0;
  ProgressUnit unit_ = ProgressUnit::kItems;
  Clock::time_point started_, drawn_;
  bool visible_ = false;
};

}  // namespace easydel::cli
