#include "child_program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace orthocover {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

fs::path new_folder() {
  std::string name = (fs::path(testing::TempDir()) / "orthocover-child-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return name;
}

void redirect(int descriptor, const std::string& file) {
  const int opened = open(file.c_str(), O_WRONLY | O_CREAT, 0600);
  if (opened < 0 || dup2(opened, descriptor) < 0) _exit(126);
}

}  // namespace

ChildProgram::ChildProgram(const fs::path& program, const std::vector<std::string>& words,
                           const std::vector<std::pair<std::string, std::string>>& environment,
                           const std::string& output_file)
    : m_folder(new_folder()) {
  const std::string output = output_file.empty() ? (m_folder / "output").string() : output_file;
  const std::string errors = (m_folder / "errors").string();
  const std::string path = program.string();
  std::vector<char*> arguments = {const_cast<char*>(path.c_str())};
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  int input[2] = {-1, -1};
  if (pipe2(input, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  m_input = input[1];
  m_process = fork();
  if (m_process != 0) {
    close(input[0]);
    return;
  }
  dup2(input[0], STDIN_FILENO);
  alarm(180);  // a hanging program fails its test instead of hanging it
  redirect(STDOUT_FILENO, output);
  redirect(STDERR_FILENO, errors);
  for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
  execv(path.c_str(), arguments.data());
  _exit(127);
}

ChildProgram::~ChildProgram() {
  if (m_process > 0) {
    kill(m_process, SIGKILL);
    waitpid(m_process, nullptr, 0);
  }
  close_input();
  std::error_code ignored;
  fs::remove_all(m_folder, ignored);
}

void ChildProgram::close_input() {
  if (m_input >= 0) close(m_input);
  m_input = -1;
}

bool ChildProgram::wait_for_error(const std::string& text) const {
  return wait_for(text, "errors");
}

bool ChildProgram::wait_for_output(const std::string& text) const {
  return wait_for(text, "output");
}

bool ChildProgram::wait_for(const std::string& text, const char* stream) const {
  for (int i = 0; i < 12000; ++i) {
    if (content_of(m_folder / stream).find(text) != std::string::npos) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

void ChildProgram::send(int signal) const {
  kill(m_process, signal);
}

Outcome ChildProgram::finish() {
  int status = 0;
  waitpid(m_process, &status, 0);
  m_process = -1;
  const int exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {exit_code, content_of(m_folder / "output"), content_of(m_folder / "errors")};
}

Outcome run_child(const fs::path& program, const std::vector<std::string>& words,
                  const std::vector<std::pair<std::string, std::string>>& environment) {
  return ChildProgram(program, words, environment).finish();
}

}  // namespace orthocover
