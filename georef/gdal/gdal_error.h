#pragma once

#include <filesystem>
#include <string>

#include "core/base/error.h"

namespace orthocover {

/// From now on a fatal error of GDAL, which has no memory for a few bytes, ends the program with one line and
/// the exit code of Resource; GDAL itself would abort it.
void end_well_on_fatal_errors();

/// Collects what GDAL reports on this thread for as long as it lives; nothing is printed. Objects nest.
class GdalErrors {
 public:
  GdalErrors();
  ~GdalErrors();
  GdalErrors(const GdalErrors&) = delete;
  GdalErrors& operator=(const GdalErrors&) = delete;

  /// True once GDAL has reported a failure (warnings do not count).
  bool failed() const { return !m_failure.empty(); }
  /// The first failure, or what was warned of, or "unknown reason".
  std::string message() const;
  /// For GDAL's handler: notes one report.
  void note(bool failure, const char* text);

 private:
  std::string m_failure;
  std::string m_warning;
};

/// Why a file could not be written, in one line; says so when its disk is full.
Error write_error(const std::filesystem::path& target, const std::string& reason);

}  // namespace orthocover
