#include "base/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <exception>
#include <fstream>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace easydel {
namespace {

/// How long an idle worker of an active program, or a caller whose workers are still busy, watches memory
/// before it sleeps. Waking a sleeper costs some 10 to 50 us, so steps shorter than that never pay for it.
constexpr auto kSpinTime = std::chrono::microseconds(100);

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Watches `done` for at most kSpinTime. Yields now and then: with more workers than cores the others must
/// get on.
template <typename Done>
bool spin_until(const Done& done) {
  const auto deadline = std::chrono::steady_clock::now() + kSpinTime;
  do {
    for (int i = 0; i < 64; ++i) {
      if (done()) return true;
      relax();
    }
    std::this_thread::yield();
  } while (std::chrono::steady_clock::now() < deadline);
  return done();
}

/// CPU time that the control group grants, in whole CPUs; 0 when unlimited or unknown.
int cgroup_cpus() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return 0;
  return std::max(1, static_cast<int>(std::lround(std::strtod(quota.c_str(), nullptr) / period)));
}

/// Physical cores among the CPUs that this process may run on.
int usable_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  std::set<std::string> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed)) continue;
    std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) +
                       "/topology/thread_siblings_list");
    std::string siblings;
    if (!std::getline(file, siblings)) siblings = "cpu" + std::to_string(cpu);
    cores.insert(siblings);
  }
  int count = std::max<int>(1, static_cast<int>(cores.size()));
  if (const int granted = cgroup_cpus(); granted > 0) count = std::min(count, granted);
  return count;
}

}  // namespace

/// The parts of ThreadPool::State::door.
constexpr uint64_t kInside = 0xffff, kOpen = 0x10000, kOneRun = 0x20000;
constexpr uint64_t run_of(uint64_t door) {
  return door / kOneRun;
}

struct ThreadPool::State {
  explicit State(int count) : threads(count) {}

  void work(int worker);
  void call(int worker);
  bool enter(uint64_t run);
  void leave();
  bool wait_for_work(uint64_t seen);
  void wake_workers();
  void wait_for_workers();

  const int threads;
  std::vector<std::thread> workers;
  std::mutex turn;  // held by the thread whose run is on

  // Written by the runner before it opens a run, read by the workers that are in it.
  const FunctionRef<void(int)>* task = nullptr;
  // The number of the run that is on or was the last, above whether it is open and how many workers are in it.
  std::atomic<uint64_t> door{0};
  std::atomic<int> active_scopes{0};
  std::atomic<bool> stopping{false};

  std::mutex sleep_mutex;
  std::condition_variable work_arrived, work_finished;
  std::atomic<int> sleepers{0};
  std::atomic<bool> runner_sleeps{false};
  uint64_t scope_wakes = 0;  // guarded by sleep_mutex: ActiveScopes opened so far

  std::mutex error_mutex;
  std::exception_ptr error;
};

namespace {

/// The pool whose task this thread runs, if any: its nested runs stay on this thread.
thread_local const void* running_pool = nullptr;

}  // namespace

void ThreadPool::State::call(int worker) {
  const void* outer = std::exchange(running_pool, this);
  try {
    (*task)(worker);
  } catch (...) {
    const std::lock_guard lock(error_mutex);
    if (!error) error = std::current_exception();
  }
  running_pool = outer;
}

/// Returns when there is another run than `seen` (true) or the pool stops (false).
bool ThreadPool::State::wait_for_work(uint64_t seen) {
  const auto arrived = [&] {
    return run_of(door.load(std::memory_order_acquire)) != seen || stopping.load();
  };
  for (;;) {
    if (active_scopes.load(std::memory_order_relaxed) > 0)
      spin_until([&] { return arrived() || active_scopes.load(std::memory_order_relaxed) == 0; });
    if (arrived()) return !stopping.load();
    std::unique_lock lock(sleep_mutex);
    const uint64_t wakes = scope_wakes;
    // Sequentially consistent with the runner's store to `door` and load of `sleepers`: one sees the other.
    sleepers.fetch_add(1);
    work_arrived.wait(lock,
                      [&] { return run_of(door.load()) != seen || stopping.load() || scope_wakes != wakes; });
    sleepers.fetch_sub(1);
  }
}

