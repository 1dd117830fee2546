// The small files that go with a model when it is written anew.
//
//   AtomicFiles files;
//   stage_copies(files, source, destination, io::kTokenizerFiles);   // before the weights are written
//   ...
//   files.commit();
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "base/atomic_file.h"

namespace easydel::cli {

/// Adds copies of those of the files that `source` has to `files`, for `destination`; none where the two are one directory.
void stage_copies(AtomicFiles& files, const std::filesystem::path& source,
                  const std::filesystem::path& destination, std::span<const std::string_view> names);

}  // namespace easydel::cli
