#include "core/base/error.h"

#include <new>
#include <system_error>

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

Error::Error(ErrorKind kind, const std::string& message, bool wrong_for_all)
    : std::runtime_error(one_line(message)), m_kind(kind), m_wrong_for_all(wrong_for_all) {}

Error cancelled_error() {
  return {ErrorKind::Cancelled, "cancelled; no output was written"};
}

Error caught_error(const std::string& memory_cure) {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return resource_error("out of memory{}", memory_cure);
  } catch (const std::system_error& error) {
    return resource_error("the system refuses: {}", error.what());
  } catch (const std::exception& error) {
    return internal_error("internal error: {}", error.what());
  } catch (...) {
    return internal_error("internal error of an unknown kind");
  }
}

}  // namespace orthocover
