#pragma once

#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/parts/part_format.h"

namespace orthocover {

struct RecordHead;

/// Reads a part file that anybody may have written, or that a killed run left half written: what follows the
/// last whole record is not there. Not thread-safe.
class PartReader {
 public:
  /// Opens a file and checks every record.
  /// @throws Error{Data} when it can't be read or is no part file; a file that ends within its header is one
  /// without header
  static PartReader open(const std::string& path);

  /// @param path for messages
  PartReader(std::unique_ptr<std::istream> bytes, std::string path);

  const std::string& path() const { return m_path; }
  /// Nothing when the file was cut within it.
  const std::optional<PartHeader>& header() const { return m_header; }
  /// Whole blocks, in the order in which they were written, none twice.
  const std::vector<Window>& blocks() const { return m_windows; }
  /// Scene pixels that could not be read when the blocks were made, in order; windows may come twice.
  const std::vector<Window>& unreadable() const { return m_unreadable; }
  /// Whether the writer said that all is there.
  bool complete() const { return m_complete; }
  /// Where the last whole record ends; a writer goes on from here.
  std::uint64_t sound_bytes() const { return m_sound_bytes; }

  /// Pixels of a block.
  /// @param index into blocks()
  /// @throws Error{Data} when the file changed meanwhile
  PartBlock read(std::size_t index);

 private:
  bool read_bytes(std::size_t count, std::string& out);
  bool read_header();
  bool read_record();
  void scan();
  bool read_block(const RecordHead& record, const std::string& head);
  bool read_unreadable(const RecordHead& record, const std::string& head);
  bool read_end(const RecordHead& record, const std::string& head);
  bool read_payload(const RecordHead& record, const std::string& head, std::string& payload);
  bool is_new(const Window& window);
  /// Payload bytes that a block can have at most.
  std::uint64_t most_payload(const Window& window) const;

  std::unique_ptr<std::istream> m_bytes;
  std::string m_path;
  std::optional<PartHeader> m_header;
  std::vector<Window> m_windows;
  std::vector<Window> m_unreadable;
  std::vector<std::uint64_t> m_offsets;     ///< of the records of m_windows
  std::unordered_set<std::int64_t> m_seen;  ///< cells of the grid of blocks, row by row
  bool m_complete = false;
  std::uint64_t m_sound_bytes = 0;
};

}  // namespace orthocover
