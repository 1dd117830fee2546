// Scaled dot-product attention of a block of queries with a range of keys, by online softmax
// (Milakov and Gimelshein 2018, arXiv:1805.02867; blocked as in Dao et al. 2022, arXiv:2205.14135).
//
// All query heads of a key head share each block of keys and values, so the cache is read once per block of
// queries. Few rows (decoding) are bound by memory and read the cache in place; many rows (prefill) are bound
// by the multiply-add units and rearrange each key block into panels first. With a cache in bf16 and
// products of pairs, queries and the weights of values are rounded to bf16, as the x of linear layers is.
#include "engine/native/kernels/isa/fetch.h"
#include "engine/native/kernels/isa/functions.h"
#include "engine/native/kernels/isa/math.h"
#include "engine/native/kernels/isa/tiles.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {
namespace {

constexpr int64_t kKeys = kAttentionKeys;
constexpr int64_t kFewRows = 8;
/// Keys between which few rows fetch what is next.
constexpr int64_t kPieceKeys = 16;
constexpr float kMinusInfinity = -__builtin_inff();

int64_t most(int64_t a, int64_t b) {
  return a > b ? a : b;
}

/// The keys that a row may see, before the mask.
struct Range {
  int64_t begin, end;
};

class Attender {
 public:
  Attender(const AttentionProblem& problem, const AttentionBlock& block)
      : p_(problem),
        b_(block),
        group_(problem.heads / problem.kv_heads),
        rows_((block.q_end - block.q_begin) * group_),
        in_pairs_(rows_ > kFewRows && problem.key_scale == nullptr && rounds_x(problem.key_type) &&
                  rounds_x(problem.value_type) && problem.head_dim % 2 == 0),
        query_(block.scratch),
        scores_(query_ + rows_ * problem.head_dim),
        panel_(scores_ + rows_ * kKeys) {}

  void run() {
    in_pairs_ ? load_queries(reinterpret_cast<Bf16*>(query_)) : load_queries(query_);
    if (!b_.continues) {
      for (int64_t row = 0; row < rows_; ++row) {
        b_.maximum[row] = kMinusInfinity;
        b_.sum[row] = 0;
      }
      for (int64_t i = 0; i < rows_ * p_.value_dim; ++i) b_.accumulator[i] = 0;
    }
    // The last query sees the furthest, the first one the nearest keys.
    const int64_t begin = most(b_.key_begin, visible(b_.q_begin).begin);
    const int64_t end = least(b_.key_end, visible(b_.q_end - 1).end);
    // Few rows wait for memory, and a head's rows lie apart, which prefetchers do not follow.
    if (rows_ <= kFewRows) {
      const int64_t pieces = (end - begin + kPieceKeys - 1) / kPieceKeys;
      keys_ahead_ = ahead(p_.key, p_.key_type, p_.head_dim, pieces);
      values_ahead_ = ahead(p_.value, p_.value_type, p_.value_dim, pieces);
    }
    for (int64_t key = begin; key < end; key += kKeys) step(key, least(kKeys, end - key));
  }

 private:
  Range visible(int64_t query) const {
    const int64_t position = p_.q_offset + query;
    return {p_.window > 0 ? most(0, position - p_.window + 1) : 0,
            p_.causal ? least(position + 1, p_.kv_len) : p_.kv_len};
  }

  /// Queries as rows, scaled.
  template <typename To>
  void load_queries(To* to) const {
    with_type(p_.query_type, [&]<typename Q>(const Q*) {
      const Vec scale = set1(p_.scale);
      for (int64_t query = b_.q_begin; query < b_.q_end; ++query) {
        const int64_t first = (b_.batch * p_.q_len + query) * p_.heads + b_.kv_head * group_;
        const Q* from = static_cast<const Q*>(p_.query) + first * p_.head_dim;
        for_vectors(group_ * p_.head_dim, [&](int64_t i, int count) {
          store_some(to + i, load_some(from + i, count) * scale, count);
        });
        to += group_ * p_.head_dim;
      }
    });
  }

