// The kernels' names of activation functions.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "easydel/error.h"
#include "engine/native/kernels/kernels.h"

namespace easydel::native {

inline ActivationKind activation_kind(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, ActivationKind>, 9> kKinds = {{
      {"identity", ActivationKind::kIdentity},
      {"silu", ActivationKind::kSilu},
      {"gelu", ActivationKind::kGelu},
      {"gelu_tanh", ActivationKind::kGeluTanh},
      {"quick_gelu", ActivationKind::kQuickGelu},
      {"relu", ActivationKind::kRelu},
      {"relu2", ActivationKind::kReluSquared},
      {"tanh", ActivationKind::kTanh},
      {"sigmoid", ActivationKind::kSigmoid},
  }};
  for (const auto& [known, kind] : kKinds)
    if (known == name) return kind;
  throw Error(ErrorCode::kInternal, "activation", fmt::format("\"{}\" has no kernel", name));
}

}  // namespace easydel::native
