#include "georef/gdal_error.h"

#include <cpl_error.h>

namespace orthocover {
namespace {

void CPL_STDCALL collect(CPLErr level, CPLErrorNum /*number*/, const char* text) {
  if (level < CE_Warning) return;
  static_cast<GdalErrors*>(CPLGetErrorHandlerUserData())->note(level >= CE_Failure, text);
}

}  // namespace

GdalErrors::GdalErrors() {
  CPLErrorReset();
  CPLPushErrorHandlerEx(collect, this);
}

GdalErrors::~GdalErrors() {
  CPLPopErrorHandler();
}

void GdalErrors::note(bool failure, const char* text) {
  std::string& kept = failure ? m_failure : m_warning;
  if (kept.empty() && text != nullptr) kept = text;
}

std::string GdalErrors::message() const {
  if (failed()) return m_failure;
  return m_warning.empty() ? "unknown reason" : m_warning;
}

}  // namespace orthocover
