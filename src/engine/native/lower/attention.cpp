// Attention and rotary embedding.
//
// Attention splits into (sequence, key head, block of queries) tasks. Where queries are few, as in decoding, tasks are
// ranges of keys, and one takes all heads, so that it reads the cache as it lies in memory; their partial results are merged.
// The split depends on the shapes and the number of cached tokens alone, so results do not depend on the number of threads.
#include "graph/ops/attention.h"

#include <cmath>
#include <limits>

#include "engine/native/lower/tasks.h"

namespace easydel::native {
namespace {

/// Rows (queries times heads of a group) per task: a block of scores then stays in the second-level cache.
constexpr int64_t kRowsPerTask = 96;
/// Up to this many rows of a head in all, keys are split.
constexpr int64_t kSplitRows = 16;
/// Ranges of keys of a sequence: few enough that merging them costs little, many enough to keep some workers busy.
constexpr int64_t kMostSplits = 32;
static_assert(kSplitRows <= kRowsPerTask, "the queries of keys that are split are one task");

/// Keys in a range.
int64_t keys_per_split(int64_t keys) {
  constexpr int64_t kLeast = kAttentionKeys / 2;
  const int64_t even = (keys + kMostSplits - 1) / kMostSplits;
  return std::max<int64_t>(1, (even + kLeast - 1) / kLeast) * kLeast;
}

struct AttentionPlan {
  const Kernels* kernels;
  AttentionProblem problem;  // without pointers and q_offset
  bool has_mask, has_bias, has_scales;
  int64_t batch, group;
  int64_t queries_per_task, query_tasks;
  bool splits_keys;
  WorkerFloats scratch, partial;
  size_t partials_offset = 0;

