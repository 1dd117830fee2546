// What the layers of a model have in common.
#pragma once

#include <string>
#include <string_view>

namespace easydel {

/// A name, or a sentence with names in it, with `*` for each layer's number:
/// "model.layers.3.mlp.up_proj.weight" -> "model.layers.*.mlp.up_proj.weight".
std::string any_layer(std::string_view text);

}  // namespace easydel
