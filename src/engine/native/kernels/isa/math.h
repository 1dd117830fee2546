// Elementary functions on vectors. Errors against the exact value, measured over the whole range by
// tests/unit/engine/kernel_activation_test.cpp.
#pragma once

#include "engine/native/kernels/isa/simd.h"

namespace easydel::native::EASYDEL_KERNEL_ISA {

/// e^x within 2 units in the last place (Cephes' polynomial); underflows to 0, overflows to infinity, keeps
/// NaN.
inline Vec exp(Vec x) {
  x = min(set1(89.0f), max(set1(-105.0f), x));
  const Vec n = round_nearest(x * set1(1.44269504f));
  // ln 2 in two parts; the first has so few bits that n times it is exact.
  Vec r = fma(n, set1(-0.693359375f), x);
  r = fma(n, set1(2.12194440e-4f), r);
  Vec p = set1(1.9875691500e-4f);
  p = fma(p, r, set1(1.3981999507e-3f));
  p = fma(p, r, set1(8.3334519073e-3f));
  p = fma(p, r, set1(4.1665795894e-2f));
  p = fma(p, r, set1(1.6666665459e-1f));
  p = fma(p, r, set1(5.0000001201e-1f));
  return scale_by_power(fma(p, r * r, r) + set1(1.0f), n);
}

inline Vec sigmoid(Vec x) {
  return set1(1.0f) / (set1(1.0f) + exp(zero() - x));
}

/// Within 3 units in the last place: Cephes' odd polynomial near 0, else by exp(2|x|).
inline Vec tanh(Vec x) {
  const Vec a = abs(x);
  const Vec s = x * x;
  Vec p = set1(-5.70498872745e-3f);
  p = fma(p, s, set1(2.06390887954e-2f));
  p = fma(p, s, set1(-5.37397155531e-2f));
  p = fma(p, s, set1(1.33314422036e-1f));
  p = fma(p, s, set1(-3.33332819422e-1f));
  const Vec near = fma(p * s, x, x);
  const Vec far = set1(1.0f) - set1(2.0f) / (exp(a + a) + set1(1.0f));
  return select_less(a, set1(0.625f), near, copy_sign(far, x));
}

/// Within 5e-7: a rational function of x on [-4, 4] (Eigen's), +-1 outside.
inline Vec erf(Vec x) {
  x = min(set1(4.0f), max(set1(-4.0f), x));
  const Vec s = x * x;
  Vec p = set1(-2.72614225801306e-10f);
  p = fma(p, s, set1(2.77068142495902e-08f));
  p = fma(p, s, set1(-2.10102402082508e-06f));
  p = fma(p, s, set1(-5.69250639462346e-05f));
  p = fma(p, s, set1(-7.34990630326855e-04f));
  p = fma(p, s, set1(-2.95459980854025e-03f));
  p = fma(p, s, set1(-1.60960333262415e-02f));
  Vec q = set1(-1.45660718464996e-05f);
  q = fma(q, s, set1(-2.13374055278905e-04f));
  q = fma(q, s, set1(-1.68282697438203e-03f));
  q = fma(q, s, set1(-7.37332916720468e-03f));
  q = fma(q, s, set1(-1.42647390514189e-02f));
  return x * p / q;
}

}  // namespace easydel::native::EASYDEL_KERNEL_ISA
