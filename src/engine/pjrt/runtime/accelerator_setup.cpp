#include "engine/pjrt/runtime/accelerator_setup.h"

#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

#include "engine/pjrt/folder.h"

namespace easydel::pjrt {
namespace {

namespace fs = std::filesystem;

// In the order of their own dependencies.
constexpr std::array<std::string_view, 15> kNvidiaLibraries = {
    "libcudart.so",       "libnvrtc.so",    "libnvJitLink.so",   "libcublasLt.so",  "libcublas.so",
    "libcupti.so",        "libcusparse.so", "libcusolver.so",    "libcufft.so",     "libnccl.so",
    "libnvshmem_host.so", "libcudnn.so",    "libcudnn_graph.so", "libcudnn_ops.so", "libcudnn_cnn.so"};

/// The folders that hold shared objects: nvidia/<part>/lib.
std::vector<fs::path> library_folders(const fs::path& nvidia) {
  std::vector<fs::path> folders;
  std::error_code ignored;
  for (const fs::path& part : folder_entries(nvidia))
    if (fs::is_directory(part / "lib", ignored)) folders.push_back(part / "lib");
  return folders;
}

void open_nvidia_libraries(const fs::path& nvidia) {
  const std::vector<fs::path> folders = library_folders(nvidia);
  for (const std::string_view library : kNvidiaLibraries) {
    for (const fs::path& folder : folders) {
      for (const fs::path& file : folder_entries(folder)) {
        // libcudart.so.13 and the like: the wheels carry versioned names only.
        if (file.filename().string().starts_with(std::string(library) + "."))
          dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
      }
    }
  }
}

void append_xla_flag(const std::string& flag) {
  const char* set = std::getenv("XLA_FLAGS");
  std::string flags = set == nullptr ? "" : set;
  if (flags.find(flag.substr(0, flag.find('='))) != std::string::npos) return;
  if (!flags.empty()) flags += ' ';
  setenv("XLA_FLAGS", (flags + flag).c_str(), 1);
}

bool is_on_cloud_tpu() {
  std::error_code ignored;
  return fs::exists("/dev/accel0", ignored) || fs::exists("/dev/vfio/0", ignored);
}

}  // namespace

void prepare_accelerator(const FoundPlugin& plugin) {
  setenv("TF_CPP_MIN_LOG_LEVEL", "3", 0);  // what matters comes back as an error
  if (plugin.name == "cuda") {
    // A bare path has no wheels beside it, and nvidia/ must not be the working folder's.
    if (plugin.root.empty()) return;
    const fs::path nvidia = plugin.root / "nvidia";
    open_nvidia_libraries(nvidia);
    std::error_code ignored;
    for (const char* part : {"cu13", "cuda_nvcc"})
      if (fs::is_directory(nvidia / part, ignored))
        append_xla_flag("--xla_gpu_cuda_data_dir=" + (nvidia / part).string());
  } else if (plugin.name == "tpu") {
    if (!is_on_cloud_tpu()) setenv("TPU_SKIP_MDS_QUERY", "1", 0);
  }
}

}  // namespace easydel::pjrt
