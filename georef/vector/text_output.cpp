#include "georef/vector/text_output.h"

#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "georef/gdal/gdal_error.h"

namespace orthocover {
namespace {

constexpr double kLargest = 9e15;  // whole numbers above have gaps

}  // namespace

TextOutput::TextOutput(const std::filesystem::path& file, std::filesystem::path target)
    : m_target(std::move(target)), m_file(std::fopen(file.c_str(), "wbe")) {
  if (!m_file) throw write_error(m_target, std::strerror(errno));
  std::setvbuf(m_file.get(), nullptr, _IONBF, 0);
}

void TextOutput::add_number(double value, int decimals) {
  double scale = 1;
  for (int i = 0; i < decimals; ++i) scale *= 10;
  const double scaled = std::abs(value) * scale;
  if (!(scaled < kLargest)) {
    m_text += fmt::format("{}", value);
    return;
  }
  auto rest = static_cast<std::uint64_t>(std::llround(scaled));
  if (value < 0 && rest > 0) m_text += '-';
  std::array<char, 40> digits;
  std::size_t at = digits.size();
  bool is_needed = false;  // zeros behind the last digit are not
  for (int i = 0; i < decimals; ++i, rest /= 10) {
    is_needed = is_needed || rest % 10 != 0;
    if (is_needed) digits[--at] = static_cast<char>('0' + rest % 10);
  }
  if (is_needed) digits[--at] = '.';
  do {
    digits[--at] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  m_text.append(digits.data() + at, digits.size() - at);
}

void TextOutput::flush() {
  errno = 0;
  if (std::fwrite(m_text.data(), 1, m_text.size(), m_file.get()) != m_text.size())
    throw write_error(m_target, std::strerror(errno));
  m_text.clear();
}

void TextOutput::close() {
  flush();
  if (std::fclose(m_file.release()) != 0) throw write_error(m_target, std::strerror(errno));
}

bool runs_wrong(std::span<const OGRRawPoint> ring, bool is_shell) {
  double turn = 0;  // twice the area, positive against the clock
  for (std::size_t i = 1; i < ring.size(); ++i) {
    turn += (ring[i - 1].x - ring[0].x) * (ring[i].y - ring[0].y) -
            (ring[i].x - ring[0].x) * (ring[i - 1].y - ring[0].y);
  }
  return (turn < 0) == is_shell;
}

}  // namespace orthocover
