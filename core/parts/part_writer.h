#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/parts/part_reader.h"

namespace orthocover {

/// Appends finished blocks to a part file. What is written is on the disk every few seconds, so that a kill
/// or a power cut costs those seconds. The file is locked against a second run. Not thread-safe.
class PartWriter {
 public:
  /// Opens or makes the file and locks it; nothing is written yet.
  /// @throws Error{Resource} when another run has it or it can't be made
  explicit PartWriter(std::filesystem::path path);
  ~PartWriter();
  PartWriter(const PartWriter&) = delete;
  PartWriter& operator=(const PartWriter&) = delete;

  const std::filesystem::path& path() const { return m_path; }

  /// Empties the file and writes the header.
  /// @param pace between two securings
  void begin(const PartHeader& header, std::chrono::duration<double> pace);
  /// Goes on behind the whole records of a file that was read.
  void go_on(const PartReader& earlier, std::chrono::duration<double> pace);

  /// A block as it is added; any thread may make it.
  static std::string record_of(const BlockView& block);
  /// @throws Error{Resource} when the disk is full
  void add(std::string_view record);
  /// Says that pixels of the scene could not be read, before the first block that they are missing in.
  void add_unreadable(const Window& in_scene);
  /// Writes what waits and waits for the disk.
  void secure();
  /// Blocks in the file, secured or not.
  std::uint64_t blocks() const { return m_blocks; }
  std::uint64_t secured_blocks() const { return m_secured_blocks; }
  /// Whether anything was secured, or would have been by now.
  bool is_worth_keeping() const;

  /// Says that all is there, and gives the file its final name.
  void complete_as(const std::filesystem::path& target);
  /// Takes the file away.
  void remove();
  /// Takes away a file that no run has open.
  static void remove_unused(const std::filesystem::path& path);

 private:
  void open();
  void truncate(std::uint64_t size);
  void write_out();

  std::filesystem::path m_path;
  int m_descriptor = -1;
  std::string m_waiting;
  std::uint64_t m_written = 0;  ///< bytes in the file
  std::uint64_t m_blocks = 0;
  std::uint64_t m_secured_blocks = 0;
  std::chrono::duration<double> m_pace{};
  std::chrono::steady_clock::time_point m_last;
};

}  // namespace orthocover
