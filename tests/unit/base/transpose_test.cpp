#include "base/transpose.h"

#include <gmock/gmock.h>

#include <numeric>

#include "unit/error_of.h"

namespace easydel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename T>
HostTensor ramp(std::initializer_list<int64_t> dims) {
  HostTensor tensor = HostTensor::zeros({dtype_of<T>(), dims});
  std::iota(tensor.mutable_data<T>().begin(), tensor.mutable_data<T>().end(), T{0});
  return tensor;
}

TEST(SwapLastAxes, TurnsRowsIntoColumns) {
  const HostTensor turned = swap_last_axes(ramp<int32_t>({2, 3}));
  EXPECT_EQ(turned.shape(), Shape(DType::kI32, {3, 2}));
  EXPECT_THAT(turned.data<int32_t>(), ElementsAre(0, 3, 1, 4, 2, 5));
}

TEST(SwapLastAxes, KeepsTheAxesBefore) {
  const HostTensor turned = swap_last_axes(ramp<int8_t>({2, 1, 2}));
  EXPECT_EQ(turned.shape(), Shape(DType::kI8, {2, 2, 1}));
  EXPECT_THAT(turned.data<int8_t>(), ElementsAre(0, 1, 2, 3));
}

TEST(SwapLastAxes, TwiceIsTheTensorItself) {
  for (const HostTensor& tensor :
       {ramp<uint8_t>({37, 70}), ramp<int32_t>({70, 33}), ramp<double>({3, 65, 40}), ramp<float>({0, 4})}) {
    const HostTensor half = tensor.dtype() == DType::kI32 ? tensor.to(DType::kBF16) : tensor;
    const HostTensor back = swap_last_axes(swap_last_axes(half));
    EXPECT_EQ(back.shape(), half.shape());
    EXPECT_TRUE(std::ranges::equal(back.bytes(), half.bytes())) << half.shape().to_string();
  }
}

TEST(SwapLastAxes, NeedsTwoAxes) {
  EXPECT_THAT(error_of([] { swap_last_axes(ramp<float>({4})); }), HasSubstr("f32[4] has no two axes"));
}

}  // namespace
}  // namespace easydel
