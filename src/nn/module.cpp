#include "nn/module.h"

namespace easydel {

std::string_view to_string(ModelTask task) {
  switch (task) {
    case ModelTask::kBase:
      return "base model";
    case ModelTask::kCausalLM:
      return "CausalLM";
    case ModelTask::kSeq2SeqLM:
      return "Seq2SeqLM";
    case ModelTask::kMaskedLM:
      return "MaskedLM";
    case ModelTask::kSequenceClassification:
      return "SequenceClassification";
    case ModelTask::kTokenClassification:
      return "TokenClassification";
    case ModelTask::kQuestionAnswering:
      return "QuestionAnswering";
  }
  return "unknown";
}

namespace nn {

std::vector<OutputSpec> outputs_of(ModelTask task) {
  switch (task) {
    case ModelTask::kBase:
      return {{"last_hidden_state"}};
    case ModelTask::kQuestionAnswering:
      return {{"start_logits"}, {"end_logits"}};
    case ModelTask::kSequenceClassification:
      return {{.name = "logits", .per_token = false}};
    case ModelTask::kCausalLM:
    case ModelTask::kSeq2SeqLM:
    case ModelTask::kMaskedLM:
    case ModelTask::kTokenClassification:
      break;
  }
  return {{"logits"}};
}

Module::Module(ModelTask task, std::string_view base_prefix) : task_(task), base_(base_prefix) {
  if (!has_head()) parameters_.set_path_prefix(this->base_prefix());
}

}  // namespace nn
}  // namespace easydel
