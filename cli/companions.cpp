#include "cli/companions.h"

#include "cli/command.h"
#include "io/model_files.h"

namespace easydel::cli {

namespace fs = std::filesystem;

void stage_copies(AtomicFiles& files, const fs::path& source, const fs::path& destination,
                  std::span<const std::string_view> names) {
  if (fs::equivalent(source, destination)) return;
  for (const std::string_view name : names)
    if (fs::is_regular_file(source / name))
      files.add(destination / name).write(read_text_file(source / name));
}

void stage_tokenizer(AtomicFiles& files, const fs::path& source, const fs::path& destination) {
  stage_copies(files, source, destination, io::kTokenizerFiles);
  stage_copies(files, source, destination, io::kSlowTokenizerFiles);
}

void add_shard_option(CLI::App& app, uint64_t& bytes) {
  app.add_option("--max-shard-bytes", bytes, "Weights above this size go to several files")
      ->capture_default_str();
}

}  // namespace easydel::cli
