#include "core/legend/class_name.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/plain_text.h"
#include "core/base/text.h"

namespace orthocover {
namespace {

/// C0 and C1 controls and delete, which terminals obey and XML does not know.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

/// `text` up to the allowed length with every control character and wrong byte replaced.
std::string plain(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t bytes = utf8_bytes(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(bytes, 1));
    if (out.size() + character.size() > kMaxClassNameBytes) break;
    if (bytes == 0)
      out += '?';
    else
      out += is_control(character) ? std::string_view(" ") : character;
    text.remove_prefix(character.size());
  }
  return out;
}

}  // namespace

void check_class_name(std::string_view name) {
  const std::string allowed = plain(name);
  if (name.size() > kMaxClassNameBytes) {
    throw model_error("class name '{}...' has {} bytes, at most {} are allowed; shorten it",
                      plain(name.substr(0, 40)), name.size(), kMaxClassNameBytes);
  }
  if (one_line(allowed).empty()) throw model_error("a class name is blank; give the class a name");
  if (allowed != name) {
    throw model_error(
        "class name '{}' has control characters or bytes that are not UTF-8; write plain text on one line",
        allowed);
  }
}

std::string clean_class_name(std::string_view text) {
  return one_line(plain(text));
}

}  // namespace orthocover
