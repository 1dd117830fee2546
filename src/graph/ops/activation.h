// Activations of feed-forward layers, by Hugging Face's `hidden_act` names.
#pragma once

#include <string_view>

#include "graph/graph.h"

namespace easydel {

/// Attribute "function" of both: one of activation_names().
extern const OpInfo kActivationOp, kGatedActivationOp;

/// "silu", "swish", "gelu", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "quick_gelu", "relu", "relu2",
/// "tanh", "sigmoid", "identity"/"linear"; aliases are mapped to one name by canonical_activation().
std::span<const std::string_view> activation_names();
/// Throws Error(kUnsupported) that lists the known names.
std::string_view canonical_activation(std::string_view name);

/// Composite. function(x).
Value activation(Value x, std::string_view function);
inline Value silu(Value x) {
  return activation(x, "silu");
}
/// Composite. function(gate) * up: the inner part of a gated MLP (SwiGLU: Shazeer 2020, arXiv:2002.05202).
Value gated_activation(Value gate, Value up, std::string_view function);

}  // namespace easydel
