// Killing a process in the middle of what it does.
//
//   run_until_killed([&] { save(); }, /*microseconds=*/500);   // then look at what is there
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace easydel::io {

/// Calls `call` over and over in a child process that gets SIGKILL after so many microseconds.
template <typename Call>
void run_until_killed(Call call, int microseconds) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    for (;;) call();
  }
  ::usleep(static_cast<useconds_t>(microseconds));
  ::kill(child, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "it failed by itself";
}

}  // namespace easydel::io
