#include "cli/program.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace easydel::cli_test {
namespace {

// In the child: stdin, stdout and stderr are files, so that no pipe can fill up.
[[noreturn]] void become_program(std::vector<char*> arguments, const std::string& base,
                                 const RunOptions& options) {
  const auto redirect = [](const std::string& path, int flags, int target) {
    if (dup2(open(path.c_str(), flags, 0600), target) < 0) _exit(126);
  };
  redirect(base + ".in", O_RDONLY, STDIN_FILENO);
  redirect(base + ".out", O_WRONLY | O_CREAT, STDOUT_FILENO);
  redirect(base + ".err", O_WRONLY | O_CREAT, STDERR_FILENO);
  if (options.file_size_limit > 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{options.file_size_limit, options.file_size_limit};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(126);
  }
  execv(EASYDEL_PROGRAM, arguments.data());
  _exit(127);
}

void expect_one_line(const Result& result, const std::vector<std::string>& parts) {
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
  EXPECT_THAT(result.err, ::testing::StartsWith("easydel"));
  for (const std::string& part : parts) EXPECT_THAT(result.err, ::testing::HasSubstr(part));
}

}  // namespace

Result easydel_program(const std::vector<std::string>& arguments, const RunOptions& options) {
  const Scratch scratch;
  const std::string base = scratch.path("run");
  scratch.write("run.in", options.input);
  std::vector<char*> argv = {const_cast<char*>("easydel")};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);

  const pid_t child = fork();
  if (child == 0) become_program(argv, base, options);
  if (options.kill_after_us > 0) {
    usleep(static_cast<useconds_t>(options.kill_after_us));
    kill(child, SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .out = read_file(base + ".out"),
          .err = read_file(base + ".err")};
}

void expect_refused(const Result& result, const std::vector<std::string>& parts) {
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_EQ(result.out, "");
  expect_one_line(result, parts);
}

void expect_wrong_usage(const Result& result, const std::vector<std::string>& parts) {
  EXPECT_EQ(result.exit_code, 2) << result.err;
  EXPECT_EQ(result.out, "");
  expect_one_line(result, parts);
  EXPECT_THAT(result.err, ::testing::HasSubstr("--help"));
}

Scratch::Scratch() {
  std::string name = (std::filesystem::temp_directory_path() / "easydel-cli-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Scratch::copy_of_model(const std::string& name) const {
  std::filesystem::copy(kModel, path_ / name, std::filesystem::copy_options::recursive);
  return path(name);
}

void Scratch::write(const std::string& name, const std::string& content) const {
  std::ofstream(path_ / name, std::ios::binary) << content;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace easydel::cli_test