  /// Calls body with a null pointer of the cache's element type.
  template <typename Body>
  void with_cache_type(FloatType type, const Body& body) const {
    if (p_.key_scale != nullptr) return body(static_cast<const int8_t*>(nullptr));
    with_type(type, body);
  }

  /// Multiplies what stands in scores_ by the scales of its keys: of codes, products are summed first.
  void scale_scores(const float* scales, int64_t key, int64_t count) {
    if (scales == nullptr) return;
    const float* first = scales + (b_.batch * p_.kv_len + key) * p_.kv_heads + b_.kv_head;
    float of_keys[kKeys];
    for (int64_t i = 0; i < count; ++i) of_keys[i] = first[i * p_.kv_heads];
    for (int64_t row = 0; row < rows_; ++row) {
      float* scores = scores_ + row * kKeys;
      for_vectors(count, [&](int64_t i, int n) {
        store_some(scores + i, load_some(scores + i, n) * load_some(of_keys + i, n), n);
      });
    }
  }

  template <typename T>
  const T* cache_row(const void* cache, int64_t key, int64_t width) const {
    return static_cast<const T*>(cache) + ((b_.batch * p_.kv_len + key) * p_.kv_heads + b_.kv_head) * width;
  }

  /// This head's share of the keys or values that are next, in the order of memory.
  FetchAhead ahead(const void* cache, FloatType type, int64_t width, int64_t calls) const {
    const int64_t row = p_.kv_heads * width * (p_.key_scale != nullptr ? 1 : float_bytes(type));
    const int64_t bytes = (b_.next_end - b_.next_begin) * row;
    const int64_t begin = bytes * b_.kv_head / p_.kv_heads, end = bytes * (b_.kv_head + 1) / p_.kv_heads;
    const auto* first = static_cast<const char*>(cache) + (b_.next_batch * p_.kv_len + b_.next_begin) * row;
    return FetchAhead(first + begin, end - begin, calls);
  }

  void step(int64_t key, int64_t count) {
    if (in_pairs_) {
      score_pairs(key, count);
      for (int64_t row = 0; row < rows_; ++row) {
        weigh(row, key, count);
        round_weights(row, count);
      }
      return add_value_pairs(key, count);
    }
    score(key, count);
    scale_scores(p_.key_scale, key, count);
    for (int64_t row = 0; row < rows_; ++row) weigh(row, key, count);
    scale_scores(p_.value_scale, key, count);
    add_values(key, count);
  }

#if defined(EASYDEL_KERNEL_BF16_DOT)
  void score_pairs(int64_t key, int64_t count) {
    const int64_t stride = p_.kv_heads * p_.head_dim;
    const Bf16* keys = cache_row<Bf16>(p_.key, key, p_.head_dim);
    const auto* query = reinterpret_cast<const uint32_t*>(query_);
    for (int64_t i = 0; i < count; i += kPanelColumns) {
      const int64_t columns = least(kPanelColumns, count - i);
      pack_pairs<kPanelVectors>(keys + i * stride, stride, columns, p_.head_dim, panel_);
      multiply_panel_of_pairs(query, p_.head_dim / 2, rows_, panel_, p_.head_dim / 2,
                              {scores_ + i, kKeys, false, nullptr, columns});
    }
  }

  /// A row of weights becomes pairs in its own place, the last one with a zero where it lacks its second.
  void round_weights(int64_t row, int64_t count) {
    float* scores = scores_ + row * kKeys;
    auto* weights = reinterpret_cast<Bf16*>(scores);
    for_vectors(count, [&](int64_t i, int n) { store_some(weights + i, load_some(scores + i, n), n); });
    if (count % 2 == 1) store_partial(weights + count, zero(), 1);
  }

