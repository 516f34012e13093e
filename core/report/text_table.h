#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orthocover {

/// The rows of a table, columns padded to their widest cell, the first ones to the left, the others to the
/// right. Each line ends in a line break; those inside cells and other control characters become spaces.
std::string aligned(const std::vector<std::vector<std::string>>& rows, std::size_t left_columns = 1);

/// A cell of a CSV file, in quotes where it needs them.
/// @source RFC 4180
std::string csv_cell(std::string_view text);

/// Whether a character of UTF-8 begins with a byte.
inline bool starts_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}
/// Characters of a text in UTF-8.
std::size_t length_of(std::string_view text);

/// A cell of a Markdown table that shows the text as it is: no markup in it, no HTML, no further columns.
/// @source GitHub Flavored Markdown, sections 2.4 and 4.10
std::string markdown_cell(std::string_view text);

}  // namespace orthocover
