// Threads that share out a list of tasks, each with a client of its own.
//
//   run_workers(files.size(), 8, [&](size_t index, HubClient& client) { fetch(client, files[index]); },
//               [&](const std::stop_token& stop) { return HubClient(repo_id, settings, stop); });
//
// These wait for the network; computing belongs to the ThreadPool of base.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace easydel::hub {

/// Runs `work(index, client)` for each index below `count`, on up to `workers` threads, while `meanwhile` is called
/// here now and then. The first exception, of work or of `meanwhile`, stops the rest and is thrown.
template <typename Work, typename MakeClient>
void run_workers(size_t count, int workers, const Work& work, const MakeClient& make_client,
                 const std::function<void()>& meanwhile = {}) {
  constexpr std::chrono::milliseconds kInterval{50};
  std::stop_source stop;
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  std::condition_variable ended;
  std::exception_ptr failure;
  size_t running = std::min(count, static_cast<size_t>(std::max(1, workers)));

  const auto run = [&] {
    std::exception_ptr thrown;
    try {
      auto client = make_client(stop.get_token());
      for (size_t index = next++; index < count && !stop.stop_requested(); index = next++)
        work(index, client);
    } catch (...) {
      thrown = std::current_exception();
    }
    const std::lock_guard lock(mutex);
    if (thrown && !failure) failure = thrown;
    if (thrown) stop.request_stop();
    --running;
    ended.notify_one();
  };
  std::vector<std::jthread> threads;
  // Also when `meanwhile` throws: the threads, which are joined after this, end soon.
  const struct Stop {
    std::stop_source& source;
    ~Stop() { source.request_stop(); }
  } stop_at_end{stop};
  for (size_t index = running; index > 0; --index) threads.emplace_back(run);
  std::unique_lock lock(mutex);
  while (!ended.wait_for(lock, kInterval, [&] { return running == 0; })) {
    if (!meanwhile) continue;
    lock.unlock();
    meanwhile();
    lock.lock();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace easydel::hub
