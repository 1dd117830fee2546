// How reduce and scatter combine two elements, as functions of C++ types.
#pragma once

#include <cmath>
#include <type_traits>

#include "engine/native/lower/dispatch.h"
#include "graph/ops/indexing.h"

namespace easydel::native {

/// Calls `f` with a function that combines two values of one type, Wide<T> or a wider one. Integers wrap.
template <typename T, typename F>
auto with_combiner(ReduceKind kind, F&& f) {
  if (kind == ReduceKind::kReplace) return f([](auto, auto y) { return y; });
  if constexpr (std::is_integral_v<T>) {
    if (kind == ReduceKind::kAnd) return f([](auto x, auto y) { return static_cast<decltype(x)>(x & y); });
    if (kind == ReduceKind::kOr) return f([](auto x, auto y) { return static_cast<decltype(x)>(x | y); });
  }
  if constexpr (!std::is_same_v<T, bool>) {
    // Products of 64 unsigned bits hold the wrapped result of every narrower integer.
    const auto wrapping = [](auto operation) {
      return [operation](auto x, auto y) {
        using X = decltype(x);
        if constexpr (std::is_integral_v<X>)
          return static_cast<X>(operation(static_cast<uint64_t>(x), static_cast<uint64_t>(y)));
        else
          return operation(x, y);
      };
    };
    if (kind == ReduceKind::kSum) return f(wrapping([](auto x, auto y) { return x + y; }));
    if (kind == ReduceKind::kProduct) return f(wrapping([](auto x, auto y) { return x * y; }));
    if (kind == ReduceKind::kMax) return f([](auto x, auto y) { return x != x || x > y ? x : y; });
    if (kind == ReduceKind::kMin) return f([](auto x, auto y) { return x != x || x < y ? x : y; });
  }
  fail_dtype(to_string(kind), dtype_of<T>());
}

}  // namespace easydel::native
