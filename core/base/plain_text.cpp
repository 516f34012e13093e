#include "core/base/plain_text.h"

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
/// @source RFC 3629, without its overlong forms and surrogates
Letter letter_at(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
  };
  const std::size_t begin = at++;
  const std::uint32_t lead = byte(begin);
  if (lead < 0x80) return {lead, text.substr(begin, 1)};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() - begin < length) return {};
  std::uint32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = begin + 1; i < begin + length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  const std::uint32_t least = length == 4 ? 0x10000U : length == 3 ? 0x800U : 0x80U;
  if (code < least || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {};
  at = begin + length;
  return {code, text.substr(begin, length)};
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

}  // namespace orthocover
