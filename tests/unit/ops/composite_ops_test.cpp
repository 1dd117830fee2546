// Every composite op against its decomposition into plain ops (which JAX checks), on every instruction set.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/format.h"
#include "graph/ops/attention.h"
#include "graph/ops/experts.h"
#include "unit/ops/op_rows.h"

namespace easydel {
namespace {

using Values = std::vector<Value>;

TEST(CompositeOps, EqualTheirDecompositionOnEveryInstructionSet) {
  for (const OpRow& row : composite_op_rows()) {
    const HostTensor expected = run_op(row.build, row.inputs, Isa::kScalar, 1, /*decomposed=*/true)[0];
    for (const Isa isa : available_isas()) {
      for (const int threads : {1, 3}) {
        const std::string what = fmt::format("{} on {} with {} threads", row.name, to_string(isa), threads);
        expect_close(run_op(row.build, row.inputs, isa, threads)[0], expected, row.tolerance, what);
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

TEST(CompositeOps, EveryCompositeHasACase) {
  const std::set<std::string_view> covered = ops_of(composite_op_rows());
  for (const OpInfo* op : all_ops())
    EXPECT_TRUE(!op->is_composite() || covered.contains(op->name)) << op->name << " has no case";
}

// A query that sees no key: its row is zeros, not NaN.
TEST(CompositeOps, AFullyMaskedQueryGivesZeros) {
  const std::vector<HostTensor> inputs = {
      HostTensor::from<float>({1, 1, 1, 2}, {1, 2}), HostTensor::from<float>({1, 2, 1, 2}, {1, 2, 3, 4}),
      HostTensor::from<float>({1, 2, 1, 2}, {1, 2, 3, 4}), HostTensor::from<int32_t>({}, {1}),
      HostTensor::from<int32_t>({1, 2}, {0, 0})};
  const OpBuilder build = [](Graph&, const Values& x) {
    return Values{attention(x[0], x[1], x[2], x[3], x[4], {})};
  };
  for (const Isa isa : available_isas()) {
    const HostTensor result = run_op(build, inputs, isa, 1)[0];
    EXPECT_EQ(result.data<float>()[0], 0.0f);
    EXPECT_EQ(result.data<float>()[1], 0.0f);
  }
}

// An expert of NaN that nobody chose leaves no trace: its weights are not read.
TEST(CompositeOps, ExpertsThatNobodyChoseAreNotComputed) {
  const HostTensor ones = HostTensor::from<float>({1, 1}, {1}), nans = HostTensor::from<float>({1, 1}, {NAN});
  const std::vector<HostTensor> inputs = {HostTensor::from<float>({1, 1}, {2}),
                                          HostTensor::from<float>({1, 1}, {0.5}),
                                          HostTensor::from<int32_t>({1, 1}, {1}),
                                          nans,
                                          nans,
                                          nans,
                                          ones,
                                          ones,
                                          ones};
  const OpBuilder build = [](Graph&, const Values& x) {
    const std::vector<ExpertWeights> experts = {{{x[3]}, {x[4]}, {x[5]}}, {{x[6]}, {x[7]}, {x[8]}}};
    return Values{routed_experts(x[0], x[1], x[2], experts, "relu")};
  };
  for (const Isa isa : available_isas()) EXPECT_EQ(run_op(build, inputs, isa, 1)[0].data<float>()[0], 2.0f);
}

}  // namespace
}  // namespace easydel
