#include "cli/terminal_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace easydel::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 200ms;         // shorter tasks show nothing
constexpr auto kTerminalInterval = 80ms;  // between two drawings of the bar
constexpr auto kLineInterval = 5s;        // between two lines where there is no terminal
constexpr int kBarWidth = 28;

std::string amount_text(uint64_t amount, ProgressUnit unit) {
  switch (unit) {
    case ProgressUnit::kBytes:
      return fmt::format("{:.1f} MB", static_cast<double>(amount) / 1e6);
    case ProgressUnit::kTokens:
      return fmt::format("{} tokens", amount);
    case ProgressUnit::kSteps:
      return fmt::format("{} steps", amount);
    case ProgressUnit::kItems:
      break;
  }
  return fmt::format("{}", amount);
}

}  // namespace

TerminalProgress::TerminalProgress() : terminal_(isatty(STDERR_FILENO) != 0) {}

void TerminalProgress::begin(std::string_view label, uint64_t total, ProgressUnit unit) {
  label_ = label;
  done_ = 0;
  total_ = total;
  unit_ = unit;
  started_ = Clock::now();
  drawn_ = started_ + kPatience -
           (terminal_ ? Clock::duration(kTerminalInterval) : Clock::duration(kLineInterval));
  visible_ = false;
}

void TerminalProgress::advance(uint64_t amount) {
  done_ += amount;
  const auto now = Clock::now();
  if (now - started_ < kPatience) return;
  if (now - drawn_ < (terminal_ ? Clock::duration(kTerminalInterval) : Clock::duration(kLineInterval)))
    return;
  drawn_ = now;
  draw();
}

void TerminalProgress::end() {
  if (!visible_) return;
  draw();
  if (terminal_) std::fputc('\n', stderr);
}

std::string TerminalProgress::amounts() const {
  if (total_ == 0) return amount_text(done_, unit_);
  const ProgressUnit unit = unit_ == ProgressUnit::kBytes ? unit_ : ProgressUnit::kItems;
  return fmt::format("{} of {}", amount_text(done_, unit), amount_text(total_, unit_));
}

void TerminalProgress::draw() {
  visible_ = true;
  if (!terminal_) {
    fmt::print(stderr, "{}: {}\n", label_, amounts());
    return;
  }
  const double share =
      total_ == 0 ? 0 : std::min(1.0, static_cast<double>(done_) / static_cast<double>(total_));
  const int filled = static_cast<int>(share * kBarWidth);
  fmt::print(stderr, "\r\033[K{} [{:=<{}}{:<{}}] {}", label_, "", filled, "", kBarWidth - filled, amounts());
  std::fflush(stderr);
}

}  // namespace easydel::cli
