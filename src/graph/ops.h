// All ops that a model can use.
#pragma once

#include "graph/ops/activation.h"
#include "graph/ops/attention.h"
#include "graph/ops/elementwise.h"
#include "graph/ops/experts.h"
#include "graph/ops/indexing.h"
#include "graph/ops/matmul.h"
#include "graph/ops/movement.h"
#include "graph/ops/normalization.h"
#include "graph/ops/quantization.h"
#include "graph/ops/random.h"
#include "graph/ops/reduce.h"
#include "graph/ops/sharding.h"
#include "graph/ops/sort.h"
