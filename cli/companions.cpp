#include "cli/companions.h"

#include "cli/command.h"

namespace easydel::cli {

namespace fs = std::filesystem;

void stage_copies(AtomicFiles& files, const fs::path& source, const fs::path& destination,
                  std::span<const std::string_view> names) {
  if (fs::equivalent(source, destination)) return;
  for (const std::string_view name : names)
    if (fs::is_regular_file(source / name))
      files.add(destination / name).write(read_text_file(source / name));
}

}  // namespace easydel::cli
