// Activations of feed-forward layers. The exponential makes them bound by arithmetic in the cache and by
// memory outside it.
#include "engine/native/kernels/isa/functions.h"
#include "engine/native/kernels/isa/math.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {
namespace {

/// Calls body with the function of `kind`, so that the choice is made once per row.
template <typename Body>
void with_function(ActivationKind kind, const Body& body) {
  switch (kind) {
    case ActivationKind::kIdentity:
      return body([](Vec x) { return x; });
    case ActivationKind::kSilu:
      return body([](Vec x) { return x / (set1(1.0f) + exp(zero() - x)); });
    case ActivationKind::kGelu:
      return body([](Vec x) { return set1(0.5f) * x * (set1(1.0f) + erf(x * set1(0.70710678f))); });
    case ActivationKind::kGeluTanh:
      // 0.5 x (1 + tanh(u)) = x sigmoid(2u), without the cancellation for negative x.
      return body([](Vec x) { return x * sigmoid(set1(1.59576912f) * fma(x * x * x, set1(0.044715f), x)); });
    case ActivationKind::kQuickGelu:
      return body([](Vec x) { return x * sigmoid(set1(1.702f) * x); });
    case ActivationKind::kRelu:
      return body([](Vec x) { return max(zero(), x); });
    case ActivationKind::kReluSquared:
      return body([](Vec x) { return max(zero(), x) * max(zero(), x); });
    case ActivationKind::kTanh:
      return body([](Vec x) { return tanh(x); });
    case ActivationKind::kSigmoid:
      return body([](Vec x) { return sigmoid(x); });
  }
}

}  // namespace

void activation(ActivationKind kind, const float* x, float* out, int64_t count) {
  with_function(kind, [&](auto function) {
    for_vectors(count, [&](int64_t i, int n) { store_some(out + i, function(load_some(x + i, n)), n); });
  });
}

void gated_activation(ActivationKind kind, const float* gate, const float* up, float* out, int64_t count) {
  with_function(kind, [&](auto function) {
    for_vectors(count, [&](int64_t i, int n) {
      store_some(out + i, function(load_some(gate + i, n)) * load_some(up + i, n), n);
    });
  });
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
