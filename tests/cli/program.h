// Runs `easydel` and keeps what it printed.
//
//   const Result result = easydel_program({"tokenize", kModel, "--text", "hi", "--json"});
//   EXPECT_EQ(result.exit_code, 0) << result.err;
//   EXPECT_EQ(result.json()["ids"].size(), 2);
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace easydel::cli_test {

inline const std::string kModel = EASYDEL_SOURCE_DIR "/data/tiny-shakespeare";
inline const std::string kText = EASYDEL_SOURCE_DIR "/data/shakespeare.txt";

struct Result {
  int exit_code = -1;  ///< 128 + the signal's number when one ended the program
  std::string out, err;

  nlohmann::json json() const { return nlohmann::json::parse(out); }
};

struct RunOptions {
  std::string input;             ///< what the program reads from stdin
  uint64_t file_size_limit = 0;  ///< no file may grow past so many bytes: stands for a full disk
  int kill_after_us = 0;         ///< SIGKILL after so many microseconds; 0: never
};
Result easydel_program(const std::vector<std::string>& arguments, const RunOptions& options = {});

/// Expects exit code 1, nothing on stdout, and one line "easydel: ..." on stderr that holds every part.
void expect_refused(const Result& result, const std::vector<std::string>& parts);
/// Expects exit code 2 and one line that holds every part and says where help is.
void expect_wrong_usage(const Result& result, const std::vector<std::string>& parts);

/// A folder of its own for a test, removed at its end.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string path(const std::string& name = "") const { return (path_ / name).string(); }
  /// A copy of the small model, to be damaged.
  std::string copy_of_model(const std::string& name = "model") const;
  void write(const std::string& name, const std::string& content) const;

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::string& path);

}  // namespace easydel::cli_test
