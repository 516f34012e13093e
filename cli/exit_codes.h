#pragma once

#include <array>

namespace orthocover {

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

}  // namespace orthocover
