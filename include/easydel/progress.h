// Progress: how long operations (loading, saving, training) tell how far they are.
//
//   class Counter : public easydel::ProgressSink {
//     void begin(std::string_view label, uint64_t total, easydel::ProgressUnit) override { total_ = total; }
//     void advance(uint64_t amount) override { done_ += amount; }
//     void end() override {}
//     uint64_t done_ = 0, total_ = 0;
//   };
//
// The library never prints: without a sink nothing is shown. The `easydel` program installs one that draws a
// bar.
#pragma once

#include <cstdint>
#include <string_view>

namespace easydel {

/// What the numbers of a task count.
enum class ProgressUnit { kItems, kBytes, kTokens, kSteps };

/// Receives the progress of one task at a time, on the thread that runs the task.
class ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  /// A task starts. `total` is 0 when it is not known.
  virtual void begin(std::string_view label, uint64_t total, ProgressUnit unit) = 0;
  /// `amount` more units are done.
  virtual void advance(uint64_t amount) = 0;
  /// The task is over, finished or abandoned.
  virtual void end() = 0;
};

/// One task for the length of a scope; does nothing without a sink.
class ProgressTask {
 public:
  ProgressTask(ProgressSink* sink, std::string_view label, uint64_t total,
               ProgressUnit unit = ProgressUnit::kItems)
      : sink_(sink) {
    if (sink_ != nullptr) sink_->begin(label, total, unit);
  }
  ~ProgressTask() {
    if (sink_ != nullptr) sink_->end();
  }
  ProgressTask(const ProgressTask&) = delete;
  ProgressTask& operator=(const ProgressTask&) = delete;

  void advance(uint64_t amount) const {
    if (sink_ != nullptr) sink_->advance(amount);
  }

 private:
  ProgressSink* sink_;
};

}  // namespace easydel
