#include "base/hash.h"

#include <gtest/gtest.h>

namespace easydel {
namespace {

// From the page of its authors, Fowler, Noll and Vo: http://www.isthe.com/chongo/tech/comp/fnv
TEST(Fnv1a, IsThatOfItsAuthors) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325u);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cu);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8u);
}

}  // namespace
}  // namespace easydel
