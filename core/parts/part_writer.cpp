#include "core/parts/part_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/parts/part_bytes.h"

namespace orthocover {
namespace {

constexpr std::size_t kMostWaitingBytes = 16 << 20;

using Clock = std::chrono::steady_clock;

Error failure(const std::filesystem::path& path, const char* what) {
  return resource_error("{}: {}: {}", path.string(), what, std::strerror(errno));
}

/// Whether a file was taken away after it was opened.
bool is_nameless(int descriptor) {
  struct stat facts {};
  return ::fstat(descriptor, &facts) == 0 && facts.st_nlink == 0;
}

/// As far as there is anything in a file: what others have put there must stay.
bool begins_as_part(const std::filesystem::path& path) {
  std::string begin(kPartMagic.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<std::size_t>(file.gcount()));
  return kPartMagic.starts_with(begin);
}

/// With its checksum.
std::string record(std::uint64_t kind, const Window& at, const std::string& payload) {
  const std::string head =
      RecordHead{kind, static_cast<std::uint64_t>(at.col), static_cast<std::uint64_t>(at.row), payload.size()}
          .encode();
  const std::string content = head + payload;
  return content + part_checksum(content);
}

}  // namespace

PartWriter::PartWriter(std::filesystem::path path) : m_path(std::move(path)), m_last(Clock::now()) {
  do {
    if (m_descriptor >= 0) ::close(m_descriptor);
    open();
  } while (is_nameless(m_descriptor));
}

PartWriter::~PartWriter() {
  if (m_descriptor >= 0) ::close(m_descriptor);
}

void PartWriter::open() {
  m_descriptor = ::open(m_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (m_descriptor < 0) throw failure(m_path, "can't be written");
  // Where a file system knows no locks, two runs on one output are the user's own affair.
  if (::flock(m_descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(m_descriptor);
  m_descriptor = -1;
  throw resource_error("{}: another run is writing it; wait for its end, or choose another output",
                       m_path.string());
}

void PartWriter::truncate(std::uint64_t size) {
  if (::ftruncate(m_descriptor, static_cast<off_t>(size)) != 0) throw failure(m_path, "can't be written");
  m_written = size;
  m_waiting.clear();
  m_last = Clock::now();
}

void PartWriter::begin(const PartHeader& header, std::chrono::duration<double> pace) {
  if (!begins_as_part(m_path))
    throw data_error("{}: is something else than a map begun before; delete it or choose another output",
                     m_path.string());
  truncate(0);
  m_pace = pace;
  m_blocks = m_secured_blocks = 0;
  m_waiting = encode_part_header(header);
}

void PartWriter::go_on(const PartReader& earlier, std::chrono::duration<double> pace) {
  truncate(earlier.sound_bytes());
  m_pace = pace;
  m_blocks = m_secured_blocks = earlier.blocks().size();
}

std::string PartWriter::record_of(const BlockView& block) {
  return record(RecordHead::kBlock, block.window, pack_bands(block));
}

void PartWriter::add(std::string_view record) {
  m_waiting += record;
  ++m_blocks;
  const bool due = Clock::now() - m_last >= m_pace;
  if (due || m_waiting.size() > kMostWaitingBytes) secure();
}

void PartWriter::add_unreadable(const Window& in_scene) {
  std::string size;
  put_number(size, static_cast<std::uint64_t>(in_scene.cols));
  put_number(size, static_cast<std::uint64_t>(in_scene.rows));
  m_waiting += record(RecordHead::kUnreadable, in_scene, size);
}

void PartWriter::write_out() {
  std::size_t done = 0;
  while (done < m_waiting.size()) {
    const ssize_t count = ::pwrite(m_descriptor, m_waiting.data() + done, m_waiting.size() - done,
                                   static_cast<off_t>(m_written + done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw failure(m_path, "writing failed");
    done += static_cast<std::size_t>(count);
  }
  m_written += done;
  m_waiting.clear();
}

void PartWriter::secure() {
  write_out();
  if (::fdatasync(m_descriptor) != 0 && errno != EINVAL) throw failure(m_path, "writing to disk failed");
  m_secured_blocks = m_blocks;
  m_last = Clock::now();
}

bool PartWriter::is_worth_keeping() const {
  return m_secured_blocks > 0 || (m_blocks > 0 && Clock::now() - m_last >= m_pace);
}

void PartWriter::complete_as(const std::filesystem::path& target) {
  const std::string head = RecordHead{RecordHead::kEnd, m_blocks, 0, 0}.encode();
  m_waiting += head + part_checksum(head);
  secure();
  rename_durably(m_path, target);
}

void PartWriter::remove() {
  std::error_code ignored;
  std::filesystem::remove(m_path, ignored);
}

void PartWriter::remove_unused(const std::filesystem::path& path) {
  std::error_code status;
  if (!std::filesystem::exists(path, status) || !begins_as_part(path)) return;
  try {
    PartWriter(path).remove();
  } catch (const Error&) {  // another run has it
  }
}

}  // namespace orthocover
