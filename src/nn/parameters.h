// Parameters of a module: names, sizes and initializers, known before any bytes are.
//
//   ParameterSet set;
//   Scope scope(set);
//   Weight weight = (scope / "model" / "norm").weight("weight", {hidden_size}, {.kind = InitKind::kOnes},
//                                                     ParameterRole::kScale);
//   Value value = weight.in(graph);                     // while tracing
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/shape.h"
#include "graph/graph.h"
#include "graph/ops/matmul.h"
#include "quantization/format.h"

namespace easydel::nn {

enum class InitKind : uint8_t { kNormal, kZeros, kOnes };

struct Initializer {
  InitKind kind = InitKind::kNormal;
  double stddev = 0.02;
  std::optional<int64_t> zero_row = std::nullopt;  ///< of a table: the row of padding, which is zeros
};

/// How EasyDeL's Flax path and layout of a parameter derive from the Hugging Face name (used by partition
/// rules and by EasyDeL's files): a kernel is stored transposed, an embedding and a norm scale under other
/// leaf names. Hugging Face stores kernels as [out, in], and some (kInOutKernel: GPT-2's) as [in, out]; EasyDeL
/// transposes either. A router's kernel (kRouter) is small, and an error in it is another expert.
enum class ParameterRole : uint8_t { kKernel, kInOutKernel, kRouter, kEmbedding, kScale, kBias, kOther };

inline bool is_kernel(ParameterRole role) {
  return role == ParameterRole::kKernel || role == ParameterRole::kInOutKernel ||
         role == ParameterRole::kRouter;
}
/// Whether weights of the role may be held in a quantized format.
inline bool is_quantizable(ParameterRole role) {
  return role == ParameterRole::kKernel || role == ParameterRole::kInOutKernel ||
         role == ParameterRole::kEmbedding;
}

/// A parameter's place in a tensor that holds several: [rows, ...] or, for index too, [entries, rows, ...].
struct PackedPlace {
  std::string name;
  int64_t index = 0;
  int64_t row = 0;  ///< the first of its rows
};

/// A tensor that an engine holds, and a checkpoint stores, of a parameter.
struct HeldTensor {
  std::string name;
  Shape shape;
  int64_t unit = 1;  ///< elements of the last axis that belong together: a block's bytes
};

struct ParameterSpec {
  std::string name;           ///< Hugging Face's, such as "model.layers.0.self_attn.q_proj.weight"
  std::vector<int64_t> dims;  ///< as Hugging Face stores it
  Initializer initializer;
  ParameterRole role = ParameterRole::kOther;
  std::optional<PackedPlace> packed = std::nullopt;  ///< where some files keep it instead
  std::vector<std::string> copies = {};              ///< names under which some files keep it too or instead
  DType dtype =
      DType::kF32;  ///< how the weight is held, or what it is computed in; set by the model before tracing
  /// Of a quantized weight; null: it is held in `dtype`. Its rows run along what a product sums, so that its parts are
  /// those of [out, in] whatever the dims are.
  const quantization::Format* format = nullptr;

  Shape shape() const { return {dtype, dims}; }
  /// The dims of a quantized weight's rows and columns.
  std::vector<int64_t> quantized_dims() const;
  /// The parameter itself, or the parts of its format.
  std::vector<HeldTensor> held() const { return held_as(name); }
  /// The same for a parameter that goes by another name.
  std::vector<HeldTensor> held_as(std::string_view other_name) const;
  uint64_t held_bytes() const;
};

/// A layer's handle on one parameter.
class Weight {
 public:
  Weight() = default;
  explicit Weight(const ParameterSpec* spec) : spec_(spec) {}
  explicit operator bool() const { return spec_ != nullptr; }
  const ParameterSpec& spec() const { return *spec_; }
  /// The parameter's value in `graph`, a quantized one's as numbers; an absent weight gives an absent Value.
  Value in(Graph& graph) const;
  /// The tensors that are held of it, in `graph`.
  std::vector<Value> held_in(Graph& graph) const;
  /// linear() of a weight in this layout, or what its format has in its place.
  Value multiply(Value x, const Weight& bias, WeightLayout layout) const;
  /// The rows of a table [vocab, hidden] that ids name: ids [...] -> [..., hidden] of `dtype`.
  Value look_up(Value ids, DType dtype) const;

 private:
  const ParameterSpec* spec_ = nullptr;
};

/// All parameters of a model, in the order in which the module declares them. Addresses of specs are stable.
class ParameterSet {
 public:
  ParameterSet() = default;
  ParameterSet(const ParameterSet&) = delete;
  ParameterSet& operator=(const ParameterSet&) = delete;

  /// Declares a parameter. The same name again (a shared weight) must have the same dims and gives the same
  /// spec.
  const ParameterSpec* declare(ParameterSpec spec);
  /// Null when there is none of that name.
  ParameterSpec* find(std::string_view name);
  const ParameterSpec* find(std::string_view name) const;

  /// Notes that files may hold the parameter of that name under another one: tied weights.
  void add_copy(std::string_view name, std::string copy);

  /// What paths of partition rules have before these names.
  const std::string& path_prefix() const { return path_prefix_; }
  void set_path_prefix(std::string prefix) { path_prefix_ = std::move(prefix); }

  std::deque<ParameterSpec>& specs() { return specs_; }
  const std::deque<ParameterSpec>& specs() const { return specs_; }

 private:
  std::deque<ParameterSpec> specs_;
  std::map<std::string, ParameterSpec*, std::less<>> by_name_;
  std::string path_prefix_;
};

/// A place in the tree of names: `scope / "layers" / 3`.
class Scope {
 public:
  explicit Scope(ParameterSet& set, std::string prefix = {}) : set_(&set), prefix_(std::move(prefix)) {}
  Scope operator/(std::string_view name) const;
  Scope operator/(int64_t index) const { return *this / std::to_string(index); }
  Weight weight(std::string_view leaf, std::vector<int64_t> dims, Initializer initializer, ParameterRole role,
                std::optional<PackedPlace> packed = std::nullopt) const;
  const std::string& prefix() const { return prefix_; }

 private:
  ParameterSet* set_;
  std::string prefix_;
};

}  // namespace easydel::nn
