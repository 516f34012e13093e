#include "georef/gdal/gdal_error.h"

#include <cpl_error.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "core/base/pending_output.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

constexpr std::uintmax_t kFullBytes = 1024 * 1024;

/// GDAL aborts the program after a fatal error, the lack of a few bytes, and no exception can pass it: the
/// program ends with our line and exit code instead.
void end_if_fatal(CPLErr level, CPLErrorNum number, const char* text) {
  if (level != CE_Fatal) return;
  const char* cure = number == CPLE_OutOfMemory ? "; give less with --memory, --batch-size or --jobs" : "";
  std::fprintf(stderr, "orthocover: GDAL: %s%s\n", text != nullptr ? text : "fatal error", cure);
  _exit(static_cast<int>(ErrorKind::Resource));
}

/// What libjpeg only warns of: pixels that are lost come as grey then. Bytes too many do no harm. MapInfo
/// files bend what lies outside of their bounds.
bool tells_damage(const char* text) {
  const std::string_view warning = text != nullptr ? text : "";
  const auto says = [&](std::string_view words) { return warning.find(words) != std::string_view::npos; };
  return says("remature end of") || says("written outside of the") ||
         (says("Corrupt JPEG data") && !says("extraneous bytes"));
}

void CPL_STDCALL print(CPLErr level, CPLErrorNum number, const char* text) {
  end_if_fatal(level, number, text);
  CPLDefaultErrorHandler(level, number, text);
}

void CPL_STDCALL collect(CPLErr level, CPLErrorNum number, const char* text) {
  end_if_fatal(level, number, text);
  if (level < CE_Warning) return;
  static_cast<GdalErrors*>(CPLGetErrorHandlerUserData())->note(level >= CE_Failure, text);
}

}  // namespace

void end_well_on_fatal_errors() {
  CPLSetErrorHandler(print);
}

GdalErrors::GdalErrors() {
  CPLErrorReset();
  CPLPushErrorHandlerEx(collect, this);
}

GdalErrors::~GdalErrors() {
  CPLPopErrorHandler();
}

void GdalErrors::note(bool failure, const char* text) {
  std::string& kept = failure || tells_damage(text) ? m_failure : m_warning;
  if (!kept.empty() || text == nullptr) return;
  kept = text;
  kept.resize(std::min(kept.size(), kept.find(" (this warning can be turned")));
  // Statements may be pages long.
  constexpr std::string_view kFailed = ") failed: ";
  const std::size_t reason = kept.starts_with("sqlite3_exec(") ? kept.rfind(kFailed) : std::string::npos;
  if (reason != std::string::npos) kept.replace(0, reason + kFailed.size(), "SQLite: ");
}

std::string GdalErrors::message() const {
  if (failed()) return m_failure;
  return m_warning.empty() ? "unknown reason" : m_warning;
}

Error write_error(const std::filesystem::path& target, const std::string& reason) {
  std::error_code status;
  const std::filesystem::space_info space = std::filesystem::space(folder_of(target), status);
  if (!status && space.available < kFullBytes) {
    return resource_error("{}: writing failed, the disk is full ({} free): {}", target.string(),
                          format_bytes(space.available), one_line(reason));
  }
  return resource_error("{}: writing failed: {}", target.string(), one_line(reason));
}

}  // namespace orthocover
