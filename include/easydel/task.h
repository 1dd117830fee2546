// ModelTask: what a model computes from its hidden states. Transformers' classes name it by their endings.
//
//   auto model = EDPretrainedModel::from_pretrained("roberta-base", {.task = ModelTask::kTokenClassification,
//                                                                    .allow_missing = true});
#pragma once

#include <cstdint>
#include <string_view>

namespace easydel {

enum class ModelTask : uint8_t {
  kBase,                    ///< no head: the last hidden states
  kCausalLM,                ///< the next token of a text
  kSeq2SeqLM,               ///< the next token of a text that answers another one
  kMaskedLM,                ///< the token behind a mask
  kSequenceClassification,  ///< scores of a text
  kTokenClassification,     ///< scores of each token
  kQuestionAnswering,       ///< where an answer starts and ends
};

/// As the automatic classes end: "CausalLM", "SequenceClassification", ...; "base model" for kBase.
std::string_view to_string(ModelTask task);

/// Whether models of the task continue texts.
constexpr bool can_generate(ModelTask task) {
  return task == ModelTask::kCausalLM || task == ModelTask::kSeq2SeqLM;
}

}  // namespace easydel
