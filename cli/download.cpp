// `easydel download`: fetches a repository of the Hub into the cache.
#include "cli/command.h"
#include "easydel/hub.h"

namespace easydel::cli {
namespace {

struct DownloadOptions {
  std::string repository;
  CommonOptions common;
};

void run(const DownloadOptions& options) {
  options.common.check();
  const std::unique_ptr<ProgressSink> progress = options.common.progress();
  print_line(snapshot_download(options.repository, options.common.hub(progress.get())).string());
}

}  // namespace

Command add_download(CLI::App& program) {
  auto options = std::make_shared<DownloadOptions>();
  CLI::App* app = add_subcommand(program, "download", "Fetch a model from the Hub and print its folder",
                                 {"easydel download HuggingFaceTB/SmolLM2-135M-Instruct",
                                  "easydel download HuggingFaceTB/SmolLM2-135M-Instruct --revision main"});
  app->add_option("REPO", options->repository, "Repository on the Hub: namespace/name")->required();
  add_common_options(*app, options->common);
  return {app, [options] { run(*options); }};
}

}  // namespace easydel::cli
