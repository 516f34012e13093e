#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/nn/weights/byte_source.h"

namespace orthocover::nn {

/// Where an entry's bytes lie in the archive's file.
struct ZipEntry {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

/// The table of a zip archive whose entries are stored as they are, as PyTorch writes it. Checksums are not
/// verified: PyTorch can be told to leave them out.
/// @source PKWARE APPNOTE 6.3.9, with its 64-bit records
class ZipArchive {
 public:
  /// @throws Error{Model} for damaged tables, compressed or encrypted entries, unsafe or repeated names and
  /// entries beyond the file
  explicit ZipArchive(const ByteSource& source);

  const std::map<std::string, ZipEntry>& entries() const { return m_entries; }
  /// Null where there is none of this name.
  const ZipEntry* find(const std::string& name) const;

 private:
  std::map<std::string, ZipEntry> m_entries;
};

/// Whether the file begins like a zip archive.
bool looks_like_zip(const ByteSource& source);

}  // namespace orthocover::nn
