#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace orthocover {

/// CRC-32C (Castagnoli) of some bytes.
/// @source RFC 3720, appendix B.4
std::uint32_t crc32c(std::string_view bytes);

/// An event file that TensorBoard shows: numbers over steps.
/// @source TensorFlow's record format (length, masked CRC, data, masked CRC) with protocol buffers of
/// event.proto and summary.proto
class TensorboardWriter {
 public:
  /// @param folder in which TensorBoard looks; the file is named by the time in seconds since 1970
  /// @throws Error{Resource} when the file can't be made
  TensorboardWriter(const std::filesystem::path& folder, double wall_time_s);

  /// @param tag name of the curve, as `loss/train`
  /// @throws Error{Resource} as append_record()
  void scalar(std::string_view tag, std::int64_t step, double value, double wall_time_s);

 private:
  void write_record(const std::string& event);

  std::filesystem::path m_path;
};

}  // namespace orthocover
