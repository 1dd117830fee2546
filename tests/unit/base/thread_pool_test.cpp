#include "base/thread_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <ctime>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace easydel {
namespace {

/// Runs task on every worker: the caller's part lasts until the others have come.
template <typename Task>
void run_on_all(ThreadPool& pool, const Task& task) {
  std::atomic<int> came{0};
  pool.run([&](int worker) {
    ++came;
    while (worker == 0 && came < pool.threads()) std::this_thread::yield();
    task(worker);
  });
}

TEST(ThreadPoolTest, RunsEveryWorkerOnce) {
  for (int threads = 1; threads <= 5; ++threads) {
    ThreadPool pool(threads);
    std::vector<std::atomic<int>> calls(static_cast<size_t>(threads));
    run_on_all(pool, [&](int worker) { ++calls[static_cast<size_t>(worker)]; });
    for (const auto& count : calls) EXPECT_EQ(count, 1);
  }
}

TEST(ThreadPoolTest, WaitsForWorkersThatCame) {
  ThreadPool pool(3);
  for (int i = 0; i < 20; ++i) {
    std::atomic<int> done{0};
    run_on_all(pool, [&](int worker) {
      if (worker > 0) std::this_thread::sleep_for(std::chrono::milliseconds(worker));
      ++done;
    });
    EXPECT_EQ(done, 3);
  }
}

TEST(ThreadPoolTest, AWorkerComesToNoRunThatIsOver) {
  ThreadPool pool(4);
  for (int i = 0; i < 2000; ++i) {
    std::atomic<bool> over{false}, late{false};
    std::atomic<int> callers{0};
    pool.run([&](int worker) {
      if (over) late = true;
      if (worker == 0) ++callers;
    });
    over = true;
    EXPECT_FALSE(late);
    EXPECT_EQ(callers, 1);
  }
}

TEST(ThreadPoolTest, TheDefaultIsAtLeastOneThread) {
  const ThreadPool pool;
  EXPECT_GE(pool.threads(), 1);
  EXPECT_LE(pool.threads(), static_cast<int>(std::thread::hardware_concurrency()));
}

TEST(ThreadPoolTest, ParallelForCoversTheRangeOnce) {
  ThreadPool pool(3);
  for (const int64_t count : {0, 1, 2, 7, 64, 1000}) {
    for (const int64_t grain : {0, 1, 5, 2000}) {
      std::vector<std::atomic<int>> seen(static_cast<size_t>(count));
      pool.parallel_for(count, grain, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) ++seen[static_cast<size_t>(i)];
      });
      for (const auto& times : seen) EXPECT_EQ(times, 1);
    }
  }
}

TEST(ThreadPoolTest, RethrowsAWorkersExceptionAndGoesOn) {
  ThreadPool pool(3);
  for (int thrower = 0; thrower < 3; ++thrower) {
    try {
      run_on_all(pool, [&](int worker) {
        if (worker == thrower) throw std::runtime_error("worker " + std::to_string(worker));
      });
      ADD_FAILURE() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(error.what(), "worker " + std::to_string(thrower));
    }
  }
  std::atomic<int> calls{0};
  run_on_all(pool, [&](int) { ++calls; });
  EXPECT_EQ(calls, 3);
}

TEST(ThreadPoolTest, ANestedRunStaysOnItsWorker) {
  ThreadPool pool(2);
  std::atomic<int> inner{0};
  std::atomic<bool> moved{false};
  run_on_all(pool, [&](int) {
    const auto self = std::this_thread::get_id();
    pool.run([&](int) {
      ++inner;
      if (std::this_thread::get_id() != self) moved = true;
    });
  });
  EXPECT_EQ(inner, 2);
  EXPECT_FALSE(moved);
}

TEST(ThreadPoolTest, PoolsNestInEachOther) {
  ThreadPool outer(2);
  ThreadPool inner(2);
  std::atomic<int> calls{0};
  run_on_all(outer, [&](int) { run_on_all(inner, [&](int) { ++calls; }); });
  EXPECT_EQ(calls, 4);
}

TEST(ThreadPoolTest, CallersTakeTurns) {
  ThreadPool pool(3);
  int64_t plain = 0;  // written by worker 0 of each run only: turns make this race-free
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        pool.run([&](int worker) {
          if (worker == 0) ++plain;
        });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(plain, 800);
}

TEST(ThreadPoolTest, ManyShortRunsInAndOutOfScopes) {
  ThreadPool pool(4);
  std::vector<int64_t> sums(4, 0);  // plain: each worker writes its own
  const auto count = [&](int worker) { ++sums[static_cast<size_t>(worker)]; };
  for (int round = 0; round < 40; ++round) {
    const ThreadPool::ActiveScope active(pool);
    for (int i = 0; i < 50; ++i) pool.run(count);
    run_on_all(pool, count);
  }
  for (int i = 0; i < 160; ++i) pool.run(count);
  EXPECT_EQ(sums[0], 2200);
  EXPECT_THAT(sums, testing::Each(testing::AllOf(testing::Ge(40), testing::Le(2200))));
}

TEST(ThreadPoolTest, AnotherThreadMayOpenScopesWhileRunsGoOn) {
  ThreadPool pool(3);
  std::atomic<bool> stop{false};
  std::thread scopes([&] {
    while (!stop) {
      const ThreadPool::ActiveScope active(pool);
      std::this_thread::yield();
    }
  });
  std::atomic<int> calls{0};
  for (int i = 0; i < 500; ++i) run_on_all(pool, [&](int) { ++calls; });
  stop = true;
  scopes.join();
  EXPECT_EQ(calls, 1500);
}

TEST(ThreadPoolTest, DestroyingAPoolStopsItsWorkers) {
  for (int i = 0; i < 20; ++i) {
    ThreadPool pool(3);
    pool.run([](int) {});
  }
}

TEST(ThreadPoolTest, IdleWorkersUseNoProcessorTime) {
  ThreadPool pool(4);
  {
    const ThreadPool::ActiveScope active(pool);
    pool.run([](int) {});
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const double seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  EXPECT_LT(seconds, 0.02);
}

TEST(ThreadPoolTest, WorkersOfALongScopeStopSpinning) {
  ThreadPool pool(4);
  const ThreadPool::ActiveScope active(pool);
  pool.run([](int) {});
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const double seconds = static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  EXPECT_LT(seconds, 0.02);
}

}  // namespace
}  // namespace easydel