/// Takes part in a run; false when it is closed already.
bool ThreadPool::State::enter(uint64_t run) {
  uint64_t now = door.load(std::memory_order_acquire);
  while (run_of(now) == run && (now & kOpen) != 0)
    if (door.compare_exchange_weak(now, now + 1, std::memory_order_acq_rel)) return true;
  return false;
}

void ThreadPool::State::leave() {
  const uint64_t before = door.fetch_sub(1);
  if ((before & (kOpen | kInside)) != 1 || !runner_sleeps.load()) return;
  const std::lock_guard lock(sleep_mutex);
  work_finished.notify_one();
}

void ThreadPool::State::work(int worker) {
  for (uint64_t seen = 0; wait_for_work(seen);) {
    seen = run_of(door.load(std::memory_order_acquire));
    if (!enter(seen)) continue;
    call(worker);
    leave();
  }
}

void ThreadPool::State::wake_workers() {
  if (sleepers.load() == 0) return;
  const std::lock_guard lock(sleep_mutex);
  work_arrived.notify_all();
}

/// Closes the run and waits for those in it.
void ThreadPool::State::wait_for_workers() {
  if ((door.fetch_and(~kOpen) & kInside) == 0) return;
  if (spin_until([&] { return (door.load(std::memory_order_acquire) & kInside) == 0; })) return;
  std::unique_lock lock(sleep_mutex);
  runner_sleeps.store(true);
  work_finished.wait(lock, [&] { return (door.load() & kInside) == 0; });
  runner_sleeps.store(false);
}

ThreadPool::ThreadPool(int threads)
    : state_(std::make_unique<State>(threads > 0 ? threads : usable_cores())) {
  for (int worker = 1; worker < state_->threads; ++worker)
    state_->workers.emplace_back([state = state_.get(), worker] { state->work(worker); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(state_->sleep_mutex);
    state_->stopping.store(true);
    state_->work_arrived.notify_all();
  }
  for (std::thread& worker : state_->workers) worker.join();
}

int ThreadPool::threads() const {
  return state_->threads;
}

void ThreadPool::run(FunctionRef<void(int)> task) {
  if (running_pool == state_.get()) return task(0);
  const std::lock_guard turn(state_->turn);
  state_->task = &task;
  if (state_->threads > 1) {
    state_->door.store((run_of(state_->door.load()) + 1) * kOneRun | kOpen);
    state_->wake_workers();
  }
  state_->call(0);
  if (state_->threads > 1) state_->wait_for_workers();
  if (state_->error) std::rethrow_exception(std::exchange(state_->error, nullptr));
}

void ThreadPool::parallel_for(int64_t count, int64_t grain, FunctionRef<void(int64_t, int64_t)> body) {
  if (count <= 0) return;
  grain = std::max<int64_t>(grain, 1);
  if (count <= grain || state_->threads == 1) {
    body(0, count);
    return;
  }
  // A few chunks per worker even out uneven cores without many trips to the counter.
  const int64_t chunk = std::max(grain, (count + state_->threads * 4 - 1) / (state_->threads * 4));
  std::atomic<int64_t> next{0};
  run([&](int) {
    for (int64_t begin = next.fetch_add(chunk); begin < count; begin = next.fetch_add(chunk))
      body(begin, std::min(begin + chunk, count));
  });
}

ThreadPool::ActiveScope::ActiveScope(ThreadPool& pool) : pool_(pool) {
  State& state = *pool.state_;
  state.active_scopes.fetch_add(1);
  const std::lock_guard lock(state.sleep_mutex);
  ++state.scope_wakes;
  state.work_arrived.notify_all();
}

ThreadPool::ActiveScope::~ActiveScope() {
  pool_.state_->active_scopes.fetch_sub(1);
}

}  // namespace easydel
