#include "core/nn/ranks/rank_message.h"

#include <cstdint>
#include <string_view>

#include "core/base/error.h"

namespace orthocover::nn {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::size_t kLengthBytes = 4;

void append_length(std::string& bytes, std::size_t length) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(length >> shift & 0xff);
}

std::size_t length_at(std::string_view bytes) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLengthBytes; ++i) length = length << 8 | static_cast<std::uint8_t>(bytes[i]);
  return length;
}

std::string take_field(std::string_view& rest) {
  if (rest.size() < kLengthBytes) throw data_error("ranks: a message ends within a length");
  const std::size_t length = length_at(rest);
  rest.remove_prefix(kLengthBytes);
  if (length > rest.size())
    throw data_error("ranks: a text of {} bytes in {} bytes of a message", length, rest.size());
  std::string field(rest.substr(0, length));
  rest.remove_prefix(length);
  return field;
}

}  // namespace

std::string encode(const RankMessage& message) {
  std::string body(1, static_cast<char>(message.word));
  for (const std::string& field : message.fields) {
    append_length(body, field.size());
    body += field;
  }
  std::string bytes;
  append_length(bytes, body.size());
  return bytes + body;
}

std::optional<RankMessage> take_message(std::string& bytes) {
  if (bytes.size() < kLengthBytes) return std::nullopt;
  const std::size_t length = length_at(bytes);
  if (length == 0 || length > kMostBytes)
    throw data_error("ranks: a message of {} bytes; allowed are 1 to {}", length, kMostBytes);
  if (bytes.size() < kLengthBytes + length) return std::nullopt;
  std::string_view rest(bytes.data() + kLengthBytes, length);
  RankMessage message{static_cast<RankWord>(rest.front()), {}};
  rest.remove_prefix(1);
  while (!rest.empty()) message.fields.push_back(take_field(rest));
  bytes.erase(0, kLengthBytes + length);
  return message;
}

}  // namespace orthocover::nn
