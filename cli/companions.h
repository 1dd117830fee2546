// What commands that write a model share: its small files, the size of its large ones.
//
//   AtomicFiles files;
//   stage_tokenizer(files, source, destination);   // before the weights are written
//   ...
//   files.commit();
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/atomic_file.h"

namespace easydel::cli {

/// Adds copies of those of the files that `source` has to `files`, for `destination`; none where the two are one directory.
void stage_copies(AtomicFiles& files, const std::filesystem::path& source,
                  const std::filesystem::path& destination, std::span<const std::string_view> names);
/// stage_copies() of what fast and slow tokenizers read.
void stage_tokenizer(AtomicFiles& files, const std::filesystem::path& source,
                     const std::filesystem::path& destination);
/// --max-shard-bytes.
void add_shard_option(CLI::App& app, uint64_t& bytes);

}  // namespace easydel::cli
