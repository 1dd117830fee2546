// EDPretrainedConfig: a Hugging Face config.json, every key of it kept.
//
//   auto config = easydel::EDPretrainedConfig::from_pretrained("data/tiny-shakespeare");
//   config.model_type();                       // "llama"
//   config.integer("hidden_size");             // 128
//   config.set("rope_scaling", "null");        // any JSON text
//   config.save_pretrained("out");             // out/config.json, unknown keys included
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "easydel/dtype.h"
#include "easydel/hub.h"
#include "easydel/sharding.h"

namespace easydel {

/// EasyDeL's additions to a configuration: how a model is laid over a mesh and computed. A file written by EasyDeL carries
/// them next to the model's keys. docs/configuration.md says which of them act here.
struct EasyDeLOptions {
  std::vector<int64_t> axis_dims = {1, -1, 1, 1};  ///< mesh sizes; one -1 takes what remains
  std::vector<std::string> axis_names = {"dp", "fsdp", "tp", "sp"};  ///< one per size
  std::string attn_mechanism = "sharded_vanilla";
  int64_t block_q = 128, block_k = 128, block_b = 1;  ///< attention tiles: queries, keys, batch
  /// Of its forward and backward kernels, by EasyDeL's names; unset: block_k or block_q.
  std::optional<int64_t> block_k_major, block_q_major_dkv, block_k_major_dkv, block_k_dkv, block_q_dkv,
      block_k_major_dq, block_k_dq, block_q_dq;
  DType attn_dtype = DType::kF32;           ///< of attention's scores
  bool shard_attention_computation = true;  ///< constrain attention's result before o_proj
  bool use_sharded_kv_caching = true;       ///< the cache is split over "sp"
  bool use_sharding_constraint = false;
  std::string backend;                ///< empty: the engine's own
  std::string easy_method = "train";  ///< train, serve or convert
  std::optional<int64_t> bits;        ///< quantized products of that many bits
  bool scan_ring_attention = true;
  bool scan_attention_layers = false;
  bool scan_layers = false;
  bool use_scan_mlp = true;            ///< feed-forward layers take a sequence in chunks
  int64_t scan_mlp_chunk_size = 1024;  ///< tokens of a chunk; the last may be shorter
  std::string attention_axis_name = "sp";
  bool quantize_kv_cache = false;  ///< keys and values in int8, a scale for each token and head
  std::string flash_attention_backward_pass_impl = "triton";
  std::string gradient_checkpointing = "nothing_saveable";  ///< empty: keep every activation
  PartitionAxis partition_axis;
};

class EDPretrainedConfig {
 public:
  /// An empty configuration.
  EDPretrainedConfig();
  EDPretrainedConfig(const EDPretrainedConfig& other);
  EDPretrainedConfig(EDPretrainedConfig&&) noexcept;
  EDPretrainedConfig& operator=(EDPretrainedConfig other) noexcept;
  ~EDPretrainedConfig();

  /// Reads config.json of a directory or of a repository on the Hub. Error(kNotFound) without one, Error(kCorruptFile)
  /// for malformed JSON, and what snapshot_download() throws.
  static EDPretrainedConfig from_pretrained(const std::filesystem::path& name_or_path,
                                            const HubOptions& options = {});
  /// Reads the text of a config.json; `source` names it in errors.
  static EDPretrainedConfig from_json(std::string_view text, std::string_view source = "config.json");

  /// The text of config.json as Transformers writes it: two spaces, sorted keys, unknown keys included.
  /// Rotary and dtype keys keep the spelling (Transformers 4 or 5) in which they were read.
  std::string to_json() const;
  /// Writes directory/config.json; the old file stays whole when that fails.
  void save_pretrained(const std::filesystem::path& directory) const;

  /// "llama", ...; Error(kCorruptFile) when the key is missing.
  std::string model_type() const;
  /// The checkpoint's dtype: `dtype` or Transformers 4's `torch_dtype`; kAuto when neither is given.
  DType dtype() const;
  std::vector<std::string> architectures() const;

  /// True when the key is there and not null.
  bool has(std::string_view key) const;
  /// True when the key is there, null included: some defaults differ for a missing and a null key.
  bool contains(std::string_view key) const;
  /// An integer in [least, most]. Errors name the key, its value and what it should be; `fallback` stands in
  /// for a missing or null key.
  int64_t integer(std::string_view key, std::optional<int64_t> fallback = std::nullopt, int64_t least = 0,
                  int64_t most = std::numeric_limits<int32_t>::max()) const;
  double number(std::string_view key, std::optional<double> fallback = std::nullopt) const;
  bool boolean(std::string_view key, std::optional<bool> fallback = std::nullopt) const;
  std::string text(std::string_view key, std::optional<std::string> fallback = std::nullopt) const;
  /// A list; empty for a missing or null key.
  std::vector<int64_t> integers(std::string_view key, int64_t least = 0,
                                int64_t most = std::numeric_limits<int32_t>::max()) const;
  std::vector<double> numbers(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;
  /// Token ids given as one integer or a list; empty for a missing or null key, and for -1, which stands for
  /// "none" in older files.
  std::vector<int32_t> token_ids(std::string_view key) const;
  /// The object under a key, with the same accessors; an empty one for a missing or null key.
  EDPretrainedConfig section(std::string_view key) const;

  /// EasyDeL's own fields, with EasyDeL's defaults for those that the file lacks.
  EasyDeLOptions easydel_options() const;
  /// The mesh that axis_dims and axis_names make of so many devices; five sizes without names are dp, fsdp, ep, tp, sp.
  /// Errors as Mesh::create() has them.
  Mesh mesh(int64_t device_count) const;

  /// Sets a key to a JSON value, given as text: "1e-5", "\"silu\"", "null", "[1, 2]".
  void set(std::string_view key, std::string_view json_value);
  /// Sets several, by name; an object replaces the one before it. Error(kInvalidArgument) names a key whose value is no JSON.
  void update(const std::map<std::string, std::string>& values);

  const nlohmann::json& json() const { return *json_; }

 private:
  EDPretrainedConfig(nlohmann::json json, std::string source);
  const nlohmann::json* find(std::string_view key) const;
  [[noreturn]] void fail(std::string_view key, std::string_view wanted) const;
  /// text() that is one of the choices.
  std::string choice(std::string_view key, std::string fallback,
                     std::initializer_list<std::string_view> choices) const;

  std::unique_ptr<nlohmann::json> json_;
  std::string source_;
};

}  // namespace easydel
