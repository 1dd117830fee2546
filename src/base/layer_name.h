// What the layers of a model have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace easydel {

/// A name, or a sentence with names in it, with `*` for each layer's number:
/// "model.layers.3.mlp.up_proj.weight" -> "model.layers.*.mlp.up_proj.weight".
std::string any_layer(std::string_view text);

/// A name of one layer: what it is called in any layer, and which layer it is of.
struct LayerName {
  std::string any;
  int64_t layer = 0;
};

/// Splits at the first number, so that further ones (of experts) stay: "layers.3.mlp.experts.5.weight" ->
/// {"layers.*.mlp.experts.5.weight", 3}. Nothing for a name without a number.
std::optional<LayerName> split_layer_name(std::string_view name);

}  // namespace easydel