  void add_value_pairs(int64_t key, int64_t count) {
    const int64_t stride = p_.kv_heads * p_.value_dim;
    const Bf16* values = cache_row<Bf16>(p_.value, key, p_.value_dim);
    const auto* weights = reinterpret_cast<const uint32_t*>(scores_);
    for (int64_t d = 0; d < p_.value_dim; d += kPanelColumns) {
      const int64_t columns = least(kPanelColumns, p_.value_dim - d);
      join_pairs<kPanelVectors>(values + d, stride, columns, count, panel_);
      multiply_panel_of_pairs(weights, kKeys, rows_, panel_, (count + 1) / 2,
                              {b_.accumulator + d, p_.value_dim, true, nullptr, columns});
    }
  }
#else
  void score_pairs(int64_t, int64_t) {}
  void round_weights(int64_t, int64_t) {}
  void add_value_pairs(int64_t, int64_t) {}
#endif

  /// scores_[row][0, count) = scaled query . key
  void score(int64_t key, int64_t count) {
    const int64_t stride = p_.kv_heads * p_.head_dim;
    with_cache_type(p_.key_type, [&]<typename K>(const K*) {
      const K* keys = cache_row<K>(p_.key, key, p_.head_dim);
      if (rows_ <= kFewRows) {
        for (int64_t i = 0; i < count; i += kPieceKeys) {
          keys_ahead_.fetch();
          const MatmulBlock product{.x = query_,
                                    .x_stride = p_.head_dim,
                                    .weight = keys + i * stride,
                                    .weight_type = p_.key_type,
                                    .weight_stride = stride,
                                    .out = scores_ + i,
                                    .out_stride = kKeys,
                                    .m = rows_,
                                    .n = least(kPieceKeys, count - i),
                                    .k = p_.head_dim};
          p_.key_scale != nullptr ? matmul_few_bytes(product) : matmul_few(product);
        }
        return;
      }
      for (int64_t i = 0; i < count; i += kPanelColumns) {
        const int64_t columns = least(kPanelColumns, count - i);
        pack_panel<kPanelVectors>(keys + i * stride, stride, columns, p_.head_dim, panel_);
        multiply_panel<F32Dot, kPanelVectors>(query_, p_.head_dim, rows_, panel_, kPanelColumns, p_.head_dim,
                                              {scores_ + i, kKeys, false, nullptr, columns});
      }
    });
  }

  /// Turns a row of scores into weights exp(score - maximum) and rescales what was summed before.
  void weigh(int64_t row, int64_t key, int64_t count) {
    float* scores = scores_ + row * kKeys;
    if (p_.softcap > 0) {
      const Vec cap = set1(p_.softcap);
      const Vec inverse = set1(1.0f / p_.softcap);
      for_vectors(count, [&](int64_t i, int n) {
        store_some(scores + i, cap * tanh(load_some(scores + i, n) * inverse), n);
      });
    }
    if (p_.bias != nullptr) add_bias(scores, row, key, count);
    hide(scores, visible(b_.q_begin + row / group_), key, count);

    Vec greatest = set1(kMinusInfinity);
    int64_t i = 0;
    for (; i + kWidth <= count; i += kWidth) greatest = max(greatest, load(scores + i));
    float maximum = reduce_max(greatest);
    for (; i < count; ++i) maximum = scores[i] > maximum ? scores[i] : maximum;
    const float before = b_.maximum[row];
    if (maximum <= before) {
      maximum = before;
    } else {
      const float factor = before == kMinusInfinity ? 0.0f : exp_scalar(before - maximum);
      float* sums = b_.accumulator + row * p_.value_dim;
      for_vectors(p_.value_dim,
                  [&](int64_t d, int n) { store_some(sums + d, load_some(sums + d, n) * set1(factor), n); });
      b_.sum[row] *= factor;
      b_.maximum[row] = maximum;
    }
    // A row that has seen no key yet: exp(-infinity - 0) = 0 for all of them.
    const Vec shift = set1(maximum == kMinusInfinity ? 0.0f : maximum);
    Vec total = zero();
    for (i = 0; i + kWidth <= count; i += kWidth) {
      const Vec weight = exp(load(scores + i) - shift);
      total = total + weight;
      store(scores + i, weight);
    }
    float rest = 0;
    if (i < count) {
      const int n = static_cast<int>(count - i);
      store_partial(scores + i, exp(load_partial(scores + i, n) - shift), n);
      for (; i < count; ++i) rest += scores[i];
    }
    b_.sum[row] += reduce_add(total) + rest;
  }

