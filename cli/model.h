// Models and tokenizers for the subcommands.
//
//   const LoadedModel loaded = load_model("data/tiny-shakespeare", common);
//   loaded.model->generate(prompts, config, loaded.tokenizer_or_null());
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "easydel/model.h"
#include "easydel/tokenizer.h"

namespace easydel::cli {

struct LoadedModel {
  std::string name;  ///< its directory
  std::unique_ptr<EDPretrainedModel> model;
  std::optional<Tokenizer> tokenizer;  ///< none where the directory has no tokenizer.json
  double load_s = 0;

  /// Null without one.
  const Tokenizer* tokenizer_or_null() const { return tokenizer ? &*tokenizer : nullptr; }
};

/// Throws Error(kUnsupported) for the name of a GGUF file.
void check_model_name(const std::string& name);
/// The configuration of a directory or repository.
EDPretrainedConfig read_config(const std::string& name, const CommonOptions& common);
struct LoadRequest {
  bool with_tokenizer = true;
  /// What will be generated; called with all but the model, so that programs are compiled while weights are read.
  std::function<GenerationShape(const LoadedModel&)> expects;
  ColumnImportance importance;  ///< of a calibration, for --quantize
};
/// Loads a model of a directory or repository; tells on stderr what its report holds.
LoadedModel load_model(const std::string& name, const CommonOptions& common, const LoadRequest& request = {});
/// Throws Error(kNotFound) that says what to do without a tokenizer.
const Tokenizer& require_tokenizer(const LoadedModel& loaded, std::string_view operation);

/// Rows of ids as one tensor, the short ones padded on the left.
struct PaddedIds {
  HostTensor ids;             ///< i32 [rows, longest]
  HostTensor attention_mask;  ///< i32 [rows, longest]; empty when all rows are of one length
};
/// Throws Error(kInvalidArgument) for no rows or an empty one.
PaddedIds pad_left(const std::vector<std::vector<int32_t>>& rows, int32_t pad_id);

/// How many worker threads --threads stands for.
int effective_threads(const CommonOptions& common);
/// The greatest resident memory of this process so far.
int64_t peak_rss_bytes();
/// Bytes of mapped files that lie in huge pages now; 0 where the system does not say.
int64_t huge_page_bytes();
double median(std::vector<double> values);

}  // namespace easydel::cli
