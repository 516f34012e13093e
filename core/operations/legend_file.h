#pragma once

#include <string>

#include "core/legend/legend.h"

namespace orthocover::operations {

/// The classes of a legend file.
/// @throws Error{Model} for a file that is no legend
Legend read_legend(const std::string& file);

}  // namespace orthocover::operations