  int64_t rows_per_task() const { return queries_per_task * group; }
  /// Accumulator, maximum and sum of a block.
  int64_t partial_floats() const { return rows_per_task() * (problem.value_dim + 2); }
};

struct Partial {
  float *accumulator, *maximum, *sum;
};

Partial partial_at(const AttentionPlan& plan, float* floats) {
  float* maximum = floats + plan.rows_per_task() * plan.problem.value_dim;
  return {floats, maximum, maximum + plan.rows_per_task()};
}

/// Writes the rows of one block to the result: accumulator / sum, zeros where nothing was seen.
void write_rows(const AttentionPlan& plan, const StepContext& context, const AttentionBlock& block,
                const Partial& partial) {
  const AttentionProblem& problem = plan.problem;
  const int64_t width = problem.value_dim;
  for (int64_t row = 0; row < (block.q_end - block.q_begin) * plan.group; ++row) {
    float* values = partial.accumulator + row * width;
    const float scale = partial.sum[row] > 0 ? 1.0f / partial.sum[row] : 0.0f;
    for (int64_t i = 0; i < width; ++i) values[i] *= scale;
    const int64_t query = block.batch * problem.q_len + block.q_begin + row / plan.group;
    const int64_t head = query * problem.heads + block.kv_head * plan.group + row % plan.group;
    plan.kernels->from_f32(problem.query_type, values,
                           context.outputs[0].data + head * width * float_bytes(problem.query_type), width);
  }
}

/// Adds `other` to `into`, both over the same rows.
void merge(const AttentionPlan& plan, const Partial& into, const Partial& other) {
  const int64_t width = plan.problem.value_dim;
  for (int64_t row = 0; row < plan.rows_per_task(); ++row) {
    const float maximum = std::max(into.maximum[row], other.maximum[row]);
    if (maximum == -std::numeric_limits<float>::infinity()) continue;
    const float mine = std::exp(into.maximum[row] - maximum);
    const float theirs = std::exp(other.maximum[row] - maximum);
    into.maximum[row] = maximum;
    into.sum[row] = into.sum[row] * mine + other.sum[row] * theirs;
    float* to = into.accumulator + row * width;
    const float* from = other.accumulator + row * width;
    for (int64_t i = 0; i < width; ++i) to[i] = to[i] * mine + from[i] * theirs;
  }
}

AttentionBlock block_of(const AttentionPlan& plan, int64_t task) {
  AttentionBlock block;
  // The last queries see the most keys: they go first, so that no worker ends on a long one.
  block.q_begin = (plan.query_tasks - 1 - task % plan.query_tasks) * plan.queries_per_task;
  block.q_end = std::min(block.q_begin + plan.queries_per_task, plan.problem.q_len);
  task /= plan.query_tasks;
  block.kv_head = task % plan.problem.kv_heads;
  block.batch = task / plan.problem.kv_heads;
  return block;
}

void run_attention(const AttentionPlan& plan, const StepContext& context) {
  AttentionProblem problem = plan.problem;
  problem.query = context.inputs[0].data;
  problem.key = context.inputs[1].data;
  problem.value = context.inputs[2].data;
  problem.q_offset = *context.inputs[3].as<int32_t>();
  if (plan.has_scales) {
    problem.key_scale = context.inputs[4].as<float>();
    problem.value_scale = context.inputs[5].as<float>();
  }
  if (plan.has_mask) problem.key_mask = context.inputs[plan.has_scales ? 6 : 4].as<int32_t>();
  if (plan.has_bias) problem.bias = context.inputs.back().as<float>();
  const int64_t keys = problem.causal
                           ? std::clamp<int64_t>(problem.q_offset + problem.q_len, 0, problem.kv_len)
                           : problem.kv_len;
  const int64_t blocks = plan.batch * problem.kv_heads * plan.query_tasks;

  const auto attend = [&](AttentionBlock block, const Partial& partial, int worker) {
    block.accumulator = partial.accumulator;
    block.maximum = partial.maximum;
    block.sum = partial.sum;
    block.scratch = plan.scratch.of(context, worker);
    plan.kernels->attend(problem, block);
  };
  if (!plan.splits_keys) {
    for_each_task(context.pool, blocks, [&](int worker, int64_t task) {
      AttentionBlock block = block_of(plan, task);
      block.key_end = keys;
      const Partial partial = partial_at(plan, plan.partial.of(context, worker));
      attend(block, partial, worker);
      write_rows(plan, context, block, partial);
    });
    return;
  }
  // The blocks of a sequence are its key heads: queries are too few to be several.
  const int64_t first =
      problem.window > 0 ? std::clamp<int64_t>(problem.q_offset - problem.window + 1, 0, keys) : 0;
  const int64_t range = keys_per_split(keys - first);
  const int64_t splits = std::max<int64_t>(1, (keys - first + range - 1) / range);
  const int64_t tasks = plan.batch * splits;
  const auto partial_of = [&](int64_t block, int64_t part) {
    return partial_at(plan, scratch_floats(context, plan.partials_offset) +
                                (block * splits + part) * plan.partial_floats());
  };
  const auto begin_of = [&](int64_t task) { return first + task % splits * range; };
  for_each_task(context.pool, tasks, [&](int worker, int64_t task) {
    const int64_t begin = begin_of(task), end = std::min(begin + range, keys);
    for (int64_t key = begin; key == begin || key < end; key += kAttentionKeys) {
      // What this worker reads next: more of its range, or most likely that of the task that many workers behind.
      const bool more = key + kAttentionKeys < end;
      const int64_t next_task = more ? task : task + context.pool.threads();
      const int64_t next = more ? key + kAttentionKeys : begin_of(next_task);
      for (int64_t head = 0; head < problem.kv_heads; ++head) {
        const int64_t of_head = task / splits * problem.kv_heads + head;
        AttentionBlock block = block_of(plan, of_head);
        block.key_begin = key;
        block.key_end = std::min(key + kAttentionKeys, end);
        block.continues = key > begin;
        if (next_task < tasks) {
          block.next_batch = next_task / splits;
          block.next_begin = next;
          block.next_end = std::min({next + kAttentionKeys, begin_of(next_task) + range, keys});
        }
        attend(block, partial_of(of_head, task % splits), worker);
      }
    }
  });
  const int64_t grain = 1 + kElementsPerTask / (splits * plan.partial_floats());
  for_each_range(context.pool, blocks, grain, [&](int, int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      for (int64_t part = 1; part < splits; ++part)
        merge(plan, partial_of(block, 0), partial_of(block, part));
      write_rows(plan, context, block_of(plan, block), partial_of(block, 0));
    }
  });
}

Step lower_attention(const LowerCall& call) {
  const Shape& query = call.inputs[0];
  const Shape& key = call.inputs[1];
  const Attributes& attributes = call.attributes();
  const bool has_scales = attributes.get<bool>("has_scales");
  const auto cache_type = [&](const Shape& cache) {
    return has_scales ? FloatType::kF32 : float_type(cache.dtype(), "attention");
  };
  AttentionPlan plan{.kernels = &kernels_for(call.isa),
                     .problem = {.query_type = float_type(query.dtype(), "attention"),
                                 .key_type = cache_type(key),
                                 .value_type = cache_type(call.inputs[2]),
                                 .q_len = query.dim(1),
                                 .kv_len = key.dim(1),
                                 .heads = query.dim(2),
                                 .kv_heads = key.dim(2),
                                 .head_dim = query.dim(3),
                                 .value_dim = call.inputs[2].dim(3),
                                 .window = attributes.get<int64_t>("sliding_window"),
                                 .causal = attributes.get<bool>("causal"),
                                 .scale = static_cast<float>(attributes.get<double>("scale")),
                                 .softcap = static_cast<float>(attributes.get<double>("logit_softcap"))},
                     .has_mask = attributes.get<bool>("has_key_mask"),
                     .has_bias = attributes.get<bool>("has_bias"),
                     .has_scales = has_scales,
                     .batch = query.dim(0)};
  if (call.output().elements() == 0) return {[](const StepContext&) {}};
  plan.group = plan.problem.heads / plan.problem.kv_heads;
  plan.queries_per_task = std::clamp<int64_t>(kRowsPerTask / plan.group, 1, plan.problem.q_len);
  plan.query_tasks = (plan.problem.q_len + plan.queries_per_task - 1) / plan.queries_per_task;
  plan.splits_keys = plan.problem.q_len * plan.group <= kSplitRows;

  ScratchPlan scratch;
  plan.scratch = WorkerFloats::reserve(
      scratch, call.threads,
      attention_scratch_floats(plan.rows_per_task(), plan.problem.head_dim, plan.problem.value_dim));
  plan.partial = WorkerFloats::reserve(scratch, call.threads, plan.partial_floats());
  if (plan.splits_keys)
    plan.partials_offset =
        scratch.add_floats(plan.batch * plan.problem.kv_heads * kMostSplits * plan.partial_floats());
  return {[plan](const StepContext& context) { run_attention(plan, context); }, scratch.bytes()};
}

/// Codes and scale of a row, as quantize_rows() has them. A row with a NaN or an infinity has scale NaN, so that it stays
/// visible.
void quantize_row(const float* x, int64_t count, int8_t* codes, float* scale) {
  constexpr float kMaxCode = 127;
  constexpr float kRounder = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number, ties to even
  float greatest = 0, poison = 0;
  for (int64_t i = 0; i < count; ++i) {
    greatest = std::max(greatest, std::fabs(x[i]));
    poison += x[i] * 0.0f;
  }
  *scale = greatest * (1.0f / kMaxCode) + poison;
  const float inverse = *scale > 0 ? 1.0f / *scale : 0.0f;
  for (int64_t i = 0; i < count; ++i) {
    const float code = x[i] * inverse + kRounder - kRounder;
    codes[i] = std::fabs(code) <= kMaxCode ? static_cast<int8_t>(code) : int8_t{0};
  }
}

Step lower_quantize_rows(const LowerCall& call) {
  const Shape& x = call.inputs[0];
  const Kernels& kernels = kernels_for(call.isa);
  const FloatType type = float_type(x.dtype(), "quantize_rows");
  const int64_t columns = x.dim(-1);
  const int64_t rows = x.elements() / std::max<int64_t>(columns, 1);
  ScratchPlan scratch;
  const WorkerFloats floats = WorkerFloats::reserve(scratch, call.threads, columns);
  return {[=, &kernels](const StepContext& context) {
            const int64_t grain = 1 + kElementsPerTask / std::max<int64_t>(columns, 1);
            for_each_range(context.pool, rows, grain, [&](int worker, int64_t begin, int64_t end) {
              float* row = floats.of(context, worker);
              for (int64_t i = begin; i < end; ++i) {
                kernels.to_f32(type, context.inputs[0].data + i * columns * float_bytes(type), row, columns);
                quantize_row(row, columns, context.outputs[0].as<int8_t>() + i * columns,
                             context.outputs[1].as<float>() + i);
              }
            });
          },
          scratch.bytes()};
}

struct RopePlan {
  const Kernels* kernels;
  FloatType type;
  bool interleaved;
  int64_t positions, heads, head_dim, rotary;
  WorkerFloats row;
};

void run_rope(const RopePlan& plan, const StepContext& context) {
  const float* cos = context.inputs[1].as<float>();
  const float* sin = context.inputs[2].as<float>();
  const int64_t width = plan.heads * plan.head_dim;
  const int64_t bytes = width * float_bytes(plan.type);
  const auto rotate = [&](const float* x, float* out, int64_t position) {
    for (int64_t head = 0; head < plan.heads; ++head)
      plan.kernels->rope(x + head * plan.head_dim, cos + position * plan.rotary, sin + position * plan.rotary,
                         plan.interleaved, out + head * plan.head_dim, plan.rotary, plan.head_dim);
  };
  const int64_t grain = 1 + kElementsPerTask / std::max<int64_t>(width, 1);
  for_each_range(context.pool, plan.positions, grain, [&](int worker, int64_t begin, int64_t end) {
    for (int64_t position = begin; position < end; ++position) {
      const std::byte* x = context.inputs[0].data + position * bytes;
      std::byte* out = context.outputs[0].data + position * bytes;
      if (plan.type == FloatType::kF32) {
        rotate(reinterpret_cast<const float*>(x), reinterpret_cast<float*>(out), position);
      } else {
        float* values = plan.row.of(context, worker);
        plan.kernels->to_f32(plan.type, x, values, width);
        rotate(values, values, position);
        plan.kernels->from_f32(plan.type, values, out, width);
      }
    }
  });
}

Step lower_rope(const LowerCall& call) {
  const Shape& x = call.inputs[0];
  RopePlan plan{.kernels = &kernels_for(call.isa),
                .type = float_type(x.dtype(), "rope"),
                .interleaved = call.attributes().get<bool>("interleaved"),
                .positions = x.dim(0) * x.dim(1),
                .heads = x.dim(2),
                .head_dim = x.dim(3),
                .rotary = call.inputs[1].dim(2)};
  ScratchPlan scratch;
  if (plan.type != FloatType::kF32)
    plan.row = WorkerFloats::reserve(scratch, call.threads, plan.heads * plan.head_dim);
  return {[plan](const StepContext& context) { run_rope(plan, context); }, scratch.bytes()};
}

}  // namespace

void register_attention(LoweringTable& table) {
  table.add(kAttentionOp, {.lower = lower_attention});
  table.add(kRopeOp, {.lower = lower_rope});
  table.add(kQuantizeRowsOp, {.lower = lower_quantize_rows});
}

}  // namespace easydel::native
