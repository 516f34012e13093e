#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/operation/declaration.h"

namespace orthocover {

/// No line of help is longer, where words allow.
inline constexpr std::size_t kHelpColumns = 100;

/// An exit code of the program and when it comes.
struct ExitCode {
  int code;
  const char* meaning;
};

inline constexpr std::array<ExitCode, 10> kExitCodes = {{{0, "done"},
                                                         {1, "scenes of a batch failed"},
                                                         {2, "usage"},
                                                         {3, "data"},
                                                         {4, "model"},
                                                         {5, "resource (disk, memory, device)"},
                                                         {70, "internal error"},
                                                         {129, "stopped by SIGHUP"},
                                                         {130, "stopped"},
                                                         {143, "stopped by SIGTERM"}}};

/// Help of the program: operations and what else it can do.
std::string program_help(const std::vector<OperationSpec>& operations);

/// Help of one operation: usage, description, options by group with what is allowed and the defaults,
/// examples.
/// @param global options that every operation takes
std::string operation_help(const OperationSpec& spec, const OperationSpec& global);

/// `text` in lines of at most `columns`, broken at blanks; lines after the first are indented.
std::string wrap(const std::string& text, std::size_t columns, std::size_t indent);

}  // namespace orthocover
