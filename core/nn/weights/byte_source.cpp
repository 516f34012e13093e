#include "core/nn/weights/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/base/error.h"

namespace orthocover::nn {
namespace {

constexpr std::uint64_t kBlockBytes = 1 << 16;

Error ends_early(const std::string& name, std::uint64_t wanted, std::uint64_t size) {
  return model_error("{}: is truncated or damaged: byte {} is wanted, it ends at {}", name, wanted, size);
}

}  // namespace

void ByteSource::read(std::uint64_t offset, std::span<std::byte> target) const {
  if (offset > size() || target.size() > size() - offset)
    throw ends_early(m_name, offset + target.size(), size());
  if (!target.empty()) read_checked(offset, target);
}

std::string ByteSource::text(std::uint64_t offset, std::uint64_t count) const {
  if (offset > size() || count > size() - offset) throw ends_early(m_name, offset + count, size());
  std::string content(count, '\0');
  read(offset, std::as_writable_bytes(std::span(content)));
  return content;
}

std::uint64_t ByteSource::number(std::uint64_t offset, int width) const {
  std::byte bytes[8] = {};
  read(offset, std::span(bytes, static_cast<std::size_t>(width)));
  std::uint64_t value = 0;
  for (int i = width - 1; i >= 0; --i) value = value << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return value;
}

FileBytes::FileBytes(const std::filesystem::path& path) : ByteSource(path.string()) {
  // O_NONBLOCK: a named pipe must not wait for a writer.
  m_descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (m_descriptor < 0) throw model_error("{}: can't be opened: {}", name(), std::strerror(errno));
  struct stat status {};
  if (::fstat(m_descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(m_descriptor);
    throw model_error("{}: is not a regular file", name());
  }
  m_size = static_cast<std::uint64_t>(status.st_size);
}

FileBytes::~FileBytes() {
  ::close(m_descriptor);
}

void FileBytes::read_checked(std::uint64_t offset, std::span<std::byte> target) const {
  while (!target.empty()) {
    const ssize_t count = ::pread(m_descriptor, target.data(), target.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw model_error("{}: reading failed: {}", name(), std::strerror(errno));
    if (count == 0) throw model_error("{}: became shorter while read", name());
    offset += static_cast<std::uint64_t>(count);
    target = target.subspan(static_cast<std::size_t>(count));
  }
}

void MemoryBytes::read_checked(std::uint64_t offset, std::span<std::byte> target) const {
  std::memcpy(target.data(), m_bytes.data() + offset, target.size());
}

void ByteCursor::need(std::uint64_t count) const {
  if (count > left()) throw ends_early(name(), m_position + count, m_end);
}

std::uint8_t ByteCursor::byte() {
  need(1);
  if (m_position < m_block_begin || m_position - m_block_begin >= m_block.size()) {
    m_block = m_source.text(m_position, std::min(kBlockBytes, left()));
    m_block_begin = m_position;
  }
  return static_cast<std::uint8_t>(m_block[m_position++ - m_block_begin]);
}

std::uint64_t ByteCursor::number(int width) {
  std::uint64_t value = 0;
  for (int i = 0; i < width; ++i) value |= static_cast<std::uint64_t>(byte()) << (8 * i);
  return value;
}

std::string ByteCursor::text(std::uint64_t count) {
  need(count);
  std::string content;
  if (count > 64) {
    content = m_source.text(m_position, count);
    m_position += count;
  }
  while (content.size() < count) content += static_cast<char>(byte());
  return content;
}

std::string ByteCursor::line(std::size_t limit) {
  std::string content;
  for (char c = static_cast<char>(byte()); c != '\n'; c = static_cast<char>(byte())) {
    if (content.size() == limit) throw model_error("{}: a line of the pickle is too long", name());
    content += c;
  }
  return content;
}

void ByteCursor::bytes(std::span<std::byte> target) {
  need(target.size());
  m_source.read(m_position, target);
  m_position += target.size();
}

}  // namespace orthocover::nn
