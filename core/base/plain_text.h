#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace orthocover {

/// `text` for a terminal: control characters but line breaks and tabs, and what is not UTF-8, become U+FFFD,
/// so that a name in a file can't move the cursor or turn the writing round.
std::string printable(std::string_view text);

/// `text` as messages show it: at most so many bytes, cut between characters (UTF-8), and `...` where it was.
std::string shortened(const std::string& text, std::size_t most_bytes = 80);

/// Lines of a text that people wrote, without a byte order mark, blanks at their ends and empty ones.
std::vector<std::string> plain_lines(std::string_view text);

/// Bytes of the UTF-8 character that `text`, which is not empty, begins with; 0 where there is none.
/// @source Unicode 15, table 3-7
std::size_t utf8_bytes(std::string_view text);

inline bool is_utf8(std::string_view text) {
  for (std::size_t bytes = 0; !text.empty(); text.remove_prefix(bytes))
    if (bytes = utf8_bytes(text); bytes == 0) return false;
  return true;
}

/// Whether a name holds what no name needs: line breaks, terminal sequences (C0, DEL, C1), line and paragraph
/// separators, marks that turn the direction of writing, or bytes that are not UTF-8.
/// @source Unicode 15, general categories Cc, Zl, Zp and the bidirectional controls of UAX 9
bool has_control_characters(std::string_view text);

}  // namespace orthocover
