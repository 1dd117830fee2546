// column_products(): a program that also tells what its linear layers multiply.
#pragma once

#include "graph/graph.h"

namespace easydel {

/// What the name of a result of column_products() has before the weight's.
constexpr std::string_view kColumnProducts = "products.";

/// The program with results of its own behind the others: for each weight of a linear layer, quantized or not, f32 [groups,
/// 256, 256]: the products of what the columns of each group are multiplied with, summed over all rows; the last group is
/// filled up with zeros. Every expert is taken to see every row.
Graph column_products(const Graph& program);

}  // namespace easydel
