#pragma once

#include <ogr_core.h>
#include <ogr_geometry.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "georef/vector/layer_fields.h"

namespace orthocover {

/// How a layer becomes text: GeoJSON or KML.
struct TextPlan {
  std::filesystem::path target;  ///< for messages
  std::filesystem::path file;    ///< to write
  std::string name;
  bool is_sequence = false;  ///< GeoJSON: a feature on each line and nothing else
  int decimals = 7;          ///< of longitudes and latitudes
  FieldPlan fields;
};

/// A text file that is written from start to end; every write that fails is an error.
class TextOutput {
 public:
  /// @param target for messages
  /// @throws Error{Resource} when `file` can't be made
  TextOutput(const std::filesystem::path& file, std::filesystem::path target);

  TextOutput& operator<<(std::string_view text) {
    m_text += text;
    return *this;
  }
  /// A decimal number without zeros at its end.
  void add_number(double value, int decimals);
  /// @throws Error{Resource}
  void flush_if_large() {
    if (m_text.size() > kBufferBytes) flush();
  }
  /// @throws Error{Resource}
  void close();

 private:
  static constexpr std::size_t kBufferBytes = 1 << 20;
  struct FileCloser {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  void flush();

  std::filesystem::path m_target;
  std::unique_ptr<std::FILE, FileCloser> m_file;
  std::string m_text;  ///< not yet in the file
};

/// Whether a ring has to be turned round so that shells run against the clock and holes with it.
bool runs_wrong(std::span<const OGRRawPoint> ring, bool is_shell);

}  // namespace orthocover
