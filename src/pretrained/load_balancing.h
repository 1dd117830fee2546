// The auxiliary loss of mixtures of experts: how far the routers are from loading all experts alike.
//
//   HostTensor loss = load_balancing_loss(output.router_logits, /*choices=*/2, attention_mask);   // f32 []
#pragma once

#include <cstdint>
#include <span>

#include "easydel/host_tensor.h"

namespace easydel {

/// experts * sum over experts of (how many of a token's `choices` it is) * (its mean probability), over the tokens of all
/// layers: `choices` where the load is even. `router_logits`: f32 [tokens, experts] of each layer. `mask`: i32 of `tokens`
/// elements, 0 leaves a token out; empty: all count. NaN where no token counts, as in Transformers. Fedus et al. 2022,
/// arXiv:2101.03961, equations 4 to 6.
HostTensor load_balancing_loss(std::span<const HostTensor> router_logits, int64_t choices,
                               const HostTensor& mask);

}  // namespace easydel
