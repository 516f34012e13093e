#pragma once

#include <filesystem>
#include <string>

#include "core/base/error.h"

namespace orthocover {

/// Why a file could not be written, in one line; says so when its disk is full.
Error write_error(const std::filesystem::path& target, const std::string& reason);

}  // namespace orthocover
