#include "cli/model.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/thread_pool.h"
#include "easydel/error.h"
#include "io/hub/snapshot.h"

namespace easydel::cli {
namespace {

void remark(const std::vector<std::string>& names, std::string_view what) {
  if (names.empty()) return;
  constexpr size_t kShown = 3;
  const size_t shown = std::min(kShown, names.size());
  fmt::print(stderr, "note: {} {}: {}{}\n", names.size(), what,
             fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
             shown < names.size() ? ", ..." : "");
}

}  // namespace

void check_model_name(const std::string& name) {
  if (name.ends_with(".gguf"))
    throw Error(
        ErrorCode::kUnsupported, "load",
        fmt::format("{}: this version does not read GGUF; name a directory in Hugging Face's layout", name));
}

EDPretrainedConfig read_config(const std::string& name, const CommonOptions& common) {
  check_model_name(name);
  auto config = EDPretrainedConfig::from_pretrained(name, common.hub(nullptr));
  config.update(common.config_kwargs());
  if (const auto quantizes = common.quantizes_kv_cache())
    config.set("quantize_kv_cache", *quantizes ? "true" : "false");
  return config;
}

LoadedModel load_model(const std::string& name, const CommonOptions& common, const LoadRequest& request) {
  common.check();
  check_model_name(name);
  const Stopwatch watch;
  const std::unique_ptr<ProgressSink> progress = common.progress();
  const std::filesystem::path directory =
      hub::model_directory(name, hub::kModelFiles, common.hub(progress.get()));
  LoadedModel loaded{.name = directory.string()};
  if (request.with_tokenizer && std::filesystem::exists(directory / "tokenizer.json"))
    loaded.tokenizer = Tokenizer::from_pretrained(directory);
  LoadOptions options;
  options.dtype = common.compute_dtype();
  options.param_dtype = common.weight_dtype();
  options.config_kwargs = common.config_kwargs();
  options.quantize_kv_cache = common.quantizes_kv_cache();
  options.quantize = common.quantize;
  options.bit_targeted_params = common.quantize_params;
  options.importance = request.importance;
  options.engine = common.engine_options();
  options.sharding = common.sharding();
  const bool is_model = std::filesystem::exists(directory / "config.json");
  if (request.expects && is_model) options.prepare = request.expects(loaded);
  options.hub.variant = common.variant;
  options.progress = progress.get();
  loaded.model = EDPretrainedModel::from_pretrained(directory, options);
  loaded.load_s = watch.seconds();
  if (!common.quiet) {
    remark(loaded.model->load_report().unexpected, "tensors of the checkpoint are no part of the model");
    remark(loaded.model->load_report().missing, "tensors were missing and are random now");
  }
  return loaded;
}

const Tokenizer& require_tokenizer(const LoadedModel& loaded, std::string_view operation) {
  if (!loaded.tokenizer)
    throw Error(
        ErrorCode::kNotFound, std::string(operation),
        fmt::format("{} has no tokenizer.json, which text needs; add one, or give token ids with --ids",
                    loaded.name));
  return *loaded.tokenizer;
}

PaddedIds pad_left(const std::vector<std::vector<int32_t>>& rows, int32_t pad_id) {
  size_t longest = 0, shortest = SIZE_MAX;
  for (const auto& row : rows) {
    longest = std::max(longest, row.size());
    shortest = std::min(shortest, row.size());
  }
  if (rows.empty() || shortest == 0)
    throw Error(ErrorCode::kInvalidArgument, "--ids", "a row has no ids; give at least one token per row");
  std::vector<int32_t> ids, mask;
  for (const auto& row : rows) {
    ids.insert(ids.end(), longest - row.size(), pad_id);
    ids.insert(ids.end(), row.begin(), row.end());
    mask.insert(mask.end(), longest - row.size(), 0);
    mask.insert(mask.end(), row.size(), 1);
  }
  const std::initializer_list<int64_t> dims = {static_cast<int64_t>(rows.size()),
                                               static_cast<int64_t>(longest)};
  PaddedIds padded{.ids = HostTensor::from<int32_t>(dims, ids), .attention_mask = {}};
  if (shortest != longest) padded.attention_mask = HostTensor::from<int32_t>(dims, mask);
  return padded;
}

int effective_threads(const CommonOptions& common) {
  return ThreadPool(common.threads).threads();
}

int64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<int64_t>(usage.ru_maxrss) * 1024;  // Linux counts in kibibytes
}

int64_t huge_page_bytes() {
  std::ifstream maps("/proc/self/smaps_rollup");
  for (std::string line; std::getline(maps, line);) {
    long long kibibytes = 0;
    if (std::sscanf(line.c_str(), "FilePmdMapped: %lld kB", &kibibytes) == 1) return kibibytes * 1024;
  }
  return 0;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace easydel::cli
