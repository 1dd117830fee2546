// Usage errors: one line that says what is wrong with the command line and where help is.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace easydel::cli {

/// "easydel generate: unknown option --prmpt, did you mean --prompt?; see easydel generate --help".
std::string usage_error(const CLI::App& program, const CLI::ParseError& error);

}  // namespace easydel::cli
