#pragma once

#include <string>
#include <string_view>

namespace orthocover {

/// `text` for a terminal: control characters but line breaks and tabs, and what is not UTF-8, become U+FFFD,
/// so that a name in a file can't move the cursor or turn the writing round.
std::string printable(std::string_view text);

/// Whether a name holds what no name needs: line breaks, terminal sequences (C0, DEL, C1), line and paragraph
/// separators, marks that turn the direction of writing, or bytes that are not UTF-8.
/// @source Unicode 15, general categories Cc, Zl, Zp and the bidirectional controls of UAX 9
bool has_control_characters(std::string_view text);

}  // namespace orthocover
