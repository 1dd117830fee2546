#include "graph/ops/sort.h"

#include <algorithm>
#include <numeric>

#include "engine/native/lower/dispatch.h"
#include "engine/native/lower/lowering.h"
#include "engine/native/lower/strided.h"

namespace easydel::native {
namespace {

template <typename T>
bool is_nan(T value) {
  return value != value;
}

Step lower_sort(const LowerCall& call) {
  const bool descending = call.attributes().get<bool>("descending");
  const auto axis = static_cast<size_t>(call.attributes().get<int64_t>("axis"));
  const int64_t size = call.inputs[0].dims()[axis];
  const int64_t stride = row_major_strides(call.inputs[0].dims())[axis];
  const int64_t rows = size == 0 ? 0 : call.inputs[0].elements() / size;
  return with_any(call.node.op->name, call.inputs[0].dtype(), [&](auto key_tag) {
    return with_bytes(item_size(call.inputs[1].dtype()), [&](auto payload_tag) {
      using K = typename decltype(key_tag)::type;
      using P = typename decltype(payload_tag)::type;
      return Step{[=](const StepContext& context) {
        const K* keys = context.inputs[0].as<K>();
        const P* payload = context.inputs[1].as<P>();
        K* sorted_keys = context.outputs[0].as<K>();
        P* sorted_payload = context.outputs[1].as<P>();
        context.pool.parallel_for(rows, 1, [&](int64_t begin, int64_t end) {
          std::vector<int64_t> order(static_cast<size_t>(size));
          for (int64_t row = begin; row < end; ++row) {
            const int64_t start = row / stride * stride * size + row % stride;
            std::iota(order.begin(), order.end(), int64_t{0});
            std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
              const auto x = widen(keys[start + a * stride]), y = widen(keys[start + b * stride]);
              if (is_nan(x) || is_nan(y)) return !is_nan(x) && is_nan(y);
              return descending ? x > y : x < y;
            });
            for (int64_t i = 0; i < size; ++i) {
              const int64_t from = start + order[static_cast<size_t>(i)] * stride;
              sorted_keys[start + i * stride] = keys[from];
              sorted_payload[start + i * stride] = payload[from];
            }
          }
        });
      }};
    });
  });
}

// A NaN counts as greatest; of equal elements the first comes first.
Step lower_top_k(const LowerCall& call) {
  const int64_t k = call.attributes().get<int64_t>("k");
  const int64_t size = call.inputs[0].dim(-1);
  const int64_t rows = size == 0 ? 0 : call.inputs[0].elements() / size;
  return with_number(call.node.op->name, call.inputs[0].dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    return Step{[=](const StepContext& context) {
      context.pool.parallel_for(rows, 1, [&](int64_t begin, int64_t end) {
        std::vector<int32_t> order(static_cast<size_t>(size));
        for (int64_t row = begin; row < end; ++row) {
          const T* x = context.inputs[0].as<T>() + row * size;
          std::iota(order.begin(), order.end(), 0);
          std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](int32_t a, int32_t b) {
            const auto p = widen(x[a]), q = widen(x[b]);
            if (is_nan(p) != is_nan(q)) return is_nan(p);
            return p > q || (!(p < q) && a < b);
          });
          for (int64_t i = 0; i < k; ++i) {
            context.outputs[0].as<T>()[row * k + i] = x[order[static_cast<size_t>(i)]];
            context.outputs[1].as<int32_t>()[row * k + i] = order[static_cast<size_t>(i)];
          }
        }
      });
    }};
  });
}

}  // namespace

void register_sort(LoweringTable& table) {
  table.add(kSortOp, {.lower = lower_sort});
  table.add(kTopKOp, {.lower = lower_top_k});
}

}  // namespace easydel::native
