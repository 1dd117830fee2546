// What an accelerator's plugin needs of its process before it is loaded.
#pragma once

#include "engine/pjrt/plugin_search.h"

namespace easydel::pjrt {

/// CUDA: opens NVIDIA's libraries from the wheels beside the plugin (those of the system where there are none) and
/// points XLA at nvidia/cu13 for ptxas and libdevice. TPU: off the cloud, keeps libtpu from waiting for a metadata
/// server. Variables that the user has set stay as they are. Quiet: what is missing shows when a client is made.
void prepare_accelerator(const FoundPlugin& plugin);

}  // namespace easydel::pjrt
