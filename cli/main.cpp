// The `easydel` program: reads the command line, runs one subcommand, and turns errors into one line and an exit code.
#include <fmt/core.h>

#include <cstdio>
#include <exception>
#include <new>

#include "cli/command.h"
#include "cli/usage.h"
#include "easydel/error.h"
#include "easydel/version.h"

namespace easydel::cli {
namespace {

// The contract of docs/cli.md.
enum ExitCode { kDone = 0, kRequestWrong = 1, kUsageWrong = 2, kDefect = 70 };

const Stopwatch kSinceStart;

int report_defect(std::string_view what) {
  fmt::print(stderr, "easydel: defect: {}; please report it with the command line\n", what);
  return kDefect;
}

int run(int argc, char** argv) {
  CLI::App program("Load Hugging Face transformers, generate text with them, measure and convert them.",
                   "easydel");
  program.set_version_flag("--version", fmt::format("easydel {}", version()));
  program.require_subcommand(1);
  program.footer(
      "MODEL is a directory in Hugging Face's layout, or a repository on the Hub such as\n"
      "HuggingFaceTB/SmolLM2-135M. Results go to stdout, everything else to stderr.\n"
      "Exit codes: 0 done, 1 the input or the request was wrong, 2 wrong usage, 70 a defect of easydel.\n\n"
      "Start with:  easydel generate data/tiny-shakespeare --prompt \"ROMEO:\" --max-new-tokens 40\n"
      "More about a command:  easydel generate --help");

  const std::vector<Command> commands = {add_generate(program), add_chat(program),       add_forward(program),
                                         add_tokenize(program), add_detokenize(program), add_info(program),
                                         add_download(program), add_init(program),       add_convert(program),
                                         add_bench(program),    add_eval(program),       add_doctor(program),
                                         add_plugins(program)};
  try {
    program.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help or --version
    return program.exit(request);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "{}\n", usage_error(program, error));
    return kUsageWrong;
  }
  for (const Command& command : commands) {
    if (command.app->parsed()) command.run();
  }
  return kDone;
}

}  // namespace

double seconds_since_start() {
  return kSinceStart.seconds();
}

}  // namespace easydel::cli

int main(int argc, char** argv) {
  using namespace easydel;
  try {
    return cli::run(argc, argv);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInternal) return cli::report_defect(error.what());
    fmt::print(stderr, "easydel: {}\n", error.what());
    return cli::kRequestWrong;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr,
               "easydel: memory: the system refused more memory; use a smaller model, batch or context\n");
    return cli::kRequestWrong;
  } catch (const std::exception& error) {
    return cli::report_defect(error.what());
  }
}