  void add_bias(float* scores, int64_t row, int64_t key, int64_t count) const {
    const int64_t head = b_.kv_head * group_ + row % group_, query = b_.q_begin + row / group_;
    const float* bias = p_.bias + (head * p_.q_len + query) * p_.kv_len + key;
    for_vectors(count, [&](int64_t i, int n) {
      store_some(scores + i, load_some(scores + i, n) + load_some(bias + i, n), n);
    });
  }

  void hide(float* scores, Range seen, int64_t key, int64_t count) const {
    for (int64_t i = 0; i < least(count, seen.begin - key); ++i) scores[i] = kMinusInfinity;
    for (int64_t i = most(0, seen.end - key); i < count; ++i) scores[i] = kMinusInfinity;
    if (p_.key_mask == nullptr) return;
    const int32_t* mask = p_.key_mask + b_.batch * p_.kv_len + key;
    for (int64_t i = 0; i < count; ++i) scores[i] = mask[i] == 0 ? kMinusInfinity : scores[i];
  }

  static float exp_scalar(float x) {
    float result[kWidth];
    store(result, exp(set1(x)));
    return result[0];
  }

  /// accumulator += weights . values
  void add_values(int64_t key, int64_t count) {
    if (rows_ > kFewRows) return add_values_of(key, 0, count);
    for (int64_t i = 0; i < count; i += kPieceKeys) {
      values_ahead_.fetch();
      add_values_of(key, i, least(kPieceKeys, count - i));
    }
  }

  /// Of keys [first, first + count) of a block.
  void add_values_of(int64_t key, int64_t first, int64_t count) {
    const int64_t stride = p_.kv_heads * p_.value_dim;
    with_cache_type(p_.value_type, [&]<typename V>(const V*) {
      const V* values = cache_row<V>(p_.value, key + first, p_.value_dim);
      const float* weights = scores_ + first;
      int64_t d = 0;
      for (; d + kPanelColumns <= p_.value_dim; d += kPanelColumns)
        add_columns<kPanelVectors>(weights, values + d, stride, d, count);
      for (; d + kWidth <= p_.value_dim; d += kWidth) add_columns<1>(weights, values + d, stride, d, count);
      if (d == p_.value_dim) return;
      // The last columns are copied, since a panel is read by whole vectors.
      const int n = static_cast<int>(p_.value_dim - d);
      for (int64_t i = 0; i < count; ++i)
        store(panel_ + i * kWidth, load_partial(values + d + i * stride, n));
      add_columns<1>(weights, panel_, kWidth, d, count);
    });
  }

  template <int kVectors, typename V>
  void add_columns(const float* weights, const V* values, int64_t stride, int64_t d, int64_t count) {
    multiply_panel<F32Dot, kVectors>(
        weights, kKeys, rows_, values, stride, count,
        {b_.accumulator + d, p_.value_dim, true, nullptr, least(kVectors * kWidth, p_.value_dim - d)});
  }

  const AttentionProblem& p_;
  const AttentionBlock& b_;
  int64_t group_, rows_;
  bool in_pairs_;
  float *query_, *scores_, *panel_;
  FetchAhead keys_ahead_, values_ahead_;
};

}  // namespace

void attend(const AttentionProblem& problem, const AttentionBlock& block) {
  Attender(problem, block).run();
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
