#pragma once

#include <cstdint>

namespace orthocover {

/// Memory that the process holds now, 0 if unknown.
std::uint64_t resident_bytes();
/// Of these what no file stands for, 0 if unknown.
std::uint64_t private_bytes();
/// The most that it ever held, 0 if unknown.
std::uint64_t peak_resident_bytes();

}  // namespace orthocover
