#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/child_run.h"
#include "cli/console.h"
#include "cli/engine_entry.h"
#include "cli/global_options.h"

namespace orthocover {

/// Whom the program talks to: people, or the program that started it (`--child`).
class Audience {
 public:
  /// Known even when the arguments can't be read.
  /// @throws Error{Resource} when a parent can't be talked to
  explicit Audience(const std::vector<std::string>& arguments);

  /// What a run of the operation is given for its progress and messages; signals stop it from now on.
  /// @param operation prefix of messages
  /// @throws Error{Cancelled} when the parent is gone already
  RunContext& begin(const std::string& operation, const GlobalOptions& options);

  /// Says what came out. Call it once.
  /// @param operation empty while unknown
  /// @return the exit code
  int end(const std::string& operation, EngineReply reply);

 private:
  bool m_json;
  std::optional<ChildRun> m_child;
  std::optional<Console> m_console;
};

/// True when one of `words` stands before a `--`.
bool has_flag(const std::vector<std::string>& arguments, const std::vector<std::string>& words);

/// How an error ends a run.
EngineReply failure(ErrorKind kind, std::string message);

}  // namespace orthocover
