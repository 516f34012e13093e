#include "georef/write_error.h"

#include "core/base/text.h"

namespace orthocover {
namespace {

constexpr std::uintmax_t kFullBytes = 1024 * 1024;

}  // namespace

Error write_error(const std::filesystem::path& target, const std::string& reason) {
  std::error_code status;
  const auto folder = target.has_parent_path() ? target.parent_path() : std::filesystem::path(".");
  const std::filesystem::space_info space = std::filesystem::space(folder, status);
  if (!status && space.available < kFullBytes) {
    return resource_error("{}: writing failed, the disk is full ({} free): {}", target.string(),
                          format_bytes(space.available), one_line(reason));
  }
  return resource_error("{}: writing failed: {}", target.string(), one_line(reason));
}

}  // namespace orthocover
