#pragma once

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace orthocover {

/// `text` with line breaks and control characters turned into single spaces: messages are one line.
std::string one_line(std::string_view text);

/// The candidate nearest to `word` by edit distance, if it is near enough to be what the user meant.
std::optional<std::string> nearest_name(std::string_view word, std::span<const std::string> candidates);

/// " (did you mean 'x'?)", or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

/// `a, b, c`.
std::string join(std::span<const std::string> parts, std::string_view separator = ", ");

/// Parts of `text` between separators; no parts for an empty text.
std::vector<std::string> split(std::string_view text, char separator);

/// The number that all of a text is, whole or of another kind.
template <class Number = std::int64_t>
std::optional<Number> number_of(std::string_view text) {
  Number value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  return status == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// Lower-case ASCII copy.
std::string to_lower(std::string_view text);
/// `.tif` of `A.TIF`.
inline std::string lower_extension(const std::filesystem::path& file) {
  return to_lower(file.extension().string());
}

/// A count of bytes for people: `1.5 GiB`.
std::string format_bytes(std::uint64_t bytes);

/// `2GiB`, `512M`, `1.5 gb`, `800000` (bytes) as bytes; powers of 1024 throughout.
/// @throws Error{Usage} naming `what` when the text is not a size
std::uint64_t parse_bytes(std::string_view text, std::string_view what);

/// Hours, minutes and seconds for people: `1 h 02 min`, `3 min 20 s`, `4.2 s`.
std::string format_duration(double seconds);

}  // namespace orthocover
