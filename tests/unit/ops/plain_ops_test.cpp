// Every plain op against JAX, on every instruction set (tests/golden/ops/make.py made the data).
#include <gtest/gtest.h>

#include <set>

#include "base/format.h"
#include "unit/ops/op_rows.h"

namespace easydel {
namespace {

TEST(PlainOps, EqualJaxOnEveryInstructionSet) {
  for (const OpRow& row : plain_op_rows()) {
    for (const Isa isa : available_isas()) {
      for (const int threads : {1, 3}) {
        const std::vector<HostTensor> outputs = run_op(row.build, row.inputs, isa, threads);
        ASSERT_EQ(outputs.size(), row.expected.size()) << row.name;
        for (size_t index = 0; index < outputs.size(); ++index) {
          const std::string what =
              fmt::format("{} output {} on {} with {} threads", row.name, index, to_string(isa), threads);
          expect_close(outputs[index], row.expected[index], tolerance_of(row.expected[index].dtype()), what);
          if (testing::Test::HasFatalFailure()) return;
        }
      }
    }
  }
}

TEST(PlainOps, EveryOpHasAGoldenCase) {
  const std::set<std::string_view> covered = ops_of(plain_op_rows());
  for (const OpInfo* op : all_ops())
    EXPECT_TRUE(op->is_composite() || covered.contains(op->name)) << op->name << " has no golden case";
}

}  // namespace
}  // namespace easydel
