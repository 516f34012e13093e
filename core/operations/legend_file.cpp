#include "core/operations/legend_file.h"

#include "core/base/error.h"
#include "core/base/strict_json.h"
#include "core/nn/weights/byte_source.h"

namespace orthocover::operations {
namespace {

constexpr std::uint64_t kMaxLegendBytes = 1 << 20;

}  // namespace

Legend read_legend(const std::string& file) {
  const nn::FileBytes bytes(file);
  if (bytes.size() > kMaxLegendBytes)
    throw data_error("{}: has {} bytes, a legend has at most {}", file, bytes.size(), kMaxLegendBytes);
  try {
    return Legend::from_json(parse_strict_json(bytes.text(0, bytes.size()), file), file);
  } catch (const Error& error) {
    const std::string what = error.what();
    throw data_error("{}{}", what.starts_with(file) ? "" : file + ": ", what);
  }
}

}  // namespace orthocover::operations
