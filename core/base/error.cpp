#include "core/base/error.h"

#include "core/base/text.h"

namespace orthocover {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Usage:
      return "Usage";
    case ErrorKind::Data:
      return "Data";
    case ErrorKind::Model:
      return "Model";
    case ErrorKind::Resource:
      return "Resource";
    case ErrorKind::Cancelled:
      return "Cancelled";
    case ErrorKind::Internal:
      break;
  }
  return "Internal";
}

Error::Error(ErrorKind kind, const std::string& message)
    : std::runtime_error(one_line(message)), m_kind(kind) {}

}  // namespace orthocover
