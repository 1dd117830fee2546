// ThreadPool: the workers of one engine. The caller takes part as worker 0; idle workers sleep.
//
//   ThreadPool pool(4);
//   pool.parallel_for(rows, 16, [&](int64_t begin, int64_t end) { ... });
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace easydel {

/// A view of a callable, valid for the duration of the call it is passed to.
template <typename Signature>
class FunctionRef;

template <typename Result, typename... Args>
class FunctionRef<Result(Args...)> {
 public:
  template <typename F, typename = std::enable_if_t<!std::is_same_v<std::remove_cvref_t<F>, FunctionRef>>>
  FunctionRef(F&& f)  // NOLINT(google-explicit-constructor): a view of any callable
      : object_(const_cast<void*>(static_cast<const void*>(&f))),
        call_([](void* object, Args... args) -> Result {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Args>(args)...);
        }) {}
  Result operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  Result (*call_)(void*, Args...);
};

class ThreadPool {
 public:
  /// `threads` counts the caller; 0 means one per physical core that this process may use.
  explicit ThreadPool(int threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const;

  /// Calls task(0) here, and meanwhile task(worker) once on every other worker in [1, threads()) that comes before
  /// task(0) is done; waits for those. One that the system lets wait for a core holds nobody up, so a task takes its
  /// work from a counter that all share. An exception of any worker is rethrown here. Calls from several threads take
  /// turns; a call from inside a task stays on that worker.
  void run(FunctionRef<void(int worker)> task);

  /// Splits [0, count) into chunks of at least `grain` that the workers take in turn.
  void parallel_for(int64_t count, int64_t grain, FunctionRef<void(int64_t begin, int64_t end)> body);

  /// Keeps workers spinning briefly between runs while alive: for a program of many short steps. They sleep
  /// after it.
  class ActiveScope {
   public:
    explicit ActiveScope(ThreadPool& pool);
    ~ActiveScope();
    ActiveScope(const ActiveScope&) = delete;
    ActiveScope& operator=(const ActiveScope&) = delete;

   private:
    ThreadPool& pool_;
  };

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace easydel
