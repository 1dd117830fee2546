// What one forward pass over a mesh takes, estimated from the specs of weights and activations.
#pragma once

#include "easydel/plan.h"
#include "nn/module.h"
#include "pretrained/placement.h"

namespace easydel {

/// A pass of `length` tokens per row over the plan's weights and caches.
///
/// A linear weight [out, in] whose axes also split the rows or the sequence is gathered before it is used; one whose
/// `in` is split over other axes gives partial sums, which are reduced. The peak holds the residual stream, what one
/// module (attention or MLP) computes, and the largest gathered weight.
StepPlan plan_step(const nn::Module& module, const Placement& placement, const ShardingPlan& plan,
                   int64_t length);

}  // namespace easydel
