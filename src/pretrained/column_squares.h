// column_squares(): a program that also tells what its linear layers multiply.
#pragma once

#include "graph/graph.h"

namespace easydel {

/// What the name of a result of column_squares() has before the weight's.
constexpr std::string_view kColumnSquares = "squares.";

/// The program with results of its own behind the others: for each weight of a linear layer, quantized or not, f32 [1, in]:
/// the squares of what its columns are multiplied with, summed over all rows. Every expert is taken to see every row.
Graph column_squares(const Graph& program);

}  // namespace easydel
