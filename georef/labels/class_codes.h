#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace orthocover {

/// Small codes for the values of a class raster, given in the order in which values are met. All members may
/// be called from several threads at once.
class ClassCodes {
 public:
  /// Most different values that a raster may have.
  static constexpr std::size_t kMaxValues = 65535;

  /// @param path names the raster in messages
  /// @param left_out values whose code is 0
  ClassCodes(std::string path, const std::vector<std::int64_t>& left_out);

  /// @throws Error{Data} at the first value too many
  std::uint16_t code_of(std::int64_t value);
  /// Value of a code that code_of() has given; not for 0.
  std::int64_t value_of(std::uint16_t code) const;

 private:
  std::uint16_t add(std::int64_t value);

  std::string m_path;
  mutable std::shared_mutex m_mutex;
  std::unordered_map<std::int64_t, std::uint16_t> m_codes;
  std::vector<std::int64_t> m_values;  ///< by code; the first is not used
};

/// What one thread remembers of the codes, so that it asks for each of them once and not for each pixel.
class CodeMemory {
 public:
  explicit CodeMemory(ClassCodes& codes) : m_codes(codes) {}

  std::uint16_t code_of(std::int64_t value) {
    Slot& slot = m_slots[(static_cast<std::uint64_t>(value) * 0x9E3779B97F4A7C15U) >> kShift];
    if (!slot.is_used || slot.value != value) slot = {value, m_codes.code_of(value), true};
    return slot.code;
  }

 private:
  static constexpr unsigned kBits = 10;
  static constexpr unsigned kShift = 64 - kBits;
  struct Slot {
    std::int64_t value = 0;
    std::uint16_t code = 0;
    bool is_used = false;
  };

  ClassCodes& m_codes;
  std::array<Slot, std::size_t{1} << kBits> m_slots{};
};

}  // namespace orthocover
