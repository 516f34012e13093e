#include "core/operations/batch_summary.h"

#include <filesystem>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/operations/batch_table.h"

namespace orthocover::operations {
namespace {

bool is_summary(const std::string& path) {
  std::string head(kBatchCsvHead.size(), '\0');
  std::ifstream(path, std::ios::binary).read(head.data(), static_cast<std::streamsize>(head.size()));
  return head == kBatchCsvHead;
}

}  // namespace

void check_batch_summary(const std::string& path, bool overwrite) {
  check_output_path(path, true);
  std::error_code ignored;
  if (overwrite || !std::filesystem::exists(path, ignored) || is_summary(path)) return;
  throw usage_error(
      "{}: exists already and is no summary of a batch; choose another place with --summary, or "
      "add --overwrite to replace it",
      path);
}

void write_batch_summary(const std::string& path, const std::string& csv) {
  write_file_atomically(path, csv);
}

}  // namespace orthocover::operations
