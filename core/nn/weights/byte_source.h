#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace orthocover::nn {

/// Bytes that can be read at any place; readers of weight files work on these, so that files, parts of files
/// and memory are read by the same code.
class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  virtual std::uint64_t size() const = 0;

  /// Fills `target` from `offset` on.
  /// @throws Error{Model} when the source ends before, or reading fails
  void read(std::uint64_t offset, std::span<std::byte> target) const;
  /// `count` bytes from `offset` on; nothing is allocated for bytes that are not there.
  /// @throws Error{Model}
  std::string text(std::uint64_t offset, std::uint64_t count) const;
  /// A little-endian number of `width` (1..8) bytes.
  /// @throws Error{Model}
  std::uint64_t number(std::uint64_t offset, int width) const;

  /// The file's name in messages.
  const std::string& name() const { return m_name; }

 protected:
  explicit ByteSource(std::string name) : m_name(std::move(name)) {}

 private:
  virtual void read_checked(std::uint64_t offset, std::span<std::byte> target) const = 0;

  std::string m_name;
};

/// An open file.
class FileBytes final : public ByteSource {
 public:
  /// @throws Error{Model} when it is missing, not a regular file or can't be opened
  explicit FileBytes(const std::filesystem::path& path);
  ~FileBytes() override;
  std::uint64_t size() const override { return m_size; }

 private:
  void read_checked(std::uint64_t offset, std::span<std::byte> target) const override;

  int m_descriptor = -1;
  std::uint64_t m_size = 0;
};

/// Bytes in memory that outlive this object.
class MemoryBytes final : public ByteSource {
 public:
  MemoryBytes(std::span<const std::byte> bytes, std::string name)
      : ByteSource(std::move(name)), m_bytes(bytes) {}
  std::uint64_t size() const override { return m_bytes.size(); }

 private:
  void read_checked(std::uint64_t offset, std::span<std::byte> target) const override;

  std::span<const std::byte> m_bytes;
};

/// Reads a source from one place forward, a block at a time.
class ByteCursor {
 public:
  /// @param end first byte that is not read; at most the size of the source
  ByteCursor(const ByteSource& source, std::uint64_t begin, std::uint64_t end)
      : m_source(source), m_position(begin), m_end(end) {}

  std::uint64_t position() const { return m_position; }
  std::uint64_t left() const { return m_end - m_position; }
  const std::string& name() const { return m_source.name(); }

  /// @throws Error{Model} at the end, as all reads do
  std::uint8_t byte();
  std::uint64_t number(int width);
  std::string text(std::uint64_t count);
  /// Up to the next line break, which is passed over; at most `limit` bytes.
  std::string line(std::size_t limit);
  void bytes(std::span<std::byte> target);

 private:
  void need(std::uint64_t count) const;

  const ByteSource& m_source;
  std::uint64_t m_position;
  std::uint64_t m_end;
  std::string m_block;
  std::uint64_t m_block_begin = 0;
};

}  // namespace orthocover::nn
