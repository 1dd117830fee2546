// Everything that the library promises.
#pragma once

#include "easydel/config.h"
#include "easydel/dtype.h"
#include "easydel/error.h"
#include "easydel/generation.h"
#include "easydel/generation_config.h"
#include "easydel/host_tensor.h"
#include "easydel/log.h"
#include "easydel/model.h"
#include "easydel/plan.h"
#include "easydel/plugins.h"
#include "easydel/progress.h"
#include "easydel/shape.h"
#include "easydel/sharded_tensor.h"
#include "easydel/sharding.h"
#include "easydel/tokenizer.h"
#include "easydel/version.h"
