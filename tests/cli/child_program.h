#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace orthocover {

/// How a program ended.
struct Outcome {
  int exit_code = -1;  ///< 128 + signal when a signal killed it
  std::string output;
  std::string errors;
};

/// A program started by a test, with its own folder for what it prints. Its standard input is a pipe that
/// stays open until close_input().
class ChildProgram {
 public:
  /// @param environment variables set on top of the test's own
  ChildProgram(const std::filesystem::path& program, const std::vector<std::string>& words,
               const std::vector<std::pair<std::string, std::string>>& environment = {},
               const std::string& output_file = "");
  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;
  ~ChildProgram();

  /// Waits until standard error contains `text`; false after two minutes without it.
  bool wait_for_error(const std::string& text) const;
  /// The same for standard output.
  bool wait_for_output(const std::string& text) const;
  void send(int signal) const;
  pid_t process() const { return m_process; }
  /// Lets the program find the end of its standard input.
  void close_input();
  /// Waits for the end.
  Outcome finish();

 private:
  bool wait_for(const std::string& text, const char* stream) const;

  std::filesystem::path m_folder;
  pid_t m_process = -1;
  int m_input = -1;
};

/// Starts a program and waits for its end.
Outcome run_child(const std::filesystem::path& program, const std::vector<std::string>& words,
                  const std::vector<std::pair<std::string, std::string>>& environment = {});

}  // namespace orthocover
