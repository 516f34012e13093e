#include "core/base/plain_text.h"

#include <algorithm>
#include <cstdint>

#include "core/base/text.h"

namespace orthocover {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::uint32_t kNoLetter = 0xFFFFFFFF;

/// One character of a text.
struct Letter {
  std::uint32_t code = kNoLetter;  ///< kNoLetter: the byte is no UTF-8
  std::string_view bytes = kReplacement;
};

/// The character at `at`, which moves behind it.
Letter letter_at(std::string_view text, std::size_t& at) {
  const std::string_view rest = text.substr(at);
  const std::size_t bytes = utf8_bytes(rest);
  at += std::max<std::size_t>(bytes, 1);
  if (bytes == 0) return {};
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(rest[i]));
  };
  std::uint32_t code = bytes == 1 ? byte(0) : byte(0) & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) code = code << 6 | (byte(i) & 0x3FU);
  return {code, rest.substr(0, bytes)};
}

bool is_control(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2066 && code <= 0x2069);
}

/// Whether the byte is the first of CSV's line ends, CR LF.
bool is_line_end(std::string_view text, std::size_t at) {
  return text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n';
}

}  // namespace

std::size_t utf8_bytes(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t bytes = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (bytes == 0 || text.size() < bytes) return 0;
  const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < bytes; ++i)
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  return bytes;
}

std::string one_line(std::string_view text) {
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    const Letter letter = letter_at(text, at);
    const bool blank = letter.code == ' ' || is_control(letter.code);
    if (!blank)
      line += letter.bytes;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::vector<std::string> plain_lines(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  constexpr std::string_view kBlanks = " \t\r";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<std::string> lines = split(text, '\n');
  for (std::string& line : lines) {
    line.erase(line.find_last_not_of(kBlanks) + 1);
    line.erase(0, line.find_first_not_of(kBlanks));
  }
  std::erase(lines, "");
  return lines;
}

std::string printable(std::string_view text) {
  std::string shown;
  shown.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Letter letter = letter_at(text, at);
    const bool kept =
        letter.code == '\n' || letter.code == '\t' || is_line_end(text, at - 1) || !is_control(letter.code);
    shown += kept ? letter.bytes : kReplacement;
  }
  return shown;
}

bool has_control_characters(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Letter letter = letter_at(text, at);
    if (is_control(letter.code) || letter.code == kNoLetter) return true;
  }
  return false;
}

std::string shortened(const std::string& text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) return text;
  while (most_bytes > 0 && (text[most_bytes] & 0xC0) == 0x80) --most_bytes;
  return text.substr(0, most_bytes) + "...";
}

}  // namespace orthocover
